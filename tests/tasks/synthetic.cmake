lectern_test(synthetic synthetic_test.cpp)
