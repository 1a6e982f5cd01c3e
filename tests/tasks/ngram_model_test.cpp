#include "tasks/translation/statistical/ngram_model.h"

#include <cmath>

#include "tests/catch.h"
#include "tests/tasks/statistical_testing.h"
#include "tests/tensor/helpers.h"

using namespace lectern;

namespace {

double sum_over_words(const NgramModel& model, const NgramModel::History& history) {
  double sum = 0.0;
  for (Word w = 0; w < model.vocab(); ++w) sum += model.probability(w, history);
  return sum;
}

}  // namespace

TEST_CASE("a trigram model by hand", "[ngram_model]") {
  // One sentence, `a b`. All counts are 1, so every D is 1 / (1 + 0) = 1: a count gives up all of
  // itself, and only the uniform distribution over a, b, </s> and <unk> is left.
  const NgramModel flat({{4, 5}}, 6);
  CHECK(flat.probability(4, {}) == Approx(0.25));
  // `a`, `a b`: trigrams (<s> <s> a) 2, (<s> a </s>) 1, (<s> a b) 1, (a b </s>) 1; D3 = 3 / 5.
  // Bigrams (<s> a) (a </s>) (a b) (b </s>) count 1 each, D2 = 1; before </s> stand a and b, so
  // unigrams are a 1, b 1, </s> 2, and D1 = 2 / 4.
  const NgramModel model({{4}, {4, 5}}, 6);
  const double uniform = 0.5 * 3 / 4 / 4;
  const double a = (1 - 0.5) / 4 + uniform, end = (2 - 0.5) / 4 + uniform;
  CHECK(model.log_probability(Word{4}) == Approx(std::log(a)));
  CHECK(model.probability(4, {}) == Approx((2 - 0.6) / 2 + 0.6 / 2 * a));
  CHECK(model.probability(Tokenizer::end, {Tokenizer::begin, 4}) ==
        Approx((1 - 0.6) / 2 + 0.6 * 2 / 2 * end));
  CHECK(model.probability(Tokenizer::unknown, {5, 5}) == Approx(uniform));
}

TEST_CASE("the language model equals an independent calculation", "[ngram_model]") {
  const auto& expected = statistical_reference()["language_model"];
  std::vector<std::vector<Word>> sentences;
  for (const TokenPair& pair : reference_pairs()) sentences.push_back(pair.target);
  const NgramModel model(sentences, expected["vocab"].get<std::int32_t>());
  for (const auto& entry : expected["probabilities"]) {
    CAPTURE(entry.dump());
    CHECK(model.probability(entry[2].get<Word>(), {entry[0].get<Word>(), entry[1].get<Word>()}) ==
          Approx(entry[3].get<double>()).epsilon(1e-12));
  }
}

TEST_CASE("probabilities sum to one after any two words", "[ngram_model]") {
  const ToyPairs toy(500);
  std::vector<std::vector<Word>> sentences;
  for (const TokenPair& pair : toy.pairs) sentences.push_back(pair.target);
  const NgramModel model(sentences, toy.target->size());
  NgramModel::History history;
  for (std::size_t i = 0; i < 40; ++i) {
    CHECK(sum_over_words(model, history) == Approx(1.0).epsilon(1e-9));
    for (const Word w : sentences[i]) {
      CHECK(sum_over_words(model, history) == Approx(1.0).epsilon(1e-9));
      history = history.then(w);
    }
  }
  for (const NgramModel::History& never :
       {NgramModel::History{Tokenizer::unknown, 7}, {9, Tokenizer::unknown}, {500, 400}})
    CHECK(sum_over_words(model, never) == Approx(1.0).epsilon(1e-9));
  for (Word w = 2; w < model.vocab(); ++w) CHECK(model.probability(w, {500, 400}) > 0.0);
}

TEST_CASE("the model expects its own text more than its reverse", "[ngram_model]") {
  const ToyPairs toy(2000);
  std::vector<std::vector<Word>> learned, held_out, reversed;
  for (std::size_t i = 0; i < toy.pairs.size(); ++i)
    (i < 1900 ? learned : held_out).push_back(toy.pairs[i].target);
  for (const auto& sentence : held_out) reversed.emplace_back(sentence.rbegin(), sentence.rend());
  const NgramModel model(learned, toy.target->size());
  CHECK(perplexity(model, held_out) < 30.0);
  CHECK(perplexity(model, reversed) > 10.0 * perplexity(model, held_out));
  CHECK(perplexity(model, {}) == 1.0);
  const std::vector<Word>& first = held_out[0];
  CHECK(perplexity(model, {first}) ==
        Approx(std::exp(-model.log_probability(first) / static_cast<double>(first.size() + 1))));
}

TEST_CASE("a language model of nothing says anything", "[ngram_model]") {
  const NgramModel model(std::vector<std::vector<Word>>{}, 10);
  CHECK(model.probability(5, {}) == Approx(1.0 / 8.0));
  CHECK(contains(message_of([] { NgramModel(std::vector<std::vector<Word>>{{1 << 21}}, 10); }),
                 "word 2097152"));
  CHECK(contains(message_of([] { NgramModel(std::vector<std::vector<Word>>{{12}}, 10); }),
                 "word 12"));
}
