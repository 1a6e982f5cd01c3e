#include "tasks/translation/model_options.h"

#include "tasks/task/model_options.h"

namespace lectern {
namespace {

TiedEmbeddings tied_embeddings(const Config& config, const Vocabularies& vocabularies) {
  const TiedEmbeddings wish = config.model.tie_embeddings;
  // Two vocabularies have no table in common.
  const bool two = vocabularies.source != vocabularies.target;
  return two && wish == TiedEmbeddings::all ? TiedEmbeddings::decoder : wish;
}

}  // namespace

TransformerOptions transformer_options(const Config& config, const Vocabularies& vocabularies) {
  const ModelConfig& model = config.model;
  return {.source_vocab = vocabularies.source->size(),
          .target_vocab = vocabularies.target->size(),
          .d_model = model.d_model,
          .nhead = static_cast<int>(model.nhead),
          .num_encoder_layers = static_cast<int>(model.num_encoder_layers),
          .num_decoder_layers = static_cast<int>(model.num_decoder_layers),
          .dim_feedforward = model.dim_feedforward,
          .dropout = model.dropout,
          .attention_dropout = model.attention_dropout,
          .activation = model.activation,
          .norm_first = model.norm_first,
          .reversible = model.reversible,
          .feed_forward_chunk = model.feed_forward_chunk,
          .positions = model.positions,
          .max_length = model.max_length,
          .tie_embeddings = tied_embeddings(config, vocabularies),
          .attention = pattern_options(config, /*causal=*/false)};
}

}  // namespace lectern
