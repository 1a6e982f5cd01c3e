#include <algorithm>
#include <cmath>

#include "models/decoding.h"
#include "tests/catch.h"
#include "tests/models/prefix_decoder.h"
#include "tests/tensor/helpers.h"

using namespace lectern;

namespace {

using Prefix = PrefixDecoder::Prefix;
using Rule = PrefixDecoder::Rule;

const SpecialTokens special;  // <pad> 0, <s> 1, </s> 2; words are 3, 4, …

std::vector<double> log_probabilities(const std::vector<float>& logits) {
  double sum = 0.0;
  for (const float logit : logits) sum += std::exp(static_cast<double>(logit));
  std::vector<double> result;
  for (const float logit : logits) result.push_back(logit - std::log(sum));
  return result;
}

bool is_better(const Hypothesis& a, const Hypothesis& b) {
  return a.finished != b.finished ? a.finished : a.score > b.score;
}

/// Every translation that a rule allows, best first: what a beam search with room for all must
/// find. One of full length may have no </s>; those come last.
class BruteForce {
 public:
  BruteForce(const Rule& rule, std::int64_t sentence, const SearchOptions& options)
      : rule_(rule), sentence_(sentence), options_(options) {
    extend({special.begin}, 0.0);
    std::stable_sort(found_.begin(), found_.end(), is_better);
  }
  const std::vector<Hypothesis>& found() const { return found_; }

 private:
  void extend(const Prefix& prefix, double log_probability) {
    const auto length = static_cast<std::int64_t>(prefix.size()) - 1;
    if (length == options_.max_lengths[sentence_])
      return keep(prefix, log_probability, length, /*finished=*/false);
    const std::vector<double> next = log_probabilities(rule_(sentence_, prefix));
    if (length >= options_.min_length)
      keep(prefix, log_probability + next[special.end], length + 1, /*finished=*/true);
    for (std::size_t word = 3; word < next.size(); ++word) {
      Prefix longer = prefix;
      longer.push_back(static_cast<std::int32_t>(word));
      extend(longer, log_probability + next[word]);
    }
  }
  void keep(const Prefix& prefix, double log_probability, std::int64_t length, bool finished) {
    const double divisor = std::pow(static_cast<double>(length), options_.length_penalty);
    found_.push_back(
        {{prefix.begin() + 1, prefix.end()}, log_probability, log_probability / divisor, finished});
  }

  const Rule& rule_;
  std::int64_t sentence_;
  const SearchOptions& options_;
  std::vector<Hypothesis> found_;
};

std::vector<std::vector<Hypothesis>> search(const Rule& rule, const SearchOptions& options) {
  std::vector<std::int64_t> sentences;
  for (std::size_t i = 0; i < options.max_lengths.size(); ++i)
    sentences.push_back(static_cast<std::int64_t>(i));
  PrefixDecoder decoder(sentences, rule);
  return beam_search(decoder, options);
}

void expect_same(const std::vector<Hypothesis>& found, const std::vector<Hypothesis>& expected) {
  REQUIRE(found.size() == expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    CHECK(found[i].tokens == expected[i].tokens);
    CHECK(found[i].finished == expected[i].finished);
    CHECK(found[i].log_probability == Approx(expected[i].log_probability).epsilon(1e-5));
    CHECK(found[i].score == Approx(expected[i].score).epsilon(1e-5));
  }
}

/// A rule that is written down: the probabilities of </s>, word 3 and word 4 after each prefix.
Rule written_rule(const std::function<std::vector<double>(const Prefix&)>& probabilities) {
  return [=](std::int64_t, const Prefix& prefix) {
    std::vector<float> logits(2, -1e9f);  // <pad>, <s>
    for (const double p : probabilities(prefix)) logits.push_back(static_cast<float>(std::log(p)));
    return logits;
  };
}

}  // namespace

TEST_CASE("beam search with room for all finds what trying everything finds, in that order") {
  for (const double penalty : {0.0, 1.0})
    for (const std::int64_t min_length : {0, 2})
      for (const bool early : {true, false}) {
        INFO("length_penalty " << penalty << ", min_length " << min_length << ", early " << early);
        const SearchOptions options{.beam_size = 32,  // 2 words, 4 long: 31 translations
                                    .length_penalty = penalty,
                                    .n_best = 31,
                                    .early_stopping = early,
                                    .min_length = min_length,
                                    .max_lengths = {4, 3, 4, 1}};
        const Rule rule = random_rule(5);
        const auto results = search(rule, options);
        for (std::int64_t i = 0; i < 4; ++i)
          expect_same(results[i], BruteForce(rule, i, options).found());
      }
}

TEST_CASE("beam search: the smallest beams are no better than trying everything") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const Rule rule = random_rule(7, seed);
    SearchOptions options{.early_stopping = false, .max_lengths = {4}};
    const double best = BruteForce(rule, 0, options).found()[0].score;
    for (const int beam : {1, 2, 5}) {
      options.beam_size = beam;
      const Hypothesis found = search(rule, options)[0][0];
      CHECK((!found.finished || found.score <= best + 1e-5));
    }
    options.beam_size = 300;  // room for all of 4⁴ + …
    CHECK(search(rule, options)[0][0].score == Approx(best).epsilon(1e-5));
  }
}

TEST_CASE("beam search of one beam takes the best token of every step") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const Rule rule = random_rule(9, seed);
    Prefix prefix{special.begin};
    double log_probability = 0.0;
    while (prefix.size() <= 6) {
      const std::vector<double> next = log_probabilities(rule(0, prefix));
      const auto best = std::max_element(next.begin() + 2, next.end());
      log_probability += *best;
      const auto token = static_cast<std::int32_t>(best - next.begin());
      if (token == special.end) break;
      prefix.push_back(token);
    }
    const Hypothesis found = search(rule, {.beam_size = 1, .max_lengths = {6}})[0][0];
    CHECK(found.tokens == Prefix(prefix.begin() + 1, prefix.end()));
    CHECK(found.log_probability == Approx(log_probability).epsilon(1e-5));
  }
}

TEST_CASE("beam search: without early stopping a late hypothesis may overtake") {
  // </s> at once has the mean log-probability ln 0.5 = −0.69; "3 </s>" has ln(0.4 · 0.9) / 2 =
  // −0.51.
  const Rule rule = written_rule([](const Prefix& prefix) -> std::vector<double> {
    if (prefix.size() == 1) return {0.5, 0.4, 0.1};
    return {0.9, 0.05, 0.05};
  });
  SearchOptions options{.beam_size = 1, .max_lengths = {4}};
  CHECK(search(rule, options)[0][0].tokens.empty());
  options.early_stopping = false;
  const Hypothesis best = search(rule, options)[0][0];
  CHECK(best.tokens == Prefix{3});
  CHECK(best.log_probability == Approx(std::log(0.4 * 0.9)).epsilon(1e-5));
  CHECK(best.score == Approx(std::log(0.4 * 0.9) / 2).epsilon(1e-5));
  options.length_penalty = 0.0;  // then the sum counts, and the short one is best
  CHECK(search(rule, options)[0][0].tokens.empty());
}

TEST_CASE("beam search: what the longest length cuts off comes after all that ended") {
  // "3 3" is cut off with a mean of ln 0.9; "</s>" and "3 </s>" ended with less.
  const Rule rule = written_rule([](const Prefix&) -> std::vector<double> {
    return {0.05, 0.9, 0.05};
  });
  const auto found = search(rule, {.beam_size = 5, .n_best = 5, .max_lengths = {2}})[0];
  REQUIRE(found.size() == 5);
  CHECK(found[0].finished);
  CHECK(found[0].tokens == Prefix{3});
  CHECK(std::ranges::is_sorted(found, is_better));
  const auto cut = std::ranges::find(found, Prefix{3, 3}, &Hypothesis::tokens);
  REQUIRE(cut != found.end());
  CHECK_FALSE(cut->finished);
  CHECK(cut->score > found[0].score);
}

TEST_CASE("beam search: a wider beam finds what greed misses") {
  // Greed takes 3 (0.5), after which nothing is likely; 4 (0.4) is followed by a sure </s>.
  const Rule rule = written_rule([](const Prefix& prefix) -> std::vector<double> {
    if (prefix.size() == 1) return {0.1, 0.5, 0.4};
    if (prefix.back() == 3) return {0.4, 0.3, 0.3};
    return {0.98, 0.01, 0.01};
  });
  CHECK(search(rule, {.beam_size = 1, .max_lengths = {5}})[0][0].tokens == Prefix{3});
  CHECK(search(rule, {.beam_size = 2, .max_lengths = {5}})[0][0].tokens == Prefix{4});
}

TEST_CASE("beam search never says <pad> or <s>, however likely they are") {
  const Rule words = random_rule(8);
  const Rule rule = [&](std::int64_t sentence, const Prefix& prefix) {
    std::vector<float> logits = words(sentence, prefix);
    logits[special.pad] = logits[special.begin] = 9.0f;
    return logits;
  };
  const SearchOptions options{.beam_size = 4, .n_best = 4, .max_lengths = {6, 6, 6}};
  for (const auto& hypotheses : search(rule, options))
    for (const Hypothesis& hypothesis : hypotheses)
      for (const std::int32_t token : hypothesis.tokens) CHECK(token > special.end);
}

TEST_CASE("beam search: equal tokens are taken in the order of the vocabulary") {
  const Rule rule = [](std::int64_t, const Prefix&) { return std::vector<float>(6, 0.0f); };
  const auto results =
      search(rule, {.beam_size = 3, .n_best = 3, .min_length = 2, .max_lengths = {2}})[0];
  REQUIRE(results.size() == 3);
  CHECK(results[0].tokens == Prefix{3, 3});
  CHECK(results[1].tokens == Prefix{3, 4});
  CHECK(results[2].tokens == Prefix{3, 5});
}

TEST_CASE("beam search: n_best come best first, with or without their neighbours in the batch") {
  const Rule rule = random_rule(20);
  for (const int beam : {1, 3, 5}) {
    SearchOptions options{.beam_size = beam, .n_best = beam, .max_lengths = {9, 2, 7, 1, 12}};
    const auto together = search(rule, options);
    for (std::int64_t i = 0; i < 5; ++i) {
      const auto& hypotheses = together[i];
      CHECK(std::is_sorted(hypotheses.begin(), hypotheses.end(), is_better));
      SearchOptions alone = options;
      alone.max_lengths = {options.max_lengths[i]};
      PrefixDecoder decoder({i}, rule);
      expect_same(beam_search(decoder, alone)[0], hypotheses);
    }
  }
}

TEST_CASE("beam search says what does not fit") {
  PrefixDecoder decoder({0, 1}, random_rule(5));
  const auto complaint = [&](const SearchOptions& options) {
    return message_of([&] { beam_search(decoder, options); });
  };
  CHECK(contains(complaint({.beam_size = 0, .max_lengths = {3, 3}}), "a beam of 0"));
  CHECK(contains(complaint({.beam_size = 2, .n_best = 3, .max_lengths = {3, 3}}),
                 "n_best = 3 is not between 1 and beam_size = 2"));
  CHECK(contains(complaint({.max_lengths = {3}}), "1 max_lengths for 2 sentences"));
  CHECK(contains(complaint({.max_lengths = {3, 0}}), "max_lengths has a 0"));
}
