#pragma once

#include "models/transformer.h"

namespace lectern {

inline TransformerOptions small_options() {
  return {.source_vocab = 11,
          .target_vocab = 13,
          .d_model = 8,
          .nhead = 2,
          .num_encoder_layers = 2,
          .num_decoder_layers = 2,
          .dim_feedforward = 16,
          .dropout = 0.0,
          .attention_dropout = 0.0,
          .max_length = 32};
}

inline Transformer small_transformer(const TransformerOptions& options, DType dtype = DType::f32) {
  Initializer init(7, dtype);
  return Transformer(options, init);
}

/// Three sentences of 5, 3 and 4 tokens, padded with 0.
inline Tokens small_source() {
  return {tensor_of<std::int32_t>({3, 5}, {5, 9, 3, 10, 2, 7, 3, 2, 0, 0, 8, 6, 4, 2, 0}),
          tensor_of<std::int32_t>({3}, {5, 3, 4})};
}

/// What goes into the decoder, behind <s>, and what is to come out, before </s>.
inline Tensor small_target() {
  return tensor_of<std::int32_t>({3, 4}, {1, 6, 11, 4, 1, 3, 8, 0, 1, 12, 0, 0});
}
inline Tensor small_expected() {
  return tensor_of<std::int32_t>({3, 4}, {6, 11, 4, 2, 3, 8, 2, 0, 12, 2, 0, 0});
}

}  // namespace lectern
