#include <cmath>
#include <ostream>

#include "attention/patterns.h"
#include "autograd/ops/arithmetic.h"
#include "autograd/ops/concatenate.h"
#include "autograd/ops/permute.h"
#include "models/language_model.h"
#include "models/output_layer.h"
#include "nn/optim/adam.h"
#include "tensor/ops/concatenate.h"
#include "tests/catch.h"
#include "tests/tensor/helpers.h"

using namespace lectern;

// Language models of every pattern of attention, with ordinary layers and with reversible ones.

namespace {

constexpr std::int64_t vocab = 13, batch = 2, length = 37, d_model = 16;

struct Named {
  const char* name;
  PatternOptions pattern;
  int of_keys = 0;  // heads of keys and values
};
std::ostream& operator<<(std::ostream& out, const Named& named) { return out << named.name; }

PatternOptions lsh(CandidateRule rule) {
  return {.name = "lsh",
          .lsh = {.rule = rule, .rounds = 3, .chunk = 6, .window = 5, .exact_below = 0}};
}

PatternOptions in_blocks_of_three() {
  PatternOptions options{.name = "hierarchical"};
  options.own.set("block_length", 3);
  return options;
}

namespace patterns {
const Named exact{"exact", {.name = "exact"}};
const Named window{"window", {.name = "window", .window = {.before = 5, .after = 5}}};
const Named learned_window{"learned_window",
                           {.name = "learned_window", .sigma = 4, .width_cost = 0.01}};
const Named adaptive_span{"adaptive_span",
                          {.name = "adaptive_span", .width_cost = 0.01, .longest = length}};
const Named lsh_chunks{"lsh, chunks", lsh(CandidateRule::chunks)};
const Named lsh_same_bucket{"lsh, same_bucket", lsh(CandidateRule::same_bucket)};
const Named linear{"linear", {.name = "linear"}};
const Named dynamic_convolution{"dynamic_convolution", {.name = "dynamic_convolution"}};
const Named hierarchical{"hierarchical", in_blocks_of_three()};
const Named multi_query{"multi-query", {.name = "exact"}, 1};
}  // namespace patterns

LanguageModel::Options model_options(const Named& named, bool reversible) {
  const bool makes_weights = find_pattern(named.pattern.name)->drops_weights;
  return {.encoder = {.vocab = vocab,
                      .layer = {.d_model = d_model,
                                .nhead = 2,
                                .num_key_value_heads = named.of_keys,
                                .dim_feedforward = 24,
                                .attention_dropout = makes_weights ? 0.1 : 0,
                                .feed_forward_chunk = 20},
                      .num_layers = 3,
                      .attention = {named.pattern},
                      .reversible = reversible,
                      .positions = PositionKind::axial,
                      .max_length = 64}};
}

LanguageModel make_model(const Named& named, bool reversible) {
  Initializer init(7, DType::f64);
  return LanguageModel(model_options(named, reversible), init);
}

Tensor draw_tokens(std::uint32_t site) {
  std::vector<std::int32_t> ids;
  for (std::int64_t i = 0; i < batch * length; ++i)
    ids.push_back(static_cast<std::int32_t>(RandomKey{.seed = 4, .site = site}.word(i) % vocab));
  return tensor_of<std::int32_t>({batch, length}, ids);
}

bool all_finite(const Tensor& x) {
  for (const double number : numbers(x))
    if (!std::isfinite(number)) return false;
  return true;
}

Variable priced_loss(LanguageModel& model, const Tensor& ids, const Tensor& targets) {
  const Variable loss = model.loss({ids, {}}, targets), extra = regularization_loss(model);
  return extra.defined() ? add(loss, extra) : loss;
}

/// The gradients of all parameters, which are taken away from them.
std::vector<Tensor> take_gradients(Module& model) {
  std::vector<Tensor> gradients;
  for (NamedParameter& parameter : parameters(model)) {
    gradients.push_back(parameter.variable.gradient());
    parameter.variable.zero_gradient();
  }
  return gradients;
}

template <class Kind>
Kind& part(Module& model, const std::string& name) {
  for (const auto& found : parts_of<Kind>(model))
    if (found.name == name) return *found.part;
  fail(text("the model has no part ", name, " of this kind"));
}

/// What LanguageModel::loss says of a reversible model, through its own parts and by the definition
/// of a stack: with everything kept for the backward pass.
Variable loss_with_stored_activations(LanguageModel& model, const Tensor& ids,
                                      const Tensor& targets) {
  const Variable embedded =
      part<Positions>(model, "encoder.positions")(part<Embedding>(model, "encoder.embedding")(ids));
  const Variable x = part<Dropout>(model, "encoder.dropout")(embedded);
  StreamFunctions functions;
  for (const auto& layer : parts_of<EncoderLayer>(model))
    functions = (*layer.part)(functions, causal_mask());
  const Variable streams = reversible_stack_by_definition(functions, x, x);
  const Variable mean =
      scale(add(slice(streams, -1, 0, d_model), slice(streams, -1, d_model, 2 * d_model)), 0.5);
  const Variable states = part<LayerNorm>(model, "encoder.norm")(mean);
  return part<OutputLayer>(model, "generator")
      .cross_entropy(reshape(states, {batch * length, d_model}), targets.reshape({batch * length}),
                     {});
}

}  // namespace

TEST_CASE("a language model of every pattern learns, reversible or not") {
  const Named named =
      GENERATE(patterns::exact, patterns::window, patterns::learned_window, patterns::adaptive_span,
               patterns::lsh_chunks, patterns::lsh_same_bucket, patterns::linear,
               patterns::dynamic_convolution, patterns::hierarchical, patterns::multi_query);
  const bool reversible = GENERATE(false, true);
  INFO(named << (reversible ? ", reversible" : ""));
  LanguageModel model = make_model(named, reversible);
  const std::vector<NamedParameter> learned = parameters(model);
  Adam adam(learned, {});
  const Tensor ids = draw_tokens(1), targets = draw_tokens(2);

  // The same key both times: what dropout leaves and where tokens hash to stay the same.
  train(model, {.seed = 5});
  const Variable before = priced_loss(model, ids, targets);
  backward(before);
  for (const NamedParameter& parameter : learned) {
    INFO(parameter.name);
    REQUIRE(parameter.variable.has_gradient());
    CHECK(all_finite(parameter.variable.gradient()));
  }
  adam.step({.learning_rate = 1e-3});
  after_step(model);
  for (const NamedParameter& parameter : learned) CHECK(all_finite(parameter.variable.value()));
  const double after = priced_loss(model, ids, targets).value().item<double>();
  CHECK(after < before.value().item<double>());
}

TEST_CASE("a reversible model has the gradients of one that stores its activations") {
  const Named named = GENERATE(patterns::lsh_chunks, patterns::lsh_same_bucket, patterns::exact,
                               patterns::learned_window, patterns::linear);
  INFO(named);
  LanguageModel model = make_model(named, true);
  const Tensor ids = draw_tokens(1), targets = draw_tokens(2);
  train(model, {.seed = 5, .step = 3});  // with dropout

  const Variable loss = model.loss({ids, {}}, targets);
  backward(loss);
  const std::vector<Tensor> gradients = take_gradients(model);
  const Variable stored = loss_with_stored_activations(model, ids, targets);
  backward(stored);
  const std::vector<Tensor> expected = take_gradients(model);

  CHECK(loss.value().item<double>() == Approx(stored.value().item<double>()).epsilon(1e-12));
  const std::vector<NamedParameter> learned = parameters(model);
  for (std::size_t i = 0; i < learned.size(); ++i) {
    INFO(learned[i].name);
    CHECK(close(gradients[i], expected[i], 1e-9, 1e-9));
  }
}

TEST_CASE("a language model of every pattern reads a few tokens at a time what it reads at once") {
  const Named named =
      GENERATE(patterns::exact, patterns::window, patterns::learned_window, patterns::adaptive_span,
               patterns::lsh_same_bucket, patterns::linear, patterns::dynamic_convolution,
               patterns::hierarchical, patterns::multi_query);
  const bool reversible = GENERATE(false, true);
  const std::int64_t block = GENERATE(1, 7, 37);
  INFO(named << (reversible ? ", reversible" : "") << ", " << block << " tokens at a time");
  const LanguageModel::Options options = model_options(named, reversible);
  Initializer init(7, DType::f64);
  SequenceEncoder encoder(options.encoder, init);
  evaluate(encoder);
  const NoGradient no_gradient;
  const Tensor tokens = draw_tokens(1), same_rows = tensor_of<std::int32_t>({2}, {0, 1});
  const Tensor expected = encoder({tokens, {}}).value();  // [batch, length, d_model]
  DecoderState state = encoder.start(length);
  for (std::int64_t t = 0; t < length; t += block) {
    const std::int64_t end = std::min(t + block, length);
    const DecoderInputs inputs =
        prepare(state, &encoder.positions(), slice(tokens, 1, t, end), same_rows);
    CHECK(close(encoder.step(state, inputs).value(), slice(expected, 1, t, end), 1e-10, 1e-10));
  }
}

TEST_CASE("a language model with the paper's rule of LSH says that it cannot read token by token") {
  LanguageModel model = make_model(patterns::lsh_chunks, true);
  CHECK(contains(message_of([&] { model.start(length); }), "depends on tokens after it"));
}
