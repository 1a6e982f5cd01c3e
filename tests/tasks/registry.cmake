lectern_test(registry own_task_test.cpp resume_test.cpp)
