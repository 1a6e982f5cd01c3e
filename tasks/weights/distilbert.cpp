#include "tasks/weights/distilbert.h"

#include <array>

#include "models/masked_lm.h"
#include "tasks/failure.h"
#include "tasks/language_model/masked_task.h"
#include "tasks/task/model_options.h"

namespace lectern {
namespace {

using enum ModulePair::Kind;

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

constexpr double layer_norm_eps = 1e-12;

Activation activation_of(const ConfigJson& json) {
  for (const Activation activation : {Activation::gelu, Activation::relu})
    if (json.word("activation") == name_of(activation)) return activation;
  json.refuse("activation", "a feed-forward network of such a model has \"gelu\" or \"relu\"");
}

Config config_of(const ConfigJson& json) {
  for (const char* tied : {"tie_word_embeddings", "tie_weights_"})
    if (!json.on(tied, true))
      json.refuse(tied, "a masked language model writes with the table that it reads with");
  Config config;
  MaskedLanguageModelSettings settings;
  config.model.max_length = json.integer("max_position_embeddings");
  settings.length = std::min(settings.length, config.model.max_length);
  config.task = {"masked_language_model", settings};
  config.tokenizer.vocab_size = json.integer("vocab_size");
  config.model.d_model = json.integer("dim");
  config.model.nhead = json.integer("n_heads");
  config.model.num_layers = json.integer("n_layers");
  config.model.dim_feedforward = json.integer("hidden_dim");
  config.model.dropout = json.number("dropout");
  config.model.attention_dropout = json.number("attention_dropout");
  config.model.activation = activation_of(json);
  config.model.norm_first = false;
  config.model.layer_norm_eps = layer_norm_eps;
  config.model.scale_embedding = false;
  config.model.positions = PositionKind::learned;
  config.train.valid_metric = "loss";
  return config;
}

/// What DistilBERT has in one way only.
void expect_shape(const Config& config) {
  const ModelConfig& model = config.model;
  const auto expect = [](bool condition, const char* needed) {
    if (!condition)
      throw Failure(ExitCode::usage, text("a DistilBertForMaskedLM has ", needed,
                                          ", but this model has not; train one with it, as "
                                          "tasks/language_model/distilbert.toml says"));
  };
  expect(model.positions == PositionKind::learned, "model.positions = \"learned\"");
  expect(!model.norm_first, "model.norm_first = false");
  expect(!model.scale_embedding, "model.scale_embedding = false");
  expect(model.layer_norm_eps == layer_norm_eps, "model.layer_norm_eps = 1e-12");
  expect(model.activation == Activation::gelu || model.activation == Activation::relu,
         "model.activation = \"gelu\" or \"relu\"");
  expect(model.attention == "exact", "model.attention = \"exact\"");
  expect(model.attention_scale == 0, "model.attention_scale = 0");
  expect(model.num_key_value_heads == 0 || model.num_key_value_heads == model.nhead,
         "model.num_key_value_heads = 0");
}

ConfigJson::Entries json_of(const Config& config, std::int64_t vocab) {
  expect_shape(config);
  const ModelConfig& model = config.model;
  return {{"activation", std::string(name_of(model.activation))},
          {"architectures", Unreadable{"[\"DistilBertForMaskedLM\"]"}},
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

std::unique_ptr<Module> model_of(const Config& config, std::int64_t vocab) {
  Initializer init = Initializer::blank();
  const MaskedLanguageModel::Options options{
      .encoder = sequence_encoder_options(config, vocab, /*causal=*/false)};
  return std::make_unique<MaskedLanguageModel>(options, init);
}

}  // namespace

WeightFamily distilbert_family() {
  return {.name = "distilbert",
          .architecture = "DistilBertForMaskedLM",
          .task = "masked_language_model",
          .modules = modules,
          .copy = "vocab_projector.weight",
          .original = "distilbert.embeddings.word_embeddings.weight",
          .config = config_of,
          .json = json_of,
          .model = model_of,
          .embedding = "encoder.embedding.weight"};
}

}  // namespace lectern
