lectern_test(weights weights_test.cpp)
target_link_libraries(test_weights PRIVATE lectern_weights lectern_registry
                      nlohmann_json::nlohmann_json)
