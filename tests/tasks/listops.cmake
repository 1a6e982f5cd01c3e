lectern_test(listops listops_test.cpp)
target_link_libraries(test_listops PRIVATE lectern_text)  # reads the published expressions
