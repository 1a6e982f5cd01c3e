#include "tasks/weights/gpt2.h"

#include <array>

#include "models/language_model.h"
#include "tasks/language_model/settings.h"
#include "tasks/task/model_options.h"

namespace lectern {
namespace {

using enum ModulePair::Kind;

constexpr const char* architecture = "GPT2LMHeadModel";

constexpr std::array modules = {
    ModulePair{"transformer.wte", "encoder.embedding", table},
    ModulePair{"transformer.wpe", "encoder.positions", table},
    ModulePair{"transformer.h.*.ln_1", "encoder.layers.*.norm1", norm},
    ModulePair{"transformer.h.*.attn.c_attn", "encoder.layers.*.self_attention.query", conv1d, 0,
               3},
    ModulePair{"transformer.h.*.attn.c_attn", "encoder.layers.*.self_attention.key", conv1d, 1, 3},
    ModulePair{"transformer.h.*.attn.c_attn", "encoder.layers.*.self_attention.value", conv1d, 2,
               3},
    ModulePair{"transformer.h.*.attn.c_proj", "encoder.layers.*.self_attention.output", conv1d},
    ModulePair{"transformer.h.*.ln_2", "encoder.layers.*.norm2", norm},
    ModulePair{"transformer.h.*.mlp.c_fc", "encoder.layers.*.feed_forward.linear1", conv1d},
    ModulePair{"transformer.h.*.mlp.c_proj", "encoder.layers.*.feed_forward.linear2", conv1d},
    ModulePair{"transformer.ln_f", "encoder.norm", norm},
};
constexpr std::array copies = {TensorCopy{"lm_head.weight", "transformer.wte.weight"}};
/// The causal mask, which older files hold as tensors.
constexpr std::array unused = {"transformer.h.*.attn.bias", "transformer.h.*.attn.masked_bias"};

/// What they can have otherwise, and we cannot.
void expect_usual(const ConfigJson& json) {
  if (!json.on("tie_word_embeddings", true))
    json.refuse("tie_word_embeddings", "it writes with the table that it reads with");
  if (!json.on("scale_attn_weights", true))
    json.refuse("scale_attn_weights", "scores are divided by the root of a head's width");
  if (json.on("scale_attn_by_inverse_layer_idx", false))
    json.refuse("scale_attn_by_inverse_layer_idx", "scores are scaled alike in every layer");
  if (json.on("add_cross_attention", false))
    json.refuse("add_cross_attention", "a language model reads one text");
  if (json.number("embd_pdrop") != json.number("resid_pdrop"))
    json.refuse("embd_pdrop", "it has to be equal to \"resid_pdrop\": model.dropout is both");
}

Config config_of(const ConfigJson& json) {
  expect_usual(json);
  Config config;
  LanguageModelSettings settings;
  config.model.max_length = json.integer("n_positions");
  settings.length = std::min(settings.length, config.model.max_length);
  config.task = {"language_model", settings};
  config.tokenizer.kind = TokenizerKind::bpe;
  config.tokenizer.vocab_size = json.integer("vocab_size");
  config.model.d_model = json.integer("n_embd");
  config.model.nhead = json.integer("n_head");
  config.model.num_layers = json.integer("n_layer");
  // A list and a null are no numbers: 4 · n_embd is what a null means.
  config.model.dim_feedforward =
      json.is_null("n_inner") ? 4 * config.model.d_model : json.integer("n_inner");
  config.model.dropout = json.number("resid_pdrop");
  config.model.attention_dropout = json.number("attn_pdrop");
  config.model.activation = imported_activation(json, "activation_function");
  config.model.norm_first = true;
  config.model.layer_norm_eps = json.number("layer_norm_epsilon");
  config.model.scale_embedding = false;
  config.model.positions = PositionKind::learned;
  config.train.valid_metric = "loss";
  return config;
}

ConfigJson::Entries json_of(const Config& config, std::int64_t vocab) {
  const ModelConfig& model = config.model;
  expect_plain_stack(config, architecture, /*norm_first=*/true);
  expect_model_has(model.tie_embeddings != TiedEmbeddings::none, architecture,
                   "model.tie_embeddings = \"all\"");
  expect_model_has(model.adaptive_softmax_cutoff.empty(), architecture,
                   "model.adaptive_softmax_cutoff = []");
  return {{"activation_function", exported_activation(model.activation)},
          {"architectures", Unreadable{text("[\"", architecture, "\"]")}},
          {"attn_pdrop", model.attention_dropout},
          {"bos_token_id", Unreadable{"null"}},
          {"embd_pdrop", model.dropout},
          {"eos_token_id", Unreadable{"null"}},
          {"layer_norm_epsilon", model.layer_norm_eps},
          {"model_type", std::string("gpt2")},
          {"n_embd", model.d_model},
          {"n_head", model.nhead},
          {"n_inner", model.dim_feedforward},
          {"n_layer", model.num_layers},
          {"n_positions", model.max_length},
          {"resid_pdrop", model.dropout},
          {"tie_word_embeddings", true},
          {"vocab_size", vocab}};
}

std::unique_ptr<Module> model_of(const Config& config, std::int64_t vocab) {
  Initializer init = Initializer::blank();
  const LanguageModel::Options options{
      .encoder = sequence_encoder_options(config, vocab, /*causal=*/true)};
  return std::make_unique<LanguageModel>(options, init);
}

}  // namespace

WeightFamily gpt2_family() {
  return {.name = "gpt2",
          .architecture = architecture,
          .task = "language_model",
          .tokenizer = TokenizerKind::byte_level_bpe,
          .prefix = "transformer.",
          .modules = modules,
          .copies = copies,
          .unused = unused,
          .zero = "generator.bias",
          .config = config_of,
          .json = json_of,
          .model = model_of};
}

}  // namespace lectern
