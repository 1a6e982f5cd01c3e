#include "tasks/task/training_options.h"

#include <algorithm>

#include "autograd/by_definition.h"
#include "nn/optim/adam.h"
#include "nn/optim/sgd.h"
#include "tasks/config/architecture.h"
#include "tasks/config/patterns_of.h"

namespace lectern {
namespace {

/// A recorded step repeats what the device did. Some patterns do part of their work on the host, axial
/// positions are counted there, an adaptive softmax sorts its targets there, and definitions may do
/// anything.
bool can_be_recorded(const Config& config) {
  return !runs_by_definition() && config.model.adaptive_softmax_cutoff.empty() &&
         std::ranges::all_of(patterns_of(config), &PatternEntry::recordable) &&
         (is_recurrent(config) || config.model.positions != PositionKind::axial);
}

std::unique_ptr<Optimizer> make_adam(const TrainConfig& train,
                                     std::vector<NamedParameter> parameters, bool decoupled) {
  const Adam::Options options{.beta1 = train.betas[0],
                              .beta2 = train.betas[1],
                              .epsilon = train.epsilon,
                              .weight_decay = train.weight_decay,
                              .decoupled_weight_decay = decoupled};
  return std::make_unique<Adam>(std::move(parameters), options);
}

}  // namespace

std::int64_t steps_in_epochs(const TrainConfig& train, Task& task) {
  const std::int64_t batches = task.batches_in_epoch(0);
  return train.max_epochs * ((batches + train.grad_accum - 1) / train.grad_accum);
}

TrainerOptions trainer_options(const Config& config, Task& task) {
  const TrainConfig& train = config.train;
  const std::int64_t end = train.max_steps > 0 ? train.max_steps : steps_in_epochs(train, task);
  return {.schedule = {.kind = train.schedule,
                       .peak = train.learning_rate,
                       .warmup_steps = train.warmup_steps,
                       .total_steps = end},
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
          .select_by_loss = train.valid_metric == "loss",
          .average_checkpoints = train.average_checkpoints,
          .log_every = config.log.log_every,
          .freeze_widths_at = config.attention.freeze_widths_at,
          .dropped_mass = config.attention.dropped_mass,
          .detect_anomaly = train.detect_anomaly,
          .cuda_graphs = train.cuda_graphs && can_be_recorded(config)};
}

std::unique_ptr<Optimizer> make_optimizer(const Config& config,
                                          std::vector<NamedParameter> parameters) {
  const TrainConfig& train = config.train;
  switch (train.optimizer) {
    case TrainConfig::Optimizer::adam: return make_adam(train, std::move(parameters), false);
    case TrainConfig::Optimizer::adamw: return make_adam(train, std::move(parameters), true);
    case TrainConfig::Optimizer::sgd: break;
  }
  const Sgd::Options options{.momentum = train.betas[0], .weight_decay = train.weight_decay};
  return std::make_unique<Sgd>(std::move(parameters), options);
}

}  // namespace lectern
