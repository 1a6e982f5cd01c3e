#include "models/reformer.h"

namespace lectern {
namespace {

std::vector<PatternOptions> patterns_of(const ReformerOptions& options, bool causal) {
  std::vector<PatternOptions> patterns;
  for (const std::string& name : options.attention)
    patterns.push_back({.name = name,
                        .window = {.before = options.window, .after = causal ? 0 : options.window},
                        .longest = options.max_length,
                        .lsh = options.lsh});
  return patterns;
}

}  // namespace

SequenceEncoderOptions reformer_encoder(const ReformerOptions& options, bool causal) {
  return {.vocab = options.vocab,
          .layer = options.layer,
          .num_layers = options.num_layers,
          .attention = patterns_of(options, causal),
          .reversible = true,
          .causal = causal,
          .positions = PositionKind::axial,
          .max_length = options.max_length};
}

LanguageModel::Options reformer_language_model(const ReformerOptions& options) {
  return {.encoder = reformer_encoder(options, /*causal=*/true)};
}

TransformerOptions reformer_encoder_decoder(const ReformerOptions& options) {
  return {.source_vocab = options.vocab,
          .target_vocab = options.vocab,
          .d_model = options.layer.d_model,
          .nhead = options.layer.nhead,
          .num_key_value_heads = options.layer.num_key_value_heads,
          .num_encoder_layers = options.num_layers,
          .num_decoder_layers = options.num_layers,
          .dim_feedforward = options.layer.dim_feedforward,
          .dropout = options.layer.dropout,
          .attention_dropout = options.layer.attention_dropout,
          .activation = options.layer.activation,
          .norm_first = options.layer.norm_first,
          .reversible = true,
          .feed_forward_chunk = options.layer.feed_forward_chunk,
          .positions = PositionKind::axial,
          .max_length = options.max_length,
          .tie_embeddings = TiedEmbeddings::all,
          .attention = patterns_of(options, /*causal=*/false)};
}

}  // namespace lectern
