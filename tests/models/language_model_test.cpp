#include "models/language_model.h"

#include <cmath>

#include "autograd/ops/cross_entropy.h"
#include "models/reformer.h"
#include "models/sequence_classifier.h"
#include "tensor/ops/concatenate.h"
#include "tests/catch.h"
#include "tests/tensor/helpers.h"

using namespace lectern;

namespace {

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

Tensor draw_tokens(std::int64_t batch, std::int64_t length) {
  std::vector<std::int32_t> ids;
  for (std::int64_t i = 0; i < batch * length; ++i)
    ids.push_back(static_cast<std::int32_t>(RandomKey{.seed = 4}.word(i) % 11));
  return tensor_of<std::int32_t>({batch, length}, ids);
}

}  // namespace

TEST_CASE("a language model reads one token at a time as it reads all of them") {
  SequenceEncoderOptions options = small_encoder(true);
  options.reversible = GENERATE(false, true);
  const auto model = make_model<LanguageModel>(LanguageModel::Options{options});
  const Tensor tokens = draw_tokens(3, 7);
  const Tensor expected = model({tokens, {}}).value();  // [batch, length, vocab]
  SequenceEncoder::State state = model.start(3, 7);
  const std::vector<std::int32_t> ids = tokens.to_vector<std::int32_t>();
  for (std::int64_t t = 0; t < 7; ++t) {
    const Tensor column = tensor_of<std::int32_t>({3}, {ids[t], ids[7 + t], ids[14 + t]});
    const Tensor logits = model.step(state, column);
    CHECK(close(logits, slice(expected, 1, t, t + 1).reshape({3, 11}), 1e-12, 1e-12));
  }
}

TEST_CASE("a language model's loss is the cross entropy of its logits") {
  const auto model = make_model<LanguageModel>(LanguageModel::Options{small_encoder(true)});
  const Tensor tokens = draw_tokens(2, 5), targets = draw_tokens(2, 5);
  const Variable loss = model.loss({tokens, {}}, targets, {.ignore = 4});
  const Variable expected = cross_entropy(model({tokens, {}}), targets, {.ignore = 4});
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
