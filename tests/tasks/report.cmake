lectern_test(report report_test.cpp report_example_test.cpp charts_test.cpp blocks_test.cpp
             buckets_page_test.cpp step_page_test.cpp tensor_pictures_test.cpp)
