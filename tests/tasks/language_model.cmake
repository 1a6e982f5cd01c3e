lectern_test(language_model language_model_test.cpp)
target_link_libraries(test_language_model PRIVATE ZLIB::ZLIB)
