#include "tasks/task/training_options.h"

#include <algorithm>

#include "nn/optim/adam.h"
#include "nn/optim/sgd.h"
#include "tasks/config/patterns_of.h"

namespace lectern {
namespace {

Schedule::Kind schedule_kind(TrainConfig::Schedule schedule) {
  switch (schedule) {
    case TrainConfig::Schedule::constant: return Schedule::Kind::constant;
    case TrainConfig::Schedule::cosine: return Schedule::Kind::cosine;
    case TrainConfig::Schedule::linear: return Schedule::Kind::linear;
    case TrainConfig::Schedule::noam: break;
  }
  return Schedule::Kind::noam;
}

/// A recorded step repeats what the device did. Some patterns do part of their work on the host, and
/// axial positions are counted there.
bool can_be_recorded(const ModelConfig& model) {
  return std::ranges::all_of(patterns_of(model), &PatternEntry::recordable) &&
         model.positions != ModelConfig::Positions::axial;
}

}  // namespace

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
          .freeze_widths_at = config.attention.freeze_widths_at,
          .dropped_mass = config.attention.dropped_mass,
          .detect_anomaly = train.detect_anomaly,
          .cuda_graphs = train.cuda_graphs && can_be_recorded(config.model)};
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
