#include "attention/ops/lsh/lsh_buckets.h"

#include "attention/lsh.h"
#include "tensor/ops/concatenate.h"
#include "tests/catch.h"
#include "tests/tensor/helpers.h"

using namespace lectern;

TEST_CASE("LSH: buckets are those of the closest direction", "[lsh]") {
  const Tensor q = tensor_of<double>({1, 1, 4, 2}, {5, 1, 0.1, 1, -3, 1, 1, -2});
  const Tensor directions = tensor_of<double>({1, 1, 2, 2}, {1, 0, 0, 1});
  const auto ids = [&](const Mask& mask) {
    return lsh_buckets(q, directions, {.rounds = 1, .buckets = 4}, mask).to_vector<std::int32_t>();
  };
  CHECK(ids(no_mask()) == std::vector<std::int32_t>{0, 1, 2, 3});
  CHECK(ids(padding_mask(tensor_of<std::int32_t>({1}, {2}))) ==
        std::vector<std::int32_t>{0, 1, 4, 4});
}

TEST_CASE("LSH: who shares a bucket with a token", "[lsh]") {
  const Tensor buckets =
      tensor_of<std::int32_t>({1, 2, 2, 4}, {0, 1, 0, 0, 1, 1, 1, 1, 0, 1, 2, 3, 5, 4, 5, 4});
  using Mates = std::vector<std::int64_t>;
  CHECK(bucket_mates(buckets, {.token = 2}) == Mates{0, 3});
  CHECK(bucket_mates(buckets, {.round = 1, .token = 0}) == Mates{1, 2, 3});
  CHECK(bucket_mates(buckets, {.head = 1, .token = 3}) == Mates{});
  CHECK(bucket_mates(buckets, {.head = 1, .round = 1, .token = 3}) == Mates{1});
  CHECK(contains(message_of([&] { bucket_mates(buckets, {.round = 2}); }), "index 2 of axis 2"));
}

TEST_CASE("LSH: two factors are two hashes", "[lsh]") {
  const Tensor q = normal({2, 3, 70, 8}, 1);
  const LshOptions lsh{.rounds = 2, .buckets = 80};  // 16 · 6
  const Tensor directions = lsh_directions(q, lsh, {.seed = 1});
  const auto ids = lsh_buckets(q, directions, lsh, no_mask()).to_vector<std::int32_t>();
  const auto q_numbers = numbers(q), d = numbers(directions);
  const auto strongest = [&](std::int64_t token, std::int64_t first, std::int64_t count) {
    std::int64_t best = 0;
    double largest = -1e9;
    for (std::int64_t c = 0; c < 2 * count; ++c) {
      double product = 0;
      for (int i = 0; i < 8; ++i)
        product += q_numbers[token * 8 + i] * d[(first + c % count) * 8 + i];
      if (c >= count) product = -product;
      if (product > largest) largest = product, best = c;
    }
    return best;
  };
  for (std::int64_t group = 0; group < 6; ++group)
    for (std::int64_t round = 0; round < 2; ++round)
      for (std::int64_t t = 0; t < 70; ++t) {
        const std::int64_t first = (group % 3 * 2 + round) * 11, token = group * 70 + t;
        REQUIRE(ids[(group * 2 + round) * 70 + t] ==
                strongest(token, first, 8) + 16 * strongest(token, first + 8, 3));
      }
}

TEST_CASE("LSH: the first directions do not depend on how many are drawn", "[lsh]") {
  const Tensor q = normal({1, 2, 1, 3}, 1);
  const auto drawn = [&](std::int64_t buckets) {
    return lsh_directions(q, {.rounds = 2, .buckets = buckets}, {.seed = 1});
  };
  CHECK(same_bits(drawn(6), slice(drawn(40), 2, 0, 3)));
  // No sequence of up to 1,000 tokens needs more than are drawn for the longest.
  for (std::int64_t length = 1; length <= 1000; ++length)
    REQUIRE(bucket_factors({.chunk = 2}, length).directions() <=
            most_directions({.chunk = 2}, 1000));
}

TEST_CASE("LSH: how many buckets", "[lsh]") {
  CHECK(bucket_factors({}, 10).count() == 2);
  CHECK(bucket_factors({}, 1024).count() == 32);
  CHECK(bucket_factors({.buckets = 64}, 10).second == 1);
  const BucketFactors many = bucket_factors({}, 16384);  // 512: 32 · 16
  CHECK(many.first == 32);
  CHECK(many.second == 16);
  CHECK(many.directions() == 24);
}
