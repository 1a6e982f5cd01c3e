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
          .num_key_value_heads = static_cast<int>(model.num_key_value_heads),
          .num_encoder_layers = static_cast<int>(model.num_encoder_layers),
          .num_decoder_layers = static_cast<int>(model.num_decoder_layers),
          .dim_feedforward = model.dim_feedforward,
          .dropout = model.dropout,
          .attention_dropout = model.attention_dropout,
          .attention_scale = model.attention_scale,
          .activation = model.activation,
          .norm_first = model.norm_first,
          .layer_norm_eps = model.layer_norm_eps,
          .reversible = model.reversible,
          .feed_forward_chunk = model.feed_forward_chunk,
          .embedding = embedding_options(config),
          .positions = model.positions,
          .max_length = model.max_length,
          .tie_embeddings = tied_embeddings(config, vocabularies),
          .attention = pattern_options(config, /*causal=*/false)};
}

RecurrentTranslatorOptions recurrent_options(const Config& config,
                                             const Vocabularies& vocabularies) {
  const ModelConfig& model = config.model;
  return {.source_vocab = vocabularies.source->size(),
          .target_vocab = vocabularies.target->size(),
          .d_model = model.d_model,
          .num_encoder_layers = static_cast<int>(model.num_encoder_layers),
          .num_decoder_layers = static_cast<int>(model.num_decoder_layers),
          .dropout = model.dropout,
          .cell = model.cell,
          .bidirectional = model.bidirectional,
          .attention_score = model.attention_score,
          .max_length = model.max_length,
          .embedding = embedding_options(config),
          .tie_embeddings = tied_embeddings(config, vocabularies)};
}

std::unique_ptr<EncoderDecoder> make_translation_model(const Config& config,
                                                       const Vocabularies& vocabularies,
                                                       Initializer& init) {
  switch (config.model.architecture) {
    case Architecture::transformer:
      return std::make_unique<Transformer>(transformer_options(config, vocabularies), init);
    case Architecture::recurrent:
      return std::make_unique<RecurrentTranslator>(recurrent_options(config, vocabularies), init);
  }
  return nullptr;
}

}  // namespace lectern
