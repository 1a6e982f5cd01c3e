#include "autograd/by_definition.h"

#include <set>
#include <thread>

#include "autograd/ops/arithmetic.h"
#include "autograd/ops/permute.h"
#include "models/decoder.h"
#include "models/language_model.h"
#include "models/recurrent_translator.h"
#include "reversible/recompute.h"
#include "tests/catch.h"
#include "tests/models/small_transformer.h"
#include "tests/tensor/helpers.h"

// Under a ByDefinition no fused op runs, and models learn and write what they do with fused ops.

using namespace lectern;

namespace {

const std::set<std::string> fused_ops{"attend_fused",
                                      "attend_biased",
                                      "attend_linear",
                                      "attend_hierarchically",
                                      "attend_lsh",
                                      "dropout_add",
                                      "in_chunks",
                                      "dropout_add_layer_norm",
                                      "recompute",
                                      "relu_dropout",
                                      "linear_cross_entropy",
                                      "recurrent",
                                      "reversible_stack"};

/// The fused ops of this thread.
class FusedOps : public OpWatcher {
 public:
  void after_forward(const Record& op) override {
    if (fused_ops.contains(op.name)) seen.insert(op.name);
  }
  void after_backward(const Record&) override {}
  std::set<std::string> seen;
};

struct Learned {
  std::vector<Tensor> numbers;  ///< the loss, and the gradient of every parameter
  std::set<std::string> fused;
};

template <class Loss>
Learned learn(Module& model, const Loss& loss_of) {
  FusedOps ops;
  train(model, {.seed = 3, .step = 5});
  const Variable loss = loss_of();
  backward(loss);
  Learned learned{{loss.value()}, ops.seen};
  for (NamedParameter& parameter : parameters(model)) {
    INFO(parameter.name);
    REQUIRE(parameter.variable.gradient().defined());
    learned.numbers.push_back(parameter.variable.gradient());
    parameter.variable.zero_gradient();
  }
  return learned;
}

/// \return the fused ops that ran without the scope
template <class Loss>
std::set<std::string> expect_same_learning(Module& model, const Loss& loss_of) {
  const Learned fused = learn(model, loss_of);
  const ByDefinition scope;
  const Learned defined = learn(model, loss_of);
  CHECK(defined.fused.empty());
  REQUIRE(fused.numbers.size() == defined.numbers.size());
  const std::vector<NamedParameter> all = parameters(model);
  for (std::size_t i = 0; i < fused.numbers.size(); ++i) {
    INFO((i == 0 ? "loss" : all[i - 1].name));
    CHECK(close(fused.numbers[i], defined.numbers[i], 1e-9, 1e-11));
  }
  return fused.fused;
}

TransformerOptions with_dropout(TransformerOptions options) {
  options.dropout = options.attention_dropout = 0.2;
  return options;
}

Tensor drawn_tokens(const Shape& shape, std::int32_t vocab) {
  std::vector<std::int32_t> ids;
  for (std::int64_t i = 0; i < shape.size(); ++i)
    ids.push_back(static_cast<std::int32_t>(RandomKey{}.word(static_cast<std::uint64_t>(i)) %
                                            static_cast<std::uint32_t>(vocab)));
  return tensor_of<std::int32_t>(shape, ids);
}

}  // namespace

TEST_CASE("ByDefinition counts for all threads, and ends with its scope") {
  CHECK(!runs_by_definition());
  {
    const ByDefinition outer;
    const ByDefinition inner;
    bool elsewhere = false;
    std::thread([&] { elsewhere = runs_by_definition(); }).join();
    CHECK(elsewhere);
  }
  CHECK(!runs_by_definition());
}

TEST_CASE("a Transformer learns by definition what it learns with fused ops") {
  std::vector<TransformerOptions> kinds(3, with_dropout(small_options()));
  kinds[1].norm_first = false;
  kinds[2].reversible = true;
  kinds[2].feed_forward_chunk = 4;
  std::set<std::string> fused;
  for (const TransformerOptions& options : kinds) {
    Transformer model = small_transformer(options, DType::f64);
    fused.merge(expect_same_learning(model, [&] {
      const Variable states =
          model.decode_states(small_target(), model.encode(small_source()));  // [3, 4, d_model]
      return model.cross_entropy(reshape(states, {12, options.d_model}),
                                 small_expected().reshape({12}), {.ignore = 0});
    }));
  }
  CHECK(fused == std::set<std::string>{"attend_fused", "dropout_add", "dropout_add_layer_norm",
                                       "in_chunks", "linear_cross_entropy", "relu_dropout",
                                       "reversible_stack"});
}

TEST_CASE("a recurrent translator learns by definition what it learns with fused ops") {
  for (const CellKind cell : {CellKind::rnn, CellKind::gru, CellKind::lstm}) {
    Initializer init(7, DType::f64);
    RecurrentTranslator model(
        {.source_vocab = 11, .target_vocab = 13, .d_model = 8, .dropout = 0.2, .cell = cell}, init);
    const std::set<std::string> fused = expect_same_learning(model, [&] {
      const Variable states = model.decode_states(small_target(), model.encode(small_source()));
      return model.cross_entropy(reshape(states, {12, 8}), small_expected().reshape({12}),
                                 {.ignore = 0});
    });
    CHECK(fused == std::set<std::string>{"linear_cross_entropy", "recurrent"});
  }
}

namespace {

PatternOptions in_blocks_of_three() {
  PatternOptions options{.name = "hierarchical"};
  options.own.set("block_length", 3);
  return options;
}

}  // namespace

TEST_CASE("every pattern learns by definition what it learns with its kernel") {
  const std::vector<std::pair<PatternOptions, std::string>> kinds{
      {{.name = "exact"}, "attend_fused"},
      {{.name = "window", .window = {.before = 3, .globals = 2}}, "attend_fused"},
      {{.name = "learned_window", .sigma = 4}, "attend_biased"},
      {{.name = "adaptive_span", .longest = 16}, "attend_biased"},
      {{.name = "lsh", .lsh = {.rounds = 2, .chunk = 4, .exact_below = 10}}, "attend_lsh"},
      {{.name = "linear"}, "attend_linear"},
      {in_blocks_of_three(), "attend_hierarchically"}};
  const Tensor ids = drawn_tokens({2, 17}, 13), targets = drawn_tokens({2, 17}, 11);
  for (const auto& [pattern, op] : kinds) {
    INFO(pattern.name);
    const bool makes_weights = pattern.name != "linear";
    Initializer init(7, DType::f64);
    LanguageModel model({.encoder = {.vocab = 13,
                                     .layer = {.d_model = 16,
                                               .nhead = 2,
                                               .dim_feedforward = 24,
                                               .attention_dropout = makes_weights ? 0.1 : 0},
                                     .num_layers = 2,
                                     .attention = {pattern},
                                     .max_length = 32}},
                        init);
    const auto fused = expect_same_learning(model, [&] {
      return model.loss({ids, tensor_of<std::int32_t>({2}, {17, 9})}, targets, {});
    });
    CHECK(fused.contains(op));
  }
}

TEST_CASE("recompute by definition is the function itself") {
  const Variable x = Variable::parameter(normal({3, 4}, 1));
  const auto square = [](const std::vector<Variable>& in) { return multiply(in[0], in[0]); };
  CHECK(recompute(square, {x}).made_by()->name == "recompute");
  const ByDefinition scope;
  CHECK(recompute(square, {x}).made_by()->name == "multiply");
}

TEST_CASE("a Transformer writes by definition the logits that it writes with fused ops") {
  std::vector<TransformerOptions> kinds(2, small_options());
  kinds[1].reversible = true;
  for (const TransformerOptions& options : kinds) {
    const Transformer model = small_transformer(options, DType::f64);
    const auto write = [&] {
      Decoder decoder(model, small_source());
      std::vector<Tensor> logits{decoder.start().clone()};
      for (const std::int32_t token : {6, 11})
        logits.push_back(decoder.step({token, token, token}, {0, 1, 2}).clone());
      return logits;
    };
    const std::vector<Tensor> fused = write();
    const ByDefinition scope;
    const std::vector<Tensor> defined = write();
    for (std::size_t i = 0; i < fused.size(); ++i) CHECK(close(fused[i], defined[i], 1e-9, 1e-11));
  }
}
