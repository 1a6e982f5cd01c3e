lectern_test(metrics metrics_test.cpp squad_score_test.cpp)
