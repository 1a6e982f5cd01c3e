#include <cmath>
#include <limits>
#include <map>

#include "autograd/variable.h"
#include "models/decoding.h"
#include "tests/catch.h"
#include "tests/models/prefix_decoder.h"
#include "tests/tensor/helpers.h"

using namespace lectern;

namespace {

using Prefix = PrefixDecoder::Prefix;

std::vector<std::int64_t> count_to(std::int64_t sentences) {
  std::vector<std::int64_t> result;
  for (std::int64_t i = 0; i < sentences; ++i) result.push_back(i);
  return result;
}

constexpr std::int64_t vocab = 12, batch = 8;

/// The first draw of each sentence.
std::vector<Hypothesis> first_of(const std::vector<std::vector<Hypothesis>>& draws) {
  std::vector<Hypothesis> first;
  for (const auto& of_sentence : draws) first.push_back(of_sentence.at(0));
  return first;
}

std::vector<std::vector<Hypothesis>> all_sampled(SamplingOptions options) {
  PrefixDecoder decoder(count_to(batch), random_rule(vocab));
  options.max_lengths.assign(batch, 9);
  return sample(decoder, options);
}

std::vector<Hypothesis> sampled(const SamplingOptions& options) {
  return first_of(all_sampled(options));
}

void expect_greedy(const SamplingOptions& options) {
  PrefixDecoder decoder(count_to(batch), random_rule(vocab));
  const auto greedy =
      beam_search(decoder, {.beam_size = 1, .max_lengths = std::vector<std::int64_t>(batch, 9)});
  const std::vector<Hypothesis> results = sampled(options);
  for (std::size_t i = 0; i < results.size(); ++i) CHECK(results[i].tokens == greedy[i][0].tokens);
}

std::vector<Prefix> tokens_of(const std::vector<Hypothesis>& hypotheses) {
  std::vector<Prefix> tokens;
  for (const Hypothesis& hypothesis : hypotheses) tokens.push_back(hypothesis.tokens);
  return tokens;
}

constexpr std::int64_t draws = 8000;

/// How often each word came first in so many draws, of words with the probabilities
/// </s> 0.1, 3: 0.4, 4: 0.3, 5: 0.2; no word counts as </s>.
std::map<std::int32_t, double> frequencies(SamplingOptions options) {
  const auto rule = [](std::int64_t, const Prefix&) {
    return std::vector<float>{5.0f,           5.0f,           std::log(0.1f),
                              std::log(0.4f), std::log(0.3f), std::log(0.2f)};
  };
  PrefixDecoder decoder(count_to(draws), rule);
  options.max_lengths.assign(draws, 1);
  std::map<std::int32_t, double> result;
  for (const Hypothesis& hypothesis : first_of(sample(decoder, options)))
    result[hypothesis.tokens.empty() ? options.special.end : hypothesis.tokens[0]] += 1.0 / draws;
  return result;
}

/// Four standard deviations of a frequency are 4 √(p (1−p) / draws) ≤ 0.023.
void expect_frequencies(const SamplingOptions& options,
                        const std::map<std::int32_t, double>& expected) {
  const std::map<std::int32_t, double> found = frequencies(options);
  CHECK(found.size() == expected.size());
  for (const auto& [token, probability] : expected) {
    INFO("token " << token);
    REQUIRE(found.contains(token));
    CHECK(std::abs(found.at(token) - probability) < 0.023);
  }
}

}  // namespace

TEST_CASE("sampling from the best token only, or at temperature 0 in the limit, is greedy") {
  expect_greedy({.top_k = 1});
  expect_greedy({.temperature = 1e-6});
  expect_greedy({.top_p = 1e-9});
}

TEST_CASE("sampling: the same seed draws the same, another seed something else") {
  CHECK(tokens_of(sampled({.seed = 7})) == tokens_of(sampled({.seed = 7})));
  CHECK(tokens_of(sampled({.seed = 7})) != tokens_of(sampled({.seed = 8})));
}

TEST_CASE("sampling: what is drawn for a sentence does not depend on its neighbours") {
  const auto together = tokens_of(sampled({}));
  PrefixDecoder decoder({6, 1}, random_rule(vocab));
  const auto two =
      tokens_of(first_of(sample(decoder, {.sentence_numbers = {6, 1}, .max_lengths = {9, 9}})));
  CHECK(two == std::vector<Prefix>{together[6], together[1]});
}

TEST_CASE("sampling draws as often as the probabilities say") {
  expect_frequencies({}, {{2, 0.1}, {3, 0.4}, {4, 0.3}, {5, 0.2}});
  // At temperature ½ probabilities are squared: 0.01, 0.16, 0.09, 0.04, of 0.30.
  expect_frequencies({.temperature = 0.5},
                     {{2, 1.0 / 30}, {3, 16.0 / 30}, {4, 9.0 / 30}, {5, 4.0 / 30}});
  expect_frequencies({.top_k = 2}, {{3, 4.0 / 7}, {4, 3.0 / 7}});
  // 0.4 + 0.3 are less than 0.8, so the third word is needed too.
  expect_frequencies({.top_p = 0.8}, {{3, 4.0 / 9}, {4, 3.0 / 9}, {5, 2.0 / 9}});
}

TEST_CASE("sampling: the log-probability is that of what was drawn, and so is the mean") {
  const auto rule = [](std::int64_t, const Prefix& prefix) {  // 3 with ¼, then </s> with ¾
    const float three = prefix.size() == 1 ? 0.0f : -1e9f;
    return std::vector<float>{0, 0, prefix.size() == 1 ? -1e9f : std::log(3.0f), three,
                              prefix.size() == 1 ? std::log(3.0f) : 0.0f};
  };
  PrefixDecoder decoder(count_to(50), rule);
  bool seen = false;
  for (const Hypothesis& hypothesis :
       first_of(sample(decoder, {.max_lengths = std::vector<std::int64_t>(50, 3)}))) {
    if (hypothesis.tokens != Prefix{3}) continue;
    seen = true;
    CHECK(hypothesis.log_probability == Approx(std::log(0.25 * 0.75)).epsilon(1e-5));
    CHECK(hypothesis.score == Approx(hypothesis.log_probability / 2));
  }
  CHECK(seen);
}

TEST_CASE("sampling draws a sentence several times, the first time as if it were the only one") {
  const auto draws = all_sampled({.draws = 3});
  REQUIRE(draws.size() == batch);
  std::vector<Hypothesis> second;
  for (const auto& of_sentence : draws) {
    REQUIRE(of_sentence.size() == 3);
    second.push_back(of_sentence[1]);
  }
  CHECK(tokens_of(first_of(draws)) == tokens_of(sampled({})));
  CHECK(tokens_of(second) != tokens_of(sampled({})));
}

TEST_CASE("sampling: a hypothesis says whether it has ended") {
  for (const Hypothesis& hypothesis : sampled({}))
    CHECK(hypothesis.finished == (hypothesis.tokens.size() < 9));
}

TEST_CASE("draw_token draws one token from a row of logits") {
  const Tensor logits = tensor_of<double>({1, 6}, {9, 9, -1, 3, 2, 1});
  CHECK(draw_token(logits, {.top_k = 1}, {.seed = 1}).token == 3);  // neither <pad> nor <s>
  CHECK(draw_token(logits, {.top_k = 1}, {.seed = 1}).log_probability == 0);
  std::map<std::int32_t, int> drawn;
  for (std::uint32_t step = 0; step < 400; ++step)
    ++drawn[draw_token(logits, {.top_k = 2}, {.seed = 1, .step = step}).token];
  CHECK(drawn.size() == 2);
  CHECK(drawn[3] == Approx(400 / (1 + std::exp(-1))).margin(40));  // four standard deviations: 36
  CHECK(contains(message_of([] { draw_token(zeros({2, 3}), {}, {}); }), "one row of logits"));
}

TEST_CASE("sampling says what does not fit") {
  PrefixDecoder decoder({0}, random_rule(5));
  const auto complaint = [&](const SamplingOptions& options) {
    return message_of([&] { sample(decoder, options); });
  };
  CHECK(contains(complaint({.temperature = 0, .max_lengths = {3}}), "a temperature above 0"));
  CHECK(contains(complaint({.top_p = 1.5, .max_lengths = {3}}), "1.5"));
  CHECK(contains(complaint({.sentence_numbers = {1, 2}, .max_lengths = {3}}),
                 "2 sentence_numbers for 1 sentences"));
  CHECK(contains(complaint({.max_lengths = {3, 3}}), "2 max_lengths for 1 sentences"));
}

TEST_CASE("logits that are no numbers end a search, and none is chosen") {
  const float infinity = std::numeric_limits<float>::infinity();
  for (const float bad : {std::nanf(""), infinity}) {
    const auto rule = [bad](std::int64_t sentence, const Prefix& prefix) {
      const bool broken = sentence == 1 && prefix.size() == 3;
      return std::vector<float>{0, 0, -9, 1, broken ? bad : 0.5f};
    };
    PrefixDecoder first({0, 1}, rule), second({0, 1}, rule);
    CHECK_THROWS_AS(beam_search(first, {.beam_size = 2, .max_lengths = {4, 4}}), NotFinite);
    CHECK_THROWS_AS(sample(second, {.max_lengths = {4, 4}}), NotFinite);
  }
  PrefixDecoder masked({0}, [=](std::int64_t, const Prefix&) {
    return std::vector<float>{0, 0, 1, -infinity};
  });
  CHECK(beam_search(masked, {.beam_size = 1, .max_lengths = {4}})[0][0].tokens.empty());
}
