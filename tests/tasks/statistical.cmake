lectern_test(statistical
  aligners_test.cpp ngram_model_test.cpp noisy_channel_test.cpp rule_translator_test.cpp)
target_link_libraries(test_statistical PRIVATE lectern_metrics nlohmann_json::nlohmann_json)
