#include "tasks/metrics/squad_score.h"

#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/tasks/training_testing.h"

using namespace lectern;

TEST_CASE("answers are normalised and scored as the published definition says", "[squad_score]") {
  // Made by tests/reference/make_squad_golden.py.
  const auto golden = nlohmann::json::parse(
      std::ifstream(std::string(LECTERN_TEST_DATA) + "/reference/squad_golden.json"));
  REQUIRE(golden.size() == 25);
  for (const auto& expected : golden) {
    const std::string answer = expected["answer"];
    INFO(answer);
    CHECK(normalized_answer(answer) == expected["normalized"].get<std::string>());
    const AnswerScore score = score_answer(answer, expected["references"]);
    CHECK(score.f1 == Approx(expected["f1"].get<double>()).margin(1e-12));
    CHECK(score.exact == expected["exact"].get<bool>());
  }
}

TEST_CASE("an answer is scored by hand", "[squad_score]") {
  // "in red box" of three words shares two with "red box" of two: p = 2/3, r = 1.
  const AnswerScore score = score_answer("in the red box", {"red box", "a blue box"});
  CHECK(score.f1 == Approx(0.8));
  CHECK_FALSE(score.exact);
  CHECK_THROWS(score_answer("anything", {}));
}
