#include "tensor/random.h"

#include <algorithm>
#include <map>

#include "tensor/create.h"
#include "tensor/random_block.h"
#include "tests/catch.h"
#include "tests/tensor/helpers.h"

using namespace lectern;

TEST_CASE("philox: the known answers of Random123") {
  CHECK(philox({0, 0, 0, 0}, 0, 0) == PhiloxWords{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  const std::uint32_t ones = 0xffffffff;
  CHECK(philox({ones, ones, ones, ones}, ones, ones) ==
        PhiloxWords{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, 0xa4093822, 0x299f31d0) ==
        PhiloxWords{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("random_block: the words of RandomKey, from any start, of any count") {
  const RandomKey key{.seed = 0x123456789abcdefull, .step = 7, .site = 9};
  const std::uint64_t four_billion_quads = 4ull << 32;  // where the counter's upper half changes
  for (const std::uint64_t first : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{35},
                                    four_billion_quads - 50, four_billion_quads + 3}) {
    for (const std::int64_t count : {0, 1, 4, 31, 32, 33, 100}) {
      std::vector<std::uint32_t> words(static_cast<std::size_t>(count) + 1, 12345);
      random_block(key, first, count, words.data());
      bool equal = words.back() == 12345;  // nothing is written behind the end
      for (std::int64_t i = 0; i < count; ++i) equal = equal && words[i] == key.word(first + i);
      CHECK(equal);
    }
  }
}

TEST_CASE("random numbers: moments, and streams that differ") {
  const Tensor x = random_normal({100000}, 2.0, {.seed = 3}, DType::f64);
  double mean = 0, square = 0;
  for (const double number : numbers(x)) mean += number / 1e5, square += number * number / 1e5;
  CHECK(mean == Approx(0).margin(0.02));
  CHECK(square == Approx(4).epsilon(0.02));
  for (const double number : numbers(random_uniform({1000}, -1, 3, {.seed = 3})))
    CHECK((number >= -1 && number <= 3));
  CHECK_FALSE(same_bits(random_normal({8}, 1, {.site = 1}), random_normal({8}, 1, {.site = 2})));
  CHECK(same_bits(random_normal({8}, 1, {.step = 5}), random_normal({8}, 1, {.step = 5})));
}

TEST_CASE("random_integers: every number from low to high - 1, as often; negative ones too") {
  const RandomKey key{.seed = 7};
  const std::vector<std::int32_t> drawn =
      random_integers({30000}, -1, 2, key).to_vector<std::int32_t>();
  for (const std::int32_t number : {-1, 0, 1})
    CHECK(std::count(drawn.begin(), drawn.end(), number) == Approx(10000).epsilon(0.05));
  CHECK(drawn == random_integers({30000}, -1, 2, key).to_vector<std::int32_t>());
  CHECK(contains(message_of([&] { random_integers({1}, 2, 2, key); }), "random_test.cpp"));
}

TEST_CASE("random_permutation: every number once, every order as often") {
  std::map<std::vector<std::int32_t>, int> orders;
  for (std::uint32_t step = 0; step < 6000; ++step)
    ++orders[random_permutation(3, {.step = step}).to_vector<std::int32_t>()];
  CHECK(orders.size() == 6);
  for (const auto& [order, count] : orders) CHECK(count == Approx(1000).epsilon(0.1));
  CHECK(random_permutation(0, {}).size() == 0);
}

TEST_CASE("draw: an index as often as its weight says, never one of weight 0") {
  std::vector<int> drawn(3);
  const Tensor weights = vector({1, 0, 3});
  for (std::uint32_t step = 0; step < 8000; ++step) ++drawn[draw(weights, {.step = step})];
  CHECK(drawn[0] == Approx(2000).epsilon(0.1));
  CHECK(drawn[1] == 0);
  CHECK(draw(vector({0, 1, 0}), {}) == 1);
  CHECK(contains(message_of([] { draw(zeros({2}), {}); }), "no choice has a weight above 0"));
  CHECK(contains(message_of([] { draw(vector({1, -1}), {}); }), "-1 is not the weight"));
}
