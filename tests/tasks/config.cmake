lectern_test(config config_patterns_test.cpp config_test.cpp config_fields_test.cpp
             config_refusals_test.cpp command_line_test.cpp)
target_link_libraries(test_config PRIVATE lectern_registry)
