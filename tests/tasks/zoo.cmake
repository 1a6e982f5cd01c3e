lectern_test(zoo zoo_test.cpp)
target_link_libraries(test_zoo PRIVATE lectern_zoo)
