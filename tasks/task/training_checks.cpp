#include <algorithm>

#include "tasks/failure.h"
#include "tasks/task/training_options.h"

namespace lectern {
namespace {

/// The step with which a training ends, unless it is stopped early.
std::int64_t last_step(const TrainConfig& train, Task& task) {
  const std::int64_t by_epochs = steps_in_epochs(train, task);
  if (train.max_steps == 0) return by_epochs;
  return train.max_epochs == 0 ? train.max_steps : std::min(train.max_steps, by_epochs);
}

void check_validation(const TrainConfig& train, bool can_validate, Journal& journal) {
  if (train.average_checkpoints == 1)
    journal.note("warning: train.average_checkpoints = 1 has no effect: the mean of one is itself");
  if (can_validate) return;
  if (train.early_stopping > 0)
    throw Failure(
        ExitCode::usage,
        text("train.early_stopping = ", train.early_stopping,
             " waits for validations, but there is nothing to validate on; set data.valid "
             "to a text that the model can read, or train.early_stopping=0"));
  journal.note(
      text("warning: there is nothing to validate on, so no checkpoint is the best",
           train.average_checkpoints > 1 ? " and train.average_checkpoints has no effect" : "",
           "; set data.valid"));
}

void check_schedule(const TrainConfig& train, std::int64_t end, Journal& journal) {
  if (train.warmup_steps > end)
    journal.note(
        text("warning: train.warmup_steps = ", train.warmup_steps,
             " is longer than the training, which ends with step ", end,
             ": the learning rate never reaches train.learning_rate = ", train.learning_rate));
  const bool falls_to_zero =
      train.schedule == Schedule::Kind::cosine || train.schedule == Schedule::Kind::linear;
  if (falls_to_zero && train.max_steps > end)
    journal.note(text("warning: train.schedule = ", name_of(train.schedule),
                      " reaches 0 at train.max_steps = ", train.max_steps,
                      ", but train.max_epochs = ", train.max_epochs,
                      " ends the training with step ", end));
}

}  // namespace

void check_training(const Config& config, Task& task, Journal& journal) {
  const TrainConfig& train = config.train;
  const std::int64_t end = last_step(train, task);
  check_validation(train, task.can_validate(), journal);
  check_schedule(train, end, journal);
  // The first validation is a new best; then as many as early_stopping must be none.
  if (train.early_stopping > 0 && (train.early_stopping + 1) * train.valid_every > end)
    journal.note(text("warning: train.early_stopping = ", train.early_stopping,
                      " has no effect: a training that ends with step ", end,
                      " has too few validations with train.valid_every = ", train.valid_every));
}

}  // namespace lectern
