#include "models/language_model.h"

#include <algorithm>
#include <cmath>

#include "autograd/ops/cross_entropy.h"
#include "models/decoder.h"
#include "models/recurrent_language_model.h"
#include "models/reformer.h"
#include "models/sequence_classifier.h"
#include "tensor/ops/concatenate.h"
#include "tests/catch.h"
#include "tests/tensor/helpers.h"

using namespace lectern;

namespace {

using Rows = std::vector<std::vector<std::int32_t>>;

SequenceEncoderOptions small_encoder(bool causal) {
  return {.vocab = 11,
          .layer = {.d_model = 8, .nhead = 2, .dim_feedforward = 12},
          .num_layers = 2,
          .causal = causal,
          .max_length = 16};
}

template <class Model, class Options>
Model make_model(const Options& options) {
  Initializer init(3, DType::f64);
  Model model(options, init);
  evaluate(model);
  return model;
}

RecurrentLanguageModel::Options small_recurrent(CellKind cell = CellKind::lstm) {
  return {.vocab = 11, .d_model = 8, .num_layers = 2, .cell = cell, .max_length = 16};
}

/// One of each kind, of 16 tokens at most.
std::unique_ptr<CausalLanguageModel> make_causal(bool recurrent) {
  if (recurrent)
    return std::make_unique<RecurrentLanguageModel>(
        make_model<RecurrentLanguageModel>(small_recurrent()));
  return std::make_unique<LanguageModel>(
      make_model<LanguageModel>(LanguageModel::Options{small_encoder(true)}));
}

Tensor draw_tokens(std::int64_t batch, std::int64_t length) {
  std::vector<std::int32_t> ids;
  for (std::int64_t i = 0; i < batch * length; ++i)
    ids.push_back(static_cast<std::int32_t>(RandomKey{.seed = 4}.word(i) % 11));
  return tensor_of<std::int32_t>({batch, length}, ids);
}

}  // namespace

namespace {

void expect_same_token_by_token(const CausalLanguageModel& model) {
  const Tensor tokens = draw_tokens(3, 7);
  const Tensor expected = model({tokens, {}}).value();  // [batch, length, vocab]
  const auto logits_after = [&](std::int64_t t) {
    return slice(expected, 1, t, t + 1).reshape({3, 11});
  };
  const std::vector<std::int32_t> ids = tokens.to_vector<std::int32_t>();
  for (const std::int64_t prompt : {1, 4}) {
    Decoder decoder(model, slice(tokens, 1, 0, prompt), 7);
    CHECK(close(decoder.start(), logits_after(prompt - 1), 1e-12, 1e-12));
    for (std::int64_t t = prompt; t < 7; ++t)
      CHECK(close(decoder.step({ids[t], ids[7 + t], ids[14 + t]}, {0, 1, 2}), logits_after(t),
                  1e-12, 1e-12));
  }
}

}  // namespace

TEST_CASE("a language model reads one token at a time as it reads all of them") {
  SequenceEncoderOptions options = small_encoder(true);
  options.reversible = GENERATE(false, true);
  expect_same_token_by_token(make_model<LanguageModel>(LanguageModel::Options{options}));
}

TEST_CASE("so does a recurrent one, of every cell") {
  const CellKind cell = GENERATE(CellKind::rnn, CellKind::gru, CellKind::lstm);
  expect_same_token_by_token(make_model<RecurrentLanguageModel>(small_recurrent(cell)));
}

namespace {

/// The best continuation of each length, by trying them all: what a beam with room for all finds.
/// Token 2 ends it; tokens 0 and 1 are never said.
void try_all(const CausalLanguageModel& model, const std::vector<std::int32_t>& prompt,
             const TokenList& written, double log_probability, std::int64_t most,
             std::vector<Hypothesis>& found) {
  const double length = static_cast<double>(written.size());
  if (static_cast<std::int64_t>(written.size()) == most) {
    found.push_back({written, log_probability, log_probability / length, false});
    return;
  }
  std::vector<std::int32_t> read = prompt;
  read.insert(read.end(), written.begin(), written.end());
  const auto count = static_cast<std::int64_t>(read.size());
  const Tensor logits = model({tensor_of<std::int32_t>({1, count}, read), {}}).value();
  const std::vector<double> last = numbers(slice(logits, 1, count - 1, count));
  double sum = 0;
  for (const double logit : last) sum += std::exp(logit);
  for (std::int32_t token = 2; token < static_cast<std::int32_t>(last.size()); ++token) {
    const double grown = log_probability + last[static_cast<std::size_t>(token)] - std::log(sum);
    TokenList longer = written;
    if (token != 2) longer.push_back(token);
    if (token == 2)
      found.push_back({written, grown, grown / (length + 1), true});
    else
      try_all(model, prompt, longer, grown, most, found);
  }
}

void expect_best_of_all(const CausalLanguageModel& model) {
  const NoGradient no_gradient;
  const Rows prompts = {{3, 4, 4, 3}, {4, 3, 3, 3}};
  Decoder decoder(model, tensor_of<std::int32_t>({2, 4}, {3, 4, 4, 3, 4, 3, 3, 3}), 8);
  const auto results = beam_search(decoder, {.beam_size = 32, .n_best = 31, .max_lengths = {4, 4}});
  for (std::size_t i = 0; i < 2; ++i) {
    std::vector<Hypothesis> all;
    try_all(model, prompts[i], {}, 0, 4, all);
    std::ranges::stable_sort(all, [](const Hypothesis& a, const Hypothesis& b) {
      return a.finished != b.finished ? a.finished : a.score > b.score;
    });
    REQUIRE(all.size() == 31);
    REQUIRE(results[i].size() == 31);
    for (std::size_t n = 0; n < 31; ++n) {
      CHECK(results[i][n].tokens == all[n].tokens);
      CHECK(results[i][n].score == Approx(all[n].score).epsilon(1e-5));
    }
  }
}

}  // namespace

TEST_CASE("beam search of a language model finds what trying everything finds") {
  SequenceEncoderOptions options = small_encoder(true);
  options.vocab = 5;  // two words, besides <pad>, <s> and </s>
  options.reversible = GENERATE(false, true);
  options.attention = {{},
                       GENERATE(PatternOptions{}, PatternOptions{.name = "linear"},
                                PatternOptions{.name = "window", .window = {.before = 3}})};
  options.layer.attention_dropout = 0;
  expect_best_of_all(make_model<LanguageModel>(LanguageModel::Options{options}));
}

TEST_CASE("beam search of a recurrent language model finds what trying everything finds") {
  RecurrentLanguageModel::Options options = small_recurrent();
  options.vocab = 5;
  expect_best_of_all(make_model<RecurrentLanguageModel>(options));
}

TEST_CASE("continue_tokens writes on, and says how far a model reaches") {
  const auto made = make_causal(GENERATE(false, true));
  const CausalLanguageModel& model = *made;
  const std::vector<std::int32_t> prompt = {3, 1, 0};  // every token can be written, 0 to 2 too
  const auto greedy = continue_tokens(model, prompt, 14, {.top_k = 1});
  REQUIRE(greedy.size() == 14);  // 16 positions: the last token is not read
  std::vector<std::int32_t> read = prompt;
  for (const std::int32_t token : greedy) {
    const NoGradient no_gradient;
    const auto count = static_cast<std::int64_t>(read.size());
    const Tensor logits = model({tensor_of<std::int32_t>({1, count}, read), {}}).value();
    const auto last = numbers(slice(logits, 1, count - 1, count));
    CHECK(token == std::max_element(last.begin(), last.end()) - last.begin());
    read.push_back(token);
  }
  CHECK(continue_tokens(model, prompt, 9, {.seed = 1}) !=
        continue_tokens(model, prompt, 9, {.seed = 2}));
  CHECK(continue_tokens(model, prompt, 0).empty());
  CHECK(contains(message_of([&] { continue_tokens(model, prompt, 15); }),
                 "a prompt of 3 tokens can be continued by 14, not by 15"));
  CHECK(contains(message_of([&] { continue_tokens(model, {}, 3); }), "an empty prompt"));
}

TEST_CASE("a language model says what shape its tokens have") {
  const auto model = make_causal(GENERATE(false, true));
  const auto complaint = message_of([&] {
    (*model)({tensor_of<std::int32_t>({4}, {1, 2, 3, 4}), {}});
  });
  CHECK(contains(complaint, "got [4]; a single sequence is a batch of one"));
  CHECK(contains(message_of([&] { (*model)({draw_tokens(1, 17), {}}); }), "17 tokens"));
}

TEST_CASE("a language model's loss is the cross entropy of its logits") {
  const auto model = make_causal(GENERATE(false, true));
  const Tensor tokens = draw_tokens(2, 5), targets = draw_tokens(2, 5);
  const Variable loss = model->loss({tokens, {}}, targets, {.ignore = 4});
  const Variable expected = cross_entropy((*model)({tokens, {}}), targets, {.ignore = 4});
  CHECK(close(loss.value(), expected.value(), 1e-13));
}

TEST_CASE("a language model must be causal, a classifier must not") {
  CHECK(contains(
      message_of([] { make_model<LanguageModel>(LanguageModel::Options{small_encoder(false)}); }),
      "must not see the tokens that it predicts"));
  CHECK(contains(
      message_of([] {
        make_model<SequenceClassifier>(SequenceClassifier::Options{small_encoder(true), 3});
      }),
      "must see what follows"));
}

TEST_CASE("a classifier does not see padding") {
  const auto model =
      make_model<SequenceClassifier>(SequenceClassifier::Options{small_encoder(false), 3});
  const Tensor shorter = draw_tokens(1, 4);
  const Tensor padded = concatenate({shorter, full({1, 3}, 9, DType::i32)}, 1);
  const Variable a = model({shorter, tensor_of<std::int32_t>({1}, {4})});
  const Variable b = model({padded, tensor_of<std::int32_t>({1}, {4})});
  CHECK(a.shape() == Shape{1, 3});
  CHECK(close(a.value(), b.value(), 1e-13, 1e-13));
}

TEST_CASE("the three Reformers are made of their parts, and a step of each has all gradients") {
  const ReformerOptions options{
      .vocab = 11,
      .layer = {.d_model = 8, .nhead = 2, .dim_feedforward = 12, .feed_forward_chunk = 4},
      .num_layers = 2,
      .lsh = {.rounds = 2, .chunk = 4, .exact_below = 0},
      .window = 3,
      .max_length = 64};
  const Tensor tokens = draw_tokens(2, 21);
  const Tensor lengths = tensor_of<std::int32_t>({2}, {21, 13});
  Initializer init(3);
  const auto expect_gradients = [](Module& model, const std::function<Variable()>& loss) {
    train(model, {.seed = 1});
    backward(loss());
    for (const NamedParameter& parameter : parameters(model)) {
      INFO(parameter.name);
      REQUIRE(parameter.variable.has_gradient());
      for (const double number : numbers(parameter.variable.gradient()))
        REQUIRE(std::isfinite(number));
    }
  };
  LanguageModel language(reformer_language_model(options), init);
  expect_gradients(language, [&] { return language.loss({tokens, lengths}, tokens); });

  Transformer translator(reformer_encoder_decoder(options), init);
  expect_gradients(translator, [&] {
    return cross_entropy(translator({tokens, lengths}, tokens), tokens);
  });

  SequenceClassifier classifier({reformer_encoder(options, /*causal=*/false), 3}, init);
  expect_gradients(classifier, [&] {
    return cross_entropy(classifier({tokens, lengths}), tensor_of<std::int32_t>({2}, {0, 2}));
  });
}
