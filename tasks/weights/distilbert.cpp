#include "tasks/weights/distilbert.h"

#include <array>

#include "tasks/weights/masked_language_model.h"

namespace lectern {
namespace {

using enum ModulePair::Kind;

constexpr const char* architecture = "DistilBertForMaskedLM";

constexpr std::array modules = {
    ModulePair{"distilbert.embeddings.word_embeddings", "encoder.embedding", table},
    ModulePair{"distilbert.embeddings.position_embeddings", "encoder.positions", table},
    ModulePair{"distilbert.embeddings.LayerNorm", "encoder.embedding_norm", norm},
    ModulePair{"distilbert.transformer.layer.*.attention.q_lin",
               "encoder.layers.*.self_attention.query", linear},
    ModulePair{"distilbert.transformer.layer.*.attention.k_lin",
               "encoder.layers.*.self_attention.key", linear},
    ModulePair{"distilbert.transformer.layer.*.attention.v_lin",
               "encoder.layers.*.self_attention.value", linear},
    ModulePair{"distilbert.transformer.layer.*.attention.out_lin",
               "encoder.layers.*.self_attention.output", linear},
    ModulePair{"distilbert.transformer.layer.*.sa_layer_norm", "encoder.layers.*.norm1", norm},
    ModulePair{"distilbert.transformer.layer.*.ffn.lin1", "encoder.layers.*.feed_forward.linear1",
               linear},
    ModulePair{"distilbert.transformer.layer.*.ffn.lin2", "encoder.layers.*.feed_forward.linear2",
               linear},
    ModulePair{"distilbert.transformer.layer.*.output_layer_norm", "encoder.layers.*.norm2", norm},
    ModulePair{"vocab_transform", "transform", linear},
    ModulePair{"vocab_layer_norm", "transform_norm", norm},
    ModulePair{"vocab_projector", "generator", bias},
};
constexpr std::array copies = {
    TensorCopy{"vocab_projector.weight", "distilbert.embeddings.word_embeddings.weight"}};

constexpr double layer_norm_eps = 1e-12;

Config config_of(const ConfigJson& json) {
  for (const char* tied : {"tie_word_embeddings", "tie_weights_"})
    if (!json.on(tied, true))
      json.refuse(tied, "a masked language model writes with the table that it reads with");
  Config config = masked_language_model_config(json.integer("max_position_embeddings"),
                                               json.integer("vocab_size"));
  config.model.d_model = json.integer("dim");
  config.model.nhead = json.integer("n_heads");
  config.model.num_layers = json.integer("n_layers");
  config.model.dim_feedforward = json.integer("hidden_dim");
  config.model.dropout = json.number("dropout");
  config.model.attention_dropout = json.number("attention_dropout");
  config.model.activation = imported_activation(json, "activation");
  config.model.layer_norm_eps = layer_norm_eps;
  return config;
}

ConfigJson::Entries json_of(const Config& config, std::int64_t vocab) {
  const ModelConfig& model = config.model;
  expect_plain_stack(config, architecture, /*norm_first=*/false);
  expect_model_has(model.layer_norm_eps == layer_norm_eps, architecture,
                   "model.layer_norm_eps = 1e-12");
  return {{"activation", exported_activation(model.activation)},
          {"architectures", Unreadable{text("[\"", architecture, "\"]")}},
          {"attention_dropout", model.attention_dropout},
          {"dim", model.d_model},
          {"dropout", model.dropout},
          {"hidden_dim", model.dim_feedforward},
          {"max_position_embeddings", model.max_length},
          {"model_type", std::string("distilbert")},
          {"n_heads", model.nhead},
          {"n_layers", model.num_layers},
          {"sinusoidal_pos_embds", false},
          {"tie_word_embeddings", true},
          {"vocab_size", vocab}};
}

}  // namespace

WeightFamily distilbert_family() {
  return {.name = "distilbert",
          .architecture = architecture,
          .task = "masked_language_model",
          .tokenizer = TokenizerKind::wordpiece,
          .modules = modules,
          .copies = copies,
          .config = config_of,
          .json = json_of,
          .model = make_masked_language_model};
}

}  // namespace lectern
