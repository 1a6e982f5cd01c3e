lectern_test(chatbot chatbot_test.cpp conversation_test.cpp broken_dialogues_test.cpp)
target_link_libraries(test_chatbot PRIVATE ZLIB::ZLIB lectern_registry)
