lectern_test(config ${CMAKE_CURRENT_LIST_DIR} / config_patterns_test.cpp ${CMAKE_CURRENT_LIST_DIR} /
             config_test.cpp ${CMAKE_CURRENT_LIST_DIR} /
             config_fields_test.cpp ${CMAKE_CURRENT_LIST_DIR} /
             config_refusals_test.cpp ${CMAKE_CURRENT_LIST_DIR} / command_line_test.cpp)
    target_link_libraries(test_config PRIVATE lectern_registry)
