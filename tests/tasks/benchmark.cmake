lectern_test(benchmark ${CMAKE_CURRENT_LIST_DIR}/benchmark_test.cpp)
target_link_libraries(test_benchmark PRIVATE lectern_commands)
