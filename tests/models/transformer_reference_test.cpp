#include <algorithm>

#include "autograd/ops/cross_entropy.h"
#include "models/transformer.h"
#include "nn/optim/adam.h"
#include "nn/optim/clip.h"
#include "tests/models/small_transformer.h"
#include "tests/reference.h"

// The whole model against PyTorch: the same parameters and batch give the same logits, loss and
// gradients, and ten steps of training end at the same parameters.

using namespace lectern;

namespace {

constexpr std::int32_t pad = 0;

struct Variant {
  std::string name;
  bool norm_first = false;
  TiedEmbeddings tied = TiedEmbeddings::none;
  double clip_norm = 0.0;
};

const std::vector<Variant> variants = {{.name = "post_norm"},
                                       {.name = "pre_norm", .norm_first = true, .clip_norm = 1.0},
                                       {.name = "post_norm_tied", .tied = TiedEmbeddings::decoder}};

struct NumberWidth {
  DType dtype;
  std::string suffix;
  Tolerance tolerance;
};

const std::vector<NumberWidth> widths = {{DType::f64, "f64", f64_tolerance},
                                         {DType::f32, "f32", f32_tolerance}};

Reference reference_of(const Variant& variant, const NumberWidth& width) {
  return Reference("transformer_" + variant.name + "_" + width.suffix);
}

/// The model of the reference, at the parameters where it starts.
Transformer start(const Variant& variant, DType dtype, const Reference& reference) {
  TransformerOptions options = small_options();
  options.norm_first = variant.norm_first;
  options.tie_embeddings = variant.tied;
  Transformer model = small_transformer(options, dtype);
  for (NamedParameter& parameter : parameters(model)) {
    const Tensor& stored = reference["parameters/" + parameter.name];
    REQUIRE(stored.shape() == parameter.variable.shape());
    parameter.variable.set_value(stored.clone());
  }
  return model;
}

Tensor lengths_of(const Tensor& ids) {
  const std::int64_t batch = ids.dim(0), length = ids.dim(1);
  std::vector<std::int32_t> lengths(batch);
  const std::vector<std::int32_t> tokens = ids.to_vector<std::int32_t>();
  for (std::int64_t i = 0; i < ids.size(); ++i) lengths[i / length] += tokens[i] != pad;
  return tensor_of<std::int32_t>({batch}, lengths);
}

struct Pass {
  Variable logits, loss;
};

Pass run(const Transformer& model, const Reference& reference) {
  const Tensor& source = reference["source"];
  const Variable logits = model({source, lengths_of(source)}, reference["target_input"]);
  const Variable loss =
      cross_entropy(logits, reference["target_output"], {.label_smoothing = 0.1, .ignore = pad});
  return {logits, loss};
}

/// The rows of real target tokens: what a model says after the end of a sentence means nothing.
Tensor real_rows(const Tensor& logits, const Tensor& targets) {
  std::vector<double> result = numbers(logits);
  const std::vector<std::int32_t> tokens = targets.to_vector<std::int32_t>();
  const std::int64_t vocab = logits.dim(2);
  for (std::int64_t i = 0; i < targets.size(); ++i)
    if (tokens[i] == pad) std::fill_n(result.data() + i * vocab, vocab, 0.0);
  return tensor_of<double>(logits.shape(), result);
}

/// A bias of the keys has no effect (a softmax does not see what is added to a whole row), so that
/// its gradient is rounding, of which Adam makes steps: small ones in f64 thanks to its ε; in f32
/// ten whole ones of 1e-3, which may go either way.
Tolerance tolerance_after_training(const std::string& name, const NumberWidth& width) {
  if (!name.ends_with("key.bias")) return width.tolerance;
  return {.rtol = 0.0, .atol = width.dtype == DType::f64 ? 1e-7 : 0.03};
}

/// Ten steps on one batch; PyTorch's results begin with `group`.
void expect_same_training(const std::string& group, const Adam::Options& options,
                          const Variant& variant, const NumberWidth& width) {
  const Reference reference = reference_of(variant, width);
  Transformer model = start(variant, width.dtype, reference);
  Adam optimizer(parameters(model), options);
  std::vector<double> losses, norms;
  for (int step = 0; step < 10; ++step) {
    optimizer.zero_gradients();
    const Variable loss = run(model, reference).loss;
    backward(loss);
    losses.push_back(numbers(loss.value())[0]);
    norms.push_back(gradient_norm(parameters(model)));
    optimizer.step(
        {.learning_rate = 1e-3, .gradient_scale = clip_factor(norms.back(), variant.clip_norm)});
  }
  expect_close("losses", tensor_of<double>({10}, losses), reference[group + "/losses"],
               width.tolerance);
  expect_close("norms of the gradients", tensor_of<double>({10}, norms),
               reference[group + "/gradient_norms"], width.tolerance);
  for (const NamedParameter& parameter : parameters(model))
    expect_close(parameter.name, parameter.variable.value(),
                 reference[group + "/parameters/" + parameter.name],
                 tolerance_after_training(parameter.name, width));
}

}  // namespace

TEST_CASE("like PyTorch: every parameter has its name, and there is no other") {
  for (const Variant& variant : variants) {
    const Reference reference = reference_of(variant, widths[0]);
    Transformer model = start(variant, DType::f64, reference);
    CHECK(parameters(model).size() == reference.count("parameters/"));
  }
}

TEST_CASE("like PyTorch: logits, loss and every gradient") {
  for (const Variant& variant : variants)
    for (const NumberWidth& width : widths) {
      INFO(variant.name << ", " << width.suffix);
      const Reference reference = reference_of(variant, width);
      Transformer model = start(variant, width.dtype, reference);
      const Pass pass = run(model, reference);
      backward(pass.loss);
      const Tensor& targets = reference["target_output"];
      expect_close("logits", real_rows(pass.logits.value(), targets),
                   real_rows(reference["logits"], targets), width.tolerance);
      expect_close("loss", pass.loss.value(), reference["loss"], width.tolerance);
      for (const NamedParameter& parameter : parameters(model))
        expect_close("gradient of " + parameter.name, parameter.variable.gradient(),
                     reference["gradients/" + parameter.name], width.tolerance);
    }
}

TEST_CASE("like PyTorch: ten steps of Adam") {
  for (const Variant& variant : variants)
    for (const NumberWidth& width : widths) {
      INFO(variant.name << ", " << width.suffix);
      expect_same_training("adam", {.beta2 = 0.98, .epsilon = 1e-9}, variant, width);
    }
}

TEST_CASE("like PyTorch: ten steps of AdamW, which decays vectors there") {
  const Adam::Options options{.beta2 = 0.98,
                              .epsilon = 1e-9,
                              .weight_decay = 0.01,
                              .decoupled_weight_decay = true,
                              .decay_vectors = true};
  for (const Variant& variant : variants)
    for (const NumberWidth& width : widths) {
      INFO(variant.name << ", " << width.suffix);
      expect_same_training("adamw", options, variant, width);
    }
}
