lectern_test(language_model language_model_test.cpp learned_windows_test.cpp token_text_test.cpp
             masked_language_model_test.cpp broken_text_test.cpp)
target_link_libraries(test_language_model PRIVATE ZLIB::ZLIB lectern_registry)
