#include "tasks/task/model_options.h"

namespace lectern {

PositionKind position_kind(ModelConfig::Positions positions) {
  return positions == ModelConfig::Positions::learned ? PositionKind::learned
                                                      : PositionKind::sinusoidal;
}

Activation activation(ModelConfig::Activation name) {
  return name == ModelConfig::Activation::gelu ? Activation::gelu : Activation::relu;
}

SequenceEncoderOptions sequence_encoder_options(const Config& config, std::int64_t vocab,
                                                bool causal) {
  const ModelConfig& model = config.model;
  return {.vocab = vocab,
          .layer = {.d_model = model.d_model,
                    .nhead = static_cast<int>(model.nhead),
                    .dim_feedforward = model.dim_feedforward,
                    .dropout = model.dropout,
                    .attention_dropout = model.attention_dropout,
                    .activation = activation(model.activation),
                    .norm_first = model.norm_first},
          .num_layers = static_cast<int>(model.num_layers),
          .causal = causal,
          .positions = position_kind(model.positions),
          .max_length = model.max_length};
}

}  // namespace lectern
