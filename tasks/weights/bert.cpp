#include "tasks/weights/bert.h"

#include <array>

#include "tasks/weights/masked_language_model.h"

namespace lectern {
namespace {

using enum ModulePair::Kind;

constexpr const char* architecture = "BertForMaskedLM";

constexpr std::array modules = {
    ModulePair{"bert.embeddings.word_embeddings", "encoder.embedding", table},
    ModulePair{"bert.embeddings.position_embeddings", "encoder.positions", table},
    ModulePair{"bert.embeddings.LayerNorm", "encoder.embedding_norm", norm},
    ModulePair{"bert.encoder.layer.*.attention.self.query", "encoder.layers.*.self_attention.query",
               linear},
    ModulePair{"bert.encoder.layer.*.attention.self.key", "encoder.layers.*.self_attention.key",
               linear},
    ModulePair{"bert.encoder.layer.*.attention.self.value", "encoder.layers.*.self_attention.value",
               linear},
    ModulePair{"bert.encoder.layer.*.attention.output.dense",
               "encoder.layers.*.self_attention.output", linear},
    ModulePair{"bert.encoder.layer.*.attention.output.LayerNorm", "encoder.layers.*.norm1", norm},
    ModulePair{"bert.encoder.layer.*.intermediate.dense", "encoder.layers.*.feed_forward.linear1",
               linear},
    ModulePair{"bert.encoder.layer.*.output.dense", "encoder.layers.*.feed_forward.linear2",
               linear},
    ModulePair{"bert.encoder.layer.*.output.LayerNorm", "encoder.layers.*.norm2", norm},
    ModulePair{"cls.predictions.transform.dense", "transform", linear},
    ModulePair{"cls.predictions.transform.LayerNorm", "transform_norm", norm},
    ModulePair{"cls.predictions", "generator", bias},
};
constexpr std::array copies = {
    TensorCopy{"cls.predictions.decoder.weight", "bert.embeddings.word_embeddings.weight"},
    TensorCopy{"cls.predictions.decoder.bias", "cls.predictions.bias"},
};
constexpr std::array unused = {"bert.embeddings.position_ids", "bert.pooler.dense.weight",
                               "bert.pooler.dense.bias", "cls.seq_relationship.weight",
                               "cls.seq_relationship.bias"};

Config config_of(const ConfigJson& json) {
  if (!json.on("tie_word_embeddings", true))
    json.refuse("tie_word_embeddings",
                "a masked language model writes with the table that it reads with");
  if (json.on("is_decoder", false))
    json.refuse("is_decoder", "only a BERT that sees both sides of a word can be imported");
  if (json.has("position_embedding_type") && json.word("position_embedding_type") != "absolute")
    json.refuse("position_embedding_type", "only a table of positions (\"absolute\") is known");
  Config config = masked_language_model_config(json.integer("max_position_embeddings"),
                                               json.integer("vocab_size"));
  config.model.d_model = json.integer("hidden_size");
  config.model.nhead = json.integer("num_attention_heads");
  config.model.num_layers = json.integer("num_hidden_layers");
  config.model.dim_feedforward = json.integer("intermediate_size");
  config.model.dropout = json.number("hidden_dropout_prob");
  config.model.attention_dropout = json.number("attention_probs_dropout_prob");
  config.model.activation = imported_activation(json, "hidden_act");
  config.model.layer_norm_eps = json.number("layer_norm_eps");
  return config;
}

ConfigJson::Entries json_of(const Config& config, std::int64_t vocab) {
  const ModelConfig& model = config.model;
  expect_plain_stack(config, architecture, /*norm_first=*/false);
  return {{"architectures", Unreadable{text("[\"", architecture, "\"]")}},
          {"attention_probs_dropout_prob", model.attention_dropout},
          {"hidden_act", exported_activation(model.activation)},
          {"hidden_dropout_prob", model.dropout},
          {"hidden_size", model.d_model},
          {"intermediate_size", model.dim_feedforward},
          {"layer_norm_eps", model.layer_norm_eps},
          {"max_position_embeddings", model.max_length},
          {"model_type", std::string("bert")},
          {"num_attention_heads", model.nhead},
          {"num_hidden_layers", model.num_layers},
          {"tie_word_embeddings", true},
          {"type_vocab_size", std::int64_t{1}},
          {"vocab_size", vocab}};
}

}  // namespace

WeightFamily bert_family() {
  return {.name = "bert",
          .architecture = architecture,
          .task = "masked_language_model",
          .tokenizer = TokenizerKind::wordpiece,
          .modules = modules,
          .copies = copies,
          .unused = unused,
          .segments = "bert.embeddings.token_type_embeddings.weight",
          .config = config_of,
          .json = json_of,
          .model = make_masked_language_model};
}

}  // namespace lectern
