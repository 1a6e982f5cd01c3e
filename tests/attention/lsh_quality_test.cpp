#include "attention/laboratory/lsh_quality.h"

#include <cmath>
#include <numeric>

#include "tests/catch.h"
#include "tests/tensor/helpers.h"

using namespace lectern;

namespace {

bool on_gpu() { return default_device().kind == Device::Kind::cuda; }

/// Tokens around a few centres.
Tensor clustered(std::int64_t length, std::int64_t d_model, int centres) {
  const auto middle = numbers(normal({centres, d_model}, 1)),
             noise = numbers(normal({length, d_model}, 2));
  std::vector<float> rows;
  for (std::int64_t t = 0; t < length; ++t)
    for (std::int64_t c = 0; c < d_model; ++c)
      rows.push_back(
          static_cast<float>(middle[static_cast<std::size_t>(t * 7 % centres * d_model + c)] +
                             0.3 * noise[static_cast<std::size_t>(t * d_model + c)]));
  return tensor_of<float>({1, length, d_model}, rows);
}

}  // namespace

TEST_CASE("LSH: the last token changes nothing before it by the strict rule", "[lsh]") {
  const std::int64_t length = on_gpu() ? 80 : 1024;
  const LshOptions strict{
      .rule = CandidateRule::same_bucket, .rounds = 2, .window = on_gpu() ? 24 : 96, .buckets = 8};
  for (const DType dtype : {DType::f32, DType::f64})
    for (const Tensor& q : {normal({2, length, 32}, 1), clustered(length, 32, 4)}) {
      const CausalLeak leak = causal_leak(cast(q, dtype), cast(q, dtype), strict, 2, {.seed = 1});
      CHECK(leak.tokens == q.dim(0) * (length - 1));
      CHECK(leak.changed == 0);
      CHECK(leak.largest < (dtype == DType::f32 ? 1e-6 : 1e-14));
    }
}

TEST_CASE("LSH: by the rule of chunks the last token moves earlier outputs", "[lsh]") {
  const std::int64_t length = on_gpu() ? 80 : 1024;
  const Tensor q = normal({1, length, 64}, 1, DType::f32);
  const CausalLeak leak = causal_leak(q, normal({1, length, 64}, 2, DType::f32),
                                      {.rounds = 2, .chunk = on_gpu() ? 8 : 64}, 1, {.seed = 1});
  INFO(leak.changed << " of " << leak.tokens << " outputs changed, by up to " << leak.largest);
  CHECK(leak.changed > 0);
  CHECK(leak.largest > 0.1);
}

TEST_CASE("LSH: recall and mass rise with the rounds, to one in one chunk", "[lsh]") {
  const std::int64_t length = on_gpu() ? 128 : 512;
  const Tensor q = normal({1, length, 64}, 1, DType::f32);
  const AttentionOptions options{.heads = 1, .mask = causal_mask()};
  double recall = 0, mass = 0;
  for (const int rounds : {1, 4, 8}) {
    const LshHeadQuality quality =
        lsh_quality(q, {.rounds = rounds, .chunk = 16}, options, {.seed = 1})[0];
    CHECK(quality.recall > recall);
    CHECK(quality.mass > mass);
    CHECK(quality.keys_a_query <= 32 * rounds);
    // Nothing is clustered here, but what looks alike meets more often than by chance.
    CHECK(quality.chance < quality.recall);
    CHECK(quality.chance > 0);
    recall = quality.recall, mass = quality.mass;
  }
  const LshHeadQuality exact = lsh_quality(q, {.rounds = 1, .chunk = length}, options, {})[0];
  CHECK(exact.recall == Approx(1));
  CHECK(exact.mass == Approx(1));
  CHECK(exact.chance == Approx(1));
}

TEST_CASE("LSH finds what is clustered", "[lsh]") {
  const std::int64_t length = 512;
  const AttentionOptions options{.heads = 1, .mask = causal_mask()};
  const LshOptions lsh{.rounds = 4, .chunk = 32};
  const double random =
      lsh_quality(normal({1, length, 64}, 1, DType::f32), lsh, options, {.seed = 1})[0].mass;
  CHECK(lsh_quality(clustered(length, 64, 16), lsh, options, {.seed = 1})[0].mass > random + 0.2);
}

TEST_CASE("LSH: the published measurements of random queries", "[lsh][slow]") {
  // Specification, M5: L = 1024, m = 64, b = 32, mass for 1, 2, 4, 8 rounds.
  const Tensor q = normal({2, 1024, 64}, 1, DType::f32);
  const AttentionOptions options{.heads = 1, .mask = causal_mask()};
  const double expected[] = {0.14, 0.26, 0.45, 0.70};
  for (int i = 0; i < 4; ++i)
    CHECK(lsh_quality(q, {.rounds = 1 << i}, options, {.seed = 1})[0].mass ==
          Approx(expected[i]).margin(0.08));
}

TEST_CASE("LSH: bucket sizes add up, padding apart", "[lsh]") {
  const Tensor q = normal({2, 60, 16}, 1, DType::f32);
  const AttentionOptions options{.heads = 2,
                                 .mask = padding_mask(tensor_of<std::int32_t>({2}, {60, 41}))};
  for (const LshHeadQuality& head : lsh_quality(q, {.rounds = 3, .chunk = 8}, options, {})) {
    std::int64_t tokens = 0, buckets = 0;
    for (std::size_t n = 0; n < head.occupancy.size(); ++n) {
      tokens += static_cast<std::int64_t>(n) * head.occupancy[n];
      buckets += head.occupancy[n];
    }
    CHECK(tokens == 3 * (60 + 41));
    CHECK(buckets == 3 * (14 + 10));  // as many as each sequence needs
    CHECK(head.entropy > 0);
    CHECK(head.entropy <= std::log2(14));
    CHECK((0 <= head.overflow && head.overflow <= 1));
  }
}

TEST_CASE("LSH: a bucket that holds everything overflows", "[lsh]") {
  const Tensor same = full({1, 40, 8}, 1.0);
  const LshHeadQuality head =
      lsh_quality(same, {.rounds = 2, .chunk = 8}, {.heads = 1}, {.seed = 1})[0];
  CHECK(head.overflow == Approx(1));
  CHECK(head.entropy == Approx(0).margin(1e-12));
  CHECK(head.occupancy.back() == 2);  // 40 tokens in one bucket, in both rounds
}

TEST_CASE("LSH: a view of a head agrees with its numbers", "[lsh]") {
  const std::int64_t length = 40, real = 33;
  const Tensor q = normal({1, length, 16}, 1, DType::f32);
  const LshOptions lsh{.rounds = 2, .chunk = 8, .buckets = 4};
  const AttentionOptions options{
      .heads = 2, .mask = {.causal = true, .key_lengths = tensor_of<std::int32_t>({1}, {real})}};
  const auto quality = lsh_quality(q, lsh, options, {.seed = 1});
  const auto views = lsh_views(q, lsh, options, {.seed = 1});
  REQUIRE(views.size() == 2);
  for (std::size_t h = 0; h < views.size(); ++h) {
    const LshHeadView& view = views[h];
    REQUIRE(view.buckets.size() == real);
    REQUIRE(view.sorted.size() == real);
    for (std::size_t i = 1; i < view.sorted.size(); ++i) {
      const auto bucket = [&](std::size_t p) {
        return view.buckets[static_cast<std::size_t>(view.sorted[p])];
      };
      CHECK(std::pair(bucket(i - 1), view.sorted[i - 1]) < std::pair(bucket(i), view.sorted[i]));
    }
    double mass = 0;
    for (std::int64_t i = 0; i < real; ++i) {
      double total = 0, kept = 0;
      for (std::int64_t j = 0; j < real; ++j) {
        const auto at = static_cast<std::size_t>(i * real + j);
        total += view.weights[at];
        kept += view.meetings[at] > 0 && i != j ? view.weights[at] : 0;
        if (j > i) CHECK((view.weights[at] == 0 && view.meetings[at] == 0));
      }
      CHECK(total == Approx(1));
      mass += kept;
    }
    CHECK(mass / (real - 1) == Approx(quality[h].mass));  // the first token sees nobody
  }
}
