lectern_test(metrics metrics_test.cpp)
