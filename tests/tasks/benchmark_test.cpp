#include <algorithm>

#include "attention/patterns.h"
#include "tasks/benchmark/attention_patterns.h"
#include "tasks/commands/complexity.h"
#include "tasks/commands/text_table.h"
#include "tests/catch.h"

using namespace lectern;

// What the benchmarks claim of their measurements, for measurements that are made up.

namespace {

PatternCost cost(const std::vector<double>& seconds, double spread, std::int64_t exact_up_to = 0) {
  PatternCost result{.name = "",
                     .exact_up_to = exact_up_to,
                     .lengths = {},
                     .forward = {},
                     .step = {},
                     .memory = {}};
  double length = 256;
  for (const double median : seconds) {
    result.lengths.push_back(length);
    result.step.push_back({.median = median, .spread = spread});
    length *= 2;
  }
  return result;
}

const std::vector<double> squares = {1, 4, 16, 64};  // of 256, 512, 1,024 and 2,048 tokens

}  // namespace

TEST_CASE("a crossover is claimed between the lengths where the lead leaves the spread",
          "[benchmark]") {
  const PatternCost exact = cost(squares, 0.01), line = cost({2, 4.2, 8, 16}, 0.01);
  const auto found = crossover(line, exact);
  REQUIRE(found);
  CHECK(found->low > 512);
  CHECK(found->low < found->high);
  CHECK(found->high < 600);
  // The less sure, the wider.
  const auto unsure = crossover(cost({2, 4.2, 8, 16}, 0.1), cost(squares, 0.1));
  REQUIRE(unsure);
  CHECK(unsure->low < found->low);
  CHECK(unsure->high > found->high);
}

TEST_CASE("nothing is claimed inside the spread", "[benchmark]") {
  const std::vector<double> a_little_less = {0.95, 3.8, 15.2, 60.8};
  CHECK(!crossover(cost(a_little_less, 0.05), cost(squares, 0.05)));
  CHECK(crossover(cost(a_little_less, 0.01), cost(squares, 0.01)));
  CHECK(!crossover(cost({2, 8, 32, 128}, 0), cost(squares, 0)));
  CHECK(!crossover(cost({}, 0), cost(squares, 0)));
}

TEST_CASE("nothing is claimed where a window covers the whole sequence", "[benchmark]") {
  const std::vector<double> half = {0.5, 2, 8, 32};  // noise of a busy machine
  const auto found = crossover(cost(half, 0.01, 513), cost(squares, 0.01));
  REQUIRE(found);
  CHECK(found->low >= 513);
  CHECK(!crossover(cost(half, 0.01, 2048), cost(squares, 0.01)));
  const auto free = crossover(cost(half, 0.01), cost(squares, 0.01));
  REQUIRE(free);
  CHECK(free->low == 256);
  CHECK(free->high == 256);
}

TEST_CASE("every pattern on the list is measured", "[benchmark]") {
  const std::vector<Contestant> contestants =
      all_contestants({.heads = 2, .d_head = 4, .lengths = {}});
  CHECK(contestants.front().name == "exact, in tiles");
  CHECK(contestants.back().name == "by definition");
  std::size_t next = 0;
  for (const PatternEntry& entry : patterns())
    for (std::size_t i = 0; i < std::max<std::size_t>(1, entry.variants.size()); ++i) {
      INFO(entry.name);
      const std::string name = entry.variants.empty() ? entry.name : entry.variants[i].name;
      CHECK(contestants[next].name == name);
      CHECK((contestants[next].longest > 4096) == entry.linear_memory);
      CHECK(contestants[next++].hashes == entry.hashes);
    }
  CHECK(next + 1 == contestants.size());
}

TEST_CASE("the columns of a table never touch, however long the numbers", "[benchmark]") {
  CHECK(text_table({{"a", "1", "22"}, {}, {"bcd", "4,444"}}) == "a        1  22\n\nbcd  4,444\n");
  CHECK(text_table({{"µ ±", "1"}, {"abc", "±2"}}) == "µ ±   1\nabc  ±2\n");
  const std::string paper = operations_on_paper({100, 100'000, 1'000'000, 10'000'000});
  CHECK(paper.find("  10,000,000,000  1,000,000,000,000  100,000,000,000,000\n") !=
        std::string::npos);
  CHECK(paper.find("16.7 min") != std::string::npos);
}
