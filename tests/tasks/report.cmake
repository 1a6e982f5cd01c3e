lectern_test(report report_test.cpp report_example_test.cpp)
