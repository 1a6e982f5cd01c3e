#include <cmath>

#include "tensor/parallel.h"
#include "tests/catch.h"
#include "tests/tasks/statistical_testing.h"
#include "tests/tensor/helpers.h"

using namespace lectern;

namespace {

/// p(e, a | f) by the header's formula.
double probability_of(const HmmAligner& model, const TokenPair& pair, const Alignment& alignment) {
  double p = 1.0;
  std::size_t before = 0;
  for (std::size_t j = 0; j < alignment.size(); ++j) {
    if (alignment[j] == from_null) {
      p *= model.null_probability() * model.table().probability(pair.target[j], null_word);
      continue;
    }
    const auto word = static_cast<std::size_t>(alignment[j]);
    double sum = 0.0;
    for (std::size_t other = 0; other < pair.source.size(); ++other)
      sum += model.jumps()[HmmAligner::jump_index(before, other)];
    p *= (1.0 - model.null_probability()) * model.jumps()[HmmAligner::jump_index(before, word)] /
         sum * model.table().probability(pair.target[j], pair.source[word]);
    before = word + 1;
  }
  return p;
}

double probability_of(const IbmModel1& model, const TokenPair& pair, const Alignment& alignment) {
  double p = 1.0;
  for (std::size_t j = 0; j < alignment.size(); ++j)
    p *= model.table().probability(
             pair.target[j], alignment[j] == from_null ? null_word : pair.source[alignment[j]]) /
         static_cast<double>(pair.source.size() + 1);
  return p;
}

/// Likelihood, posterior and best alignment of every pair, by all alignments.
template <class Model>
void check_by_enumeration(const Model& model) {
  for (const TokenPair& pair : reference_pairs()) {
    double total = 0.0, best = -1.0;
    const std::size_t width = pair.source.size() + 1;
    std::vector<double> links(pair.target.size() * width);
    for_each_alignment(pair, [&](const Alignment& alignment) {
      const double p = probability_of(model, pair, alignment);
      total += p;
      best = std::max(best, p);
      for (std::size_t j = 0; j < alignment.size(); ++j)
        links[j * width + static_cast<std::size_t>(alignment[j] + 1)] += p;
    });
    CHECK(model.log_likelihood(pair) == Approx(std::log(total)).epsilon(1e-9));
    CHECK(probability_of(model, pair, model.align(pair)) == Approx(best).epsilon(1e-9));
    const LinkProbabilities found = model.posterior(pair);
    for (std::size_t i = 0; i < links.size(); ++i)
      CHECK(found.probabilities[i] == Approx(links[i] / total).margin(1e-9));
  }
}

void check_table(const LexicalTable& table, const nlohmann::json& expected) {
  CHECK(table.size() == expected.size());
  for (const auto& entry : expected) {
    const auto f = entry[0].get<Word>(), e = entry[1].get<Word>();
    CAPTURE(f, e);
    CHECK(table.probability(e, f) == Approx(entry[2].get<double>()).epsilon(1e-9).margin(1e-12));
  }
}

}  // namespace

TEST_CASE("Model 1 knows after some rounds that Haus is house", "[ibm_model_1]") {
  // Koehn 2010, figure 4.2: das Haus, das Buch, ein Buch.
  const std::vector<TokenPair> pairs = {{{4, 5}, {4, 5}}, {{4, 6}, {4, 6}}, {{7, 6}, {7, 6}}};
  const Cooccurrences corpus(pairs);
  IbmModel1 model(corpus.uniform_table());
  CHECK(model.table().probability(5, 4) == Approx(1.0 / 3.0));  // house | das
  CHECK(model.table().probability(7, 5) == 0.0);                // never together
  for (int round = 0; round < 20; ++round) em_round(model, corpus);
  CHECK(model.table().best(5, 1)[0].word == 5);
  CHECK(model.table().best(4, 1)[0].word == 4);
  CHECK(model.table().probability(6, 6) > 0.9);
  CHECK(model.align({{4, 5}, {4, 5}}) == Alignment{0, 1});
  CHECK(model.table().best(4, 99).size() == 3);
  CHECK(model.table().best(99, 5).empty());
}

TEST_CASE("Model 1 equals a calculation that enumerates alignments", "[ibm_model_1]") {
  const auto& expected = statistical_reference()["model_1"];
  const std::vector<TokenPair> pairs = reference_pairs();
  const Cooccurrences corpus(pairs);
  IbmModel1 model(corpus.uniform_table());
  for (const auto& log_likelihood : expected["log_likelihoods"])
    CHECK(em_round(model, corpus).log_likelihood == Approx(log_likelihood.get<double>()));
  check_table(model.table(), expected["table"]);
  check_by_enumeration(model);
}

TEST_CASE("the hidden Markov aligner equals a calculation that enumerates alignments", "[hmm]") {
  const auto& expected = statistical_reference()["hmm"];
  const std::vector<TokenPair> pairs = reference_pairs();
  const Cooccurrences corpus(pairs);
  IbmModel1 first(corpus.uniform_table());
  for (int round = 0; round < statistical_reference()["rounds"]; ++round) em_round(first, corpus);
  HmmAligner model(first.table());
  for (const auto& log_likelihood : expected["log_likelihoods"])
    CHECK(em_round(model, corpus).log_likelihood == Approx(log_likelihood.get<double>()));
  check_table(model.table(), expected["table"]);
  for (std::size_t width = 0; width < HmmAligner::jump_widths; ++width)
    CHECK(model.jumps()[width] == Approx(expected["jumps"][width].get<double>()).epsilon(1e-9));
  check_by_enumeration(model);
  for (std::size_t pair = 0; pair < pairs.size(); ++pair) {
    const LinkProbabilities links = model.posterior(pairs[pair]);
    for (std::size_t j = 0; j < pairs[pair].target.size(); ++j)
      for (std::size_t i = 0; i <= links.source; ++i)
        CHECK(links.row(j)[i] ==
              Approx(expected["posteriors"][pair][j][i].get<double>()).margin(1e-9));
  }
}

TEST_CASE("the likelihood rises in every round", "[ibm_model_1][hmm]") {
  const ToyPairs toy(800);
  const Cooccurrences corpus(toy.pairs);
  IbmModel1 model(corpus.uniform_table());
  double before = -HUGE_VAL;
  for (int round = 0; round < 12; ++round) {
    const EmRound done = em_round(model, corpus);
    CHECK(done.log_likelihood > before);
    CHECK(done.perplexity() == Approx(std::exp(-done.log_likelihood / done.tokens)));
    before = done.log_likelihood;
  }
  HmmAligner hmm(model.table());
  before = -HUGE_VAL;
  for (int round = 0; round < 12; ++round) {
    const double log_likelihood = em_round(hmm, corpus).log_likelihood;
    CHECK(log_likelihood > before);
    before = log_likelihood;
  }
}

TEST_CASE("tables have the same bits for any number of threads", "[ibm_model_1][hmm]") {
  const ToyPairs toy(300);
  const Cooccurrences corpus(toy.pairs);
  const int threads = thread_count();
  std::vector<HmmAligner> models;
  for (const int count : {1, 3}) {
    set_thread_count(count);
    IbmModel1 model(corpus.uniform_table());
    for (int round = 0; round < 2; ++round) em_round(model, corpus);
    models.emplace_back(model.table());
    for (int round = 0; round < 2; ++round) em_round(models.back(), corpus);
  }
  set_thread_count(threads);
  CHECK(models[0].table().probabilities() == models[1].table().probabilities());
  CHECK(models[0].jumps() == models[1].jumps());
}

TEST_CASE("aligners take what they have never seen, and nothing", "[ibm_model_1][hmm]") {
  const std::vector<TokenPair> pairs = reference_pairs();
  const Cooccurrences corpus(pairs);
  IbmModel1 model(corpus.uniform_table());
  em_round(model, corpus);
  HmmAligner hmm(model.table());
  em_round(hmm, corpus);
  for (const Aligner* aligner :
       {static_cast<const Aligner*>(&model), static_cast<const Aligner*>(&hmm)}) {
    CHECK(aligner->align({{4, 5}, {}}).empty());
    CHECK(aligner->align({{}, {4, 5}}) == Alignment{from_null, from_null});
    CHECK(aligner->align({{999}, {4}}).size() == 1);
    const LinkProbabilities links = aligner->posterior({{4, 999, 5}, {5, 888}});
    for (std::size_t j = 0; j < 2; ++j) {
      double sum = 0.0;
      for (std::size_t i = 0; i <= links.source; ++i) sum += links.row(j)[i];
      CHECK(sum == Approx(1.0));
    }
  }
  CHECK(Cooccurrences({}).uniform_table().size() == 0);
}

TEST_CASE("what does not fit is refused", "[ibm_model_1][hmm]") {
  CHECK(contains(message_of([] {
                   LexicalTable({0, 3}, {1, 2}, {0.5, 0.5});
                 }),
                 "rows that do not fit"));
  CHECK(contains(message_of([] { LexicalTable({0, 2}, {2, 1}, {0.5, 0.5}); }), "not sorted"));
  CHECK(contains(message_of([] { HmmAligner({}, {1.0, 2.0}); }), "2 widths"));
  CHECK(contains(message_of([] { HmmAligner({}, {}, 1.0); }), "null_probability is 1"));
}

TEST_CASE("a pruned table keeps what is probable", "[ibm_model_1]") {
  const LexicalTable table({0, 3, 5}, {4, 5, 6, 4, 7}, {0.7, 0.001, 0.299, 0.5, 0.5});
  const LexicalTable pruned = table.pruned(0.01);
  CHECK(pruned.words() == std::vector<Word>{4, 6, 4, 7});
  CHECK(pruned.row_begins() == std::vector<std::int64_t>{0, 2, 4});
  CHECK(pruned.probability(5, 0) == 0.0);
  CHECK(pruned.probability(6, 0) == 0.299);
}
