#include "tasks/task/model_options.h"

#include "tasks/config/patterns_of.h"

namespace lectern {

EmbeddingOptions embedding_options(const Config& config) {
  return {.init = config.model.embedding_init, .scale = config.model.scale_embedding};
}

std::vector<PatternOptions> pattern_options(const Config& config, bool causal) {
  const AttentionConfig& a = config.attention;
  const PatternOptions settings{.window = {.before = a.window,
                                           .after = causal ? 0 : a.window,
                                           .dilation = a.dilation,
                                           .globals = a.global_tokens},
                                .sigma = a.sigma,
                                .width_rate = a.width_rate,
                                .width_cost = a.width_cost,
                                .longest = config.model.max_length,
                                .lsh = {.rule = a.lsh_candidates,
                                        .rounds = static_cast<int>(a.num_hashes),
                                        .chunk = a.lsh_attn_chunk_length,
                                        .window = a.window,
                                        .buckets = a.num_buckets,
                                        .exact_below = a.exact_below == 0 ? -1 : a.exact_below,
                                        .seed = static_cast<std::uint64_t>(a.hash_seed)},
                                .own = a.own};
  std::vector<PatternOptions> patterns;
  for (const PatternEntry* pattern : patterns_of(config)) {
    patterns.push_back(settings);
    patterns.back().name = pattern->name;
  }
  return patterns;
}

void check_causal_patterns(const Settings& settings) {
  for (const PatternEntry* pattern : patterns_of(settings.config()))
    if (!pattern->causal)
      settings.disagree("model.attention", "task.name",
                        "has no causal form, but the model reads from left to right for",
                        "model.attention=window");
}

SequenceEncoderOptions sequence_encoder_options(const Config& config, std::int64_t vocab,
                                                bool causal) {
  const ModelConfig& model = config.model;
  return {.vocab = vocab,
          .layer = {.d_model = model.d_model,
                    .nhead = static_cast<int>(model.nhead),
                    .num_key_value_heads = static_cast<int>(model.num_key_value_heads),
                    .dim_feedforward = model.dim_feedforward,
                    .dropout = model.dropout,
                    .attention_dropout = model.attention_dropout,
                    .attention_scale = model.attention_scale,
                    .activation = model.activation,
                    .norm_first = model.norm_first,
                    .layer_norm_eps = model.layer_norm_eps,
                    .feed_forward_chunk = model.feed_forward_chunk},
          .num_layers = static_cast<int>(model.num_layers),
          .attention = pattern_options(config, causal),
          .reversible = model.reversible,
          .causal = causal,
          .embedding = embedding_options(config),
          .positions = model.positions,
          .max_length = model.max_length};
}

}  // namespace lectern
