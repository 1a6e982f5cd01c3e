#include "tasks/weights/family.h"

#include <array>

#include "tasks/failure.h"
#include "tasks/weights/bert.h"
#include "tasks/weights/distilbert.h"
#include "tasks/weights/gpt2.h"

namespace lectern {
namespace {

std::string of_layer(std::string name, std::int64_t layer) {
  const std::size_t star = name.find('*');
  if (star != std::string::npos) name.replace(star, 1, std::to_string(layer));
  return name;
}

void add_tensors(std::vector<WeightPair>& pairs, const ModulePair& module, std::int64_t layer) {
  const std::string theirs = of_layer(module.theirs, layer), ours = of_layer(module.ours, layer);
  using Kind = ModulePair::Kind;
  const auto add = [&](const char* tensor, bool transposed) {
    pairs.push_back({theirs + tensor, ours + tensor, transposed, module.part, module.parts});
  };
  if (module.kind != Kind::bias) add(".weight", module.kind == Kind::linear);
  if (module.kind != Kind::table) add(".bias", false);
}

/// An activation function here and there. Where they have several words for one, the first is written.
struct ActivationName {
  Activation ours;
  const char* theirs;
};
constexpr std::array activation_names = {
    ActivationName{Activation::relu, "relu"},
    ActivationName{Activation::gelu, "gelu"},
    ActivationName{Activation::gelu_tanh, "gelu_new"},
    ActivationName{Activation::silu, "silu"},
    ActivationName{Activation::silu, "swish"},
    ActivationName{Activation::gelu_tanh, "gelu_pytorch_tanh"},
};

}  // namespace

const std::vector<WeightFamily>& weight_families() {
  static const std::vector<WeightFamily> families = {distilbert_family(), bert_family(),
                                                     gpt2_family()};
  return families;
}

std::string names_of_weight_families() {
  std::string names;
  for (const WeightFamily& family : weight_families())
    names += (names.empty() ? "\"" : ", \"") + family.name + "\"";
  return names;
}

std::vector<WeightPair> weight_pairs(const WeightFamily& family, std::int64_t layers) {
  std::vector<WeightPair> pairs;
  for (const ModulePair& module : family.modules) {
    const bool in_layers = std::string_view(module.theirs).find('*') != std::string_view::npos;
    for (std::int64_t layer = 0; layer < (in_layers ? layers : 1); ++layer)
      add_tensors(pairs, module, layer);
  }
  return pairs;
}

std::vector<std::string> names_in_layers(const std::string& name, std::int64_t layers) {
  if (name.find('*') == std::string::npos) return {name};
  std::vector<std::string> names;
  for (std::int64_t layer = 0; layer < layers; ++layer) names.push_back(of_layer(name, layer));
  return names;
}

Activation imported_activation(const ConfigJson& json, const char* key) {
  std::string known;
  for (const auto& [ours, theirs] : activation_names) {
    if (json.word(key) == theirs) return ours;
    known += text(known.empty() ? "\"" : ", \"", theirs, "\"");
  }
  json.refuse(key, "the activation function of a feed-forward network is one of " + known);
}

std::string exported_activation(Activation activation) {
  for (const auto& [ours, theirs] : activation_names)
    if (ours == activation) return theirs;
  fail("an activation function has a name");
}

void expect_model_has(bool condition, const std::string& architecture, const std::string& needed) {
  if (!condition)
    throw Failure(ExitCode::usage, text("a ", architecture, " has ", needed,
                                        ", but this model has not; train one with it"));
}

void expect_plain_stack(const Config& config, const std::string& architecture, bool norm_first) {
  const ModelConfig& model = config.model;
  const auto expect = [&](bool condition, const std::string& needed) {
    expect_model_has(condition, architecture, needed);
  };
  expect(model.positions == PositionKind::learned, "model.positions = \"learned\"");
  expect(model.norm_first == norm_first,
         text("model.norm_first = ", norm_first ? "true" : "false"));
  expect(!model.scale_embedding, "model.scale_embedding = false");
  expect(model.attention == "exact", "model.attention = \"exact\"");
  expect(model.attention_scale == 0, "model.attention_scale = 0");
  expect(!model.reversible, "model.reversible = false");
  expect(model.num_key_value_heads == 0 || model.num_key_value_heads == model.nhead,
         "model.num_key_value_heads = 0");
}

}  // namespace lectern
