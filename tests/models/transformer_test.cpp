#include "models/transformer.h"

#include <algorithm>
#include <set>

#include "autograd/gradcheck.h"
#include "autograd/ops/cross_entropy.h"
#include "tensor/ops/matmul.h"
#include "tests/catch.h"
#include "tests/models/small_transformer.h"
#include "tests/tensor/helpers.h"

using namespace lectern;

namespace {

std::set<std::string> names_of(Transformer& model) {
  std::set<std::string> names;
  for (const NamedParameter& parameter : parameters(model)) names.insert(parameter.name);
  return names;
}

Tensor logits_of(const Transformer& model, const Tokens& source, const Tensor& target) {
  const NoGradient no_gradient;
  return model(source, target).value();
}

Tensor row(const Tensor& batch, std::int64_t sentence) {
  return batch.slice(sentence, sentence + 1);
}

/// The same ids [batch, length], but for one of them.
Tensor with_id(const Tensor& ids, std::int64_t sentence, std::int64_t t, std::int32_t id) {
  std::vector<std::int32_t> changed = ids.to_vector<std::int32_t>();
  changed[sentence * ids.dim(1) + t] = id;
  return tensor_of<std::int32_t>(ids.shape(), changed);
}

}  // namespace

TEST_CASE("transformer: as many parameters as the paper's sizes say") {
  const TransformerOptions options = small_options();  // V 11 and 13, d 8, d_ff 16, 2 + 2 layers
  Transformer model = small_transformer(options);
  const std::int64_t attention = 4 * (8 * 8 + 8), feed_forward = 2 * 8 * 16 + 16 + 8, norm = 16;
  const std::int64_t encoder = 2 * (attention + feed_forward + 2 * norm) + norm;
  const std::int64_t decoder = 2 * (2 * attention + feed_forward + 3 * norm) + norm;
  CHECK(parameter_count(model) == 11 * 8 + 13 * 8 + encoder + decoder + 8 * 13 + 13);
}

TEST_CASE("transformer: an error names the line of the program that called it") {
  const Transformer model = small_transformer(small_options());  // V 11 and 13
  const auto ids = [](std::int32_t id) { return tensor_of<std::int32_t>({1, 2}, {1, id}); };
  const Tensor flat = tensor_of<std::int32_t>({2}, {1, 2});
  for (const auto& given : {std::pair{ids(11), ids(3)}, std::pair{ids(3), ids(13)},
                            std::pair{flat, ids(3)}, std::pair{ids(3), flat}}) {
    const Tensor &source = given.first, &target = given.second;
    const std::string message = message_of([&] { model({source, {}}, target); });
    INFO(message);
    CHECK(message.starts_with("tests/models/transformer_test.cpp:"));
  }
}

TEST_CASE("transformer: one path of names from the model to a parameter") {
  TransformerOptions options = small_options();
  Transformer pre_norm = small_transformer(options);
  const std::set<std::string> names = names_of(pre_norm);
  // Checkpoints have these names: another list cannot load them.
  std::set<std::string> expected = {"source_embedding.weight", "target_embedding.weight",
                                    "encoder.norm.weight",     "encoder.norm.bias",
                                    "decoder.norm.weight",     "decoder.norm.bias",
                                    "generator.weight",        "generator.bias"};
  const auto expect_layer = [&](const std::string& layer, const std::vector<const char*>& parts) {
    for (const char* part : parts)
      for (const char* kind : {".weight", ".bias"}) expected.insert(layer + part + kind);
  };
  for (const std::string layer : {"layers.0.", "layers.1."}) {
    expect_layer("encoder." + layer, {"self_attention.query", "self_attention.key",
                                      "self_attention.value", "self_attention.output", "norm1",
                                      "feed_forward.linear1", "feed_forward.linear2", "norm2"});
    expect_layer("decoder." + layer,
                 {"self_attention.query", "self_attention.key", "self_attention.value",
                  "self_attention.output", "norm1", "cross_attention.query", "cross_attention.key",
                  "cross_attention.value", "cross_attention.output", "norm2",
                  "feed_forward.linear1", "feed_forward.linear2", "norm3"});
  }
  CHECK(names == expected);
  options.norm_first = false;
  options.positions = PositionKind::learned;
  Transformer post_norm = small_transformer(options);
  CHECK_FALSE(names_of(post_norm).contains("encoder.norm.weight"));
  CHECK(names_of(post_norm).contains("positions.weight"));
}

TEST_CASE("transformer: tied tables are one parameter, which gets the gradients of all its uses") {
  TransformerOptions options = small_options();
  options.source_vocab = options.target_vocab = 11;
  options.tie_embeddings = TiedEmbeddings::none;
  Transformer none = small_transformer(options);
  options.tie_embeddings = TiedEmbeddings::decoder;
  Transformer decoder = small_transformer(options);
  options.tie_embeddings = TiedEmbeddings::all;
  Transformer all = small_transformer(options);
  CHECK(parameter_count(none) == parameter_count(decoder) + 11 * 8);
  CHECK(parameter_count(decoder) == parameter_count(all) + 11 * 8);
  CHECK_FALSE(names_of(decoder).contains("generator.weight"));
  CHECK_FALSE(names_of(all).contains("target_embedding.weight"));

  // Token 8 is not in sentence 1: only as an output does its row of the table have a gradient.
  const auto moves_row_8 = [](Transformer& model) {
    const Tokens one{row(small_source().ids, 1), row(small_source().lengths, 1)};
    const Tensor target = tensor_of<std::int32_t>({1, 2}, {1, 4});
    backward(cross_entropy(model(one, target), tensor_of<std::int32_t>({1, 2}, {4, 2})));
    const auto gradient = numbers(row(parameters(model)[0].variable.gradient(), 8));
    return std::any_of(gradient.begin(), gradient.end(), [](double x) { return x != 0.0; });
  };
  CHECK_FALSE(moves_row_8(none));
  CHECK(moves_row_8(all));

  options.target_vocab = 12;
  CHECK(contains(message_of([&] { small_transformer(options); }),
                 "the source has 11 tokens and the target 12"));
}

TEST_CASE("transformer: the derivative of the loss by every parameter") {
  enum class Sums { pre_norm, post_norm, reversible };
  for (const Sums sums : {Sums::pre_norm, Sums::post_norm, Sums::reversible})
    for (const TiedEmbeddings tied : {TiedEmbeddings::none, TiedEmbeddings::decoder}) {
      TransformerOptions options = small_options();
      options.d_model = 4;
      options.dim_feedforward = 6;
      options.num_encoder_layers = options.num_decoder_layers = 1;
      options.activation = Activation::gelu;  // whose derivative has no step
      options.norm_first = sums != Sums::post_norm;
      options.reversible = sums == Sums::reversible;
      options.feed_forward_chunk = options.reversible ? 4 : 0;
      options.tie_embeddings = tied;
      options.positions = PositionKind::learned;
      options.max_length = 5;
      options.dropout = options.attention_dropout = 0.2;
      Transformer model = small_transformer(options, DType::f64);
      train(model, {.seed = 3, .step = 1});
      std::vector<Variable> inputs;
      for (const NamedParameter& parameter : parameters(model))
        inputs.push_back(parameter.variable);
      const GradcheckReport report = gradcheck(
          [&](const std::vector<Variable>&) {
            return cross_entropy(model(small_source(), small_target()), small_expected(),
                                 {.label_smoothing = 0.1, .ignore = 0});
          },
          inputs, {.atol = 1e-8, .rtol = 1e-6});
      INFO(report.message);
      CHECK(report.passed);
    }
}

TEST_CASE("transformer: a position does not see the tokens after it") {
  const Transformer model = small_transformer(small_options());
  const Tensor changed = with_id(small_target(), 0, 2, 9);
  const Tensor before = logits_of(model, small_source(), small_target());
  const Tensor after = logits_of(model, small_source(), changed);
  const auto at = [](const Tensor& logits, std::int64_t t) {
    return row(row(logits, 0).reshape({logits.dim(1), -1}), t);
  };
  CHECK(same_bits(at(before, 0), at(after, 0)));
  CHECK(same_bits(at(before, 1), at(after, 1)));
  CHECK_FALSE(same_bits(at(before, 2), at(after, 2)));
}

TEST_CASE("transformer: a sentence has the same logits alone, in a batch, among padding") {
  for (const bool norm_first : {true, false}) {
    TransformerOptions options = small_options();
    options.norm_first = norm_first;
    const Transformer model = small_transformer(options);
    const Tensor together = logits_of(model, small_source(), small_target());
    const Tokens source = small_source();
    for (std::int64_t i = 0; i < 3; ++i) {
      const std::int64_t length = source.lengths.to_vector<std::int32_t>()[i];
      const Tokens alone{row(source.ids, i).reshape({-1}).slice(0, length).reshape({1, -1}),
                         row(source.lengths, i)};
      CHECK(close(logits_of(model, alone, row(small_target(), i)), row(together, i)));
    }
    const Tokens other{with_id(source.ids, 1, 4, 7), source.lengths};  // behind the end of 1
    CHECK(same_bits(logits_of(model, other, small_target()), together));
  }
}

TEST_CASE("transformer: dropout in training only, the same for the same step, other for another") {
  TransformerOptions options = small_options();
  options.dropout = options.attention_dropout = 0.3;
  Transformer model = small_transformer(options);
  const auto logits_in = [&](std::uint32_t step) {
    train(model, {.seed = 5, .step = step});
    return logits_of(model, small_source(), small_target());
  };
  const Tensor trained = logits_in(1);
  CHECK(same_bits(trained, logits_in(1)));
  CHECK_FALSE(same_bits(trained, logits_in(2)));
  evaluate(model);
  Transformer without = small_transformer(small_options());
  CHECK(same_bits(logits_of(model, small_source(), small_target()),
                  logits_of(without, small_source(), small_target())));
}

TEST_CASE("transformer: source and target embeddings have dropout masks of their own") {
  TransformerOptions options = small_options();
  options.source_vocab = options.target_vocab = 11;
  options.tie_embeddings = TiedEmbeddings::all;
  options.num_encoder_layers = options.num_decoder_layers = 0;
  options.norm_first = false;
  options.dropout = 0.5;
  Transformer model = small_transformer(options);
  train(model, {.seed = 5, .step = 1});
  const Tokens tokens{tensor_of<std::int32_t>({1, 4}, {3, 4, 5, 6}),
                      tensor_of<std::int32_t>({1}, {4})};
  // Without layers, the encoder's states are the embedded source, and the logits are the embedded
  // target times the table.
  const EncoderOutput source = model.encode(tokens);
  const Tensor table = parameters(model)[0].variable.value();
  const Tensor as_target = model.decode(tokens.ids, source).value();
  const Tensor as_source = matmul(source.states.value(), table, {.transpose_b = true});
  CHECK_FALSE(close(as_source, as_target));
  evaluate(model);
  CHECK(close(matmul(model.encode(tokens).states.value(), table, {.transpose_b = true}),
              model.decode(tokens.ids, source).value()));
}

TEST_CASE("transformer: the same seed makes the same model, on any number of threads") {
  CHECK(same_on_two_threads([] {
    return logits_of(small_transformer(small_options()), small_source(), small_target());
  }));
}

TEST_CASE("transformer: the same seed draws the same numbers in every version") {
  // The tables first, then the layers: of the encoder, of the decoder.
  Transformer model = small_transformer(small_options());
  Initializer init(7, DType::f32);
  const Embedding source(11, 8, init), target(13, 8, init);
  const OutputLayer output(8, 13, init);
  const Linear query(8, 8, init);
  for (const NamedParameter& parameter : parameters(model)) {
    const Tensor& value = parameter.variable.value();
    if (parameter.name == "target_embedding.weight")
      CHECK(same_bits(value, target.weight().value()));
    if (parameter.name == "encoder.layers.0.self_attention.query.weight") {
      Linear copy = query;
      CHECK(same_bits(value, parameters(copy)[0].variable.value()));
    }
  }
}

TEST_CASE("transformer says what does not fit") {
  TransformerOptions options = small_options();
  options.nhead = 3;
  CHECK(contains(message_of([&] { small_transformer(options); }),
                 "d_model = 8 is not divisible by 3 heads"));
  options = small_options();
  options.max_length = 4;
  const Transformer model = small_transformer(options);
  CHECK(contains(message_of([&] { model.encode(small_source()); }),
                 "a sequence of 5 tokens is longer than max_length = 4"));
  const Transformer other = small_transformer(small_options());
  CHECK(contains(message_of([&] {
                   other.encode({tensor_of<std::int32_t>({4}, {3, 4, 5, 2}), {}});
                 }),
                 "got [4]; a single sequence is a batch of one"));
}
