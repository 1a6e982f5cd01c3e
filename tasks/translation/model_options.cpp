#include "tasks/translation/model_options.h"

#include <algorithm>

#include "nn/optim/adam.h"
#include "nn/optim/sgd.h"

namespace lectern {
namespace {

PositionKind position_kind(ModelConfig::Positions positions) {
  return positions == ModelConfig::Positions::learned ? PositionKind::learned
                                                      : PositionKind::sinusoidal;
}

Activation activation(ModelConfig::Activation name) {
  return name == ModelConfig::Activation::gelu ? Activation::gelu : Activation::relu;
}

TiedEmbeddings tied_embeddings(const Config& config, const Vocabularies& vocabularies) {
  switch (config.model.tie_embeddings) {
    case ModelConfig::TieEmbeddings::none: return TiedEmbeddings::none;
    case ModelConfig::TieEmbeddings::decoder: return TiedEmbeddings::decoder;
    case ModelConfig::TieEmbeddings::all: break;
  }
  // Two vocabularies have no table in common.
  return vocabularies.source == vocabularies.target ? TiedEmbeddings::all
                                                    : TiedEmbeddings::decoder;
}

Schedule::Kind schedule_kind(TrainConfig::Schedule schedule) {
  switch (schedule) {
    case TrainConfig::Schedule::constant: return Schedule::Kind::constant;
    case TrainConfig::Schedule::cosine: return Schedule::Kind::cosine;
    case TrainConfig::Schedule::linear: return Schedule::Kind::linear;
    case TrainConfig::Schedule::noam: break;
  }
  return Schedule::Kind::noam;
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
          .activation = activation(model.activation),
          .norm_first = model.norm_first,
          .positions = position_kind(model.positions),
          .max_length = model.max_length,
          .tie_embeddings = tied_embeddings(config, vocabularies)};
}

TrainerOptions trainer_options(const Config& config) {
  const TrainConfig& train = config.train;
  return {.schedule = {.kind = schedule_kind(train.schedule),
                       .peak = train.learning_rate,
                       .warmup_steps = train.warmup_steps,
                       .total_steps = train.max_steps},
          .max_steps = train.max_steps,
          .max_epochs = train.max_epochs,
          .grad_accum = train.grad_accum,
          .clip_norm = train.clip_norm,
          .seed = static_cast<std::uint64_t>(train.seed),
          .valid_every = train.valid_every,
          .save_every = train.save_every,
          .keep_last = train.keep_last,
          .keep_best = std::max(train.keep_best, train.average_checkpoints),
          .early_stopping = train.early_stopping,
          .select_by_loss = train.valid_metric == TrainConfig::ValidMetric::loss,
          .average_checkpoints = train.average_checkpoints,
          .log_every = config.log.log_every,
          .detect_anomaly = train.detect_anomaly,
          .cuda_graphs = train.cuda_graphs};
}

std::unique_ptr<Optimizer> make_optimizer(const Config& config, Module& model) {
  const TrainConfig& train = config.train;
  if (train.optimizer == TrainConfig::Optimizer::sgd)
    return std::make_unique<Sgd>(
        parameters(model),
        Sgd::Options{.momentum = train.betas[0], .weight_decay = train.weight_decay});
  return std::make_unique<Adam>(
      parameters(model),
      Adam::Options{.beta1 = train.betas[0],
                    .beta2 = train.betas[1],
                    .epsilon = train.epsilon,
                    .weight_decay = train.weight_decay,
                    .decoupled_weight_decay = train.optimizer == TrainConfig::Optimizer::adamw});
}

}  // namespace lectern
