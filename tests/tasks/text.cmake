lectern_test(text text_lines_test.cpp text_corpus_test.cpp text_tokenizer_test.cpp text_unicode_test.cpp)
target_link_libraries(test_text PRIVATE ZLIB::ZLIB)
