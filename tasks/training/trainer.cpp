#include "tasks/training/trainer.h"

#include <cmath>
#include <filesystem>
#include <iomanip>

#include "nn/optim/clip.h"
#include "tasks/failure.h"
#include "tasks/training/average.h"
#include "tasks/training/progress.h"
#include "tasks/training/signals.h"

namespace lectern {

Trainer::Trainer(Task& task, Optimizer& optimizer, const TrainerOptions& options,
                 RunFolder& folder, Journal& journal)
    : task_(task),
      optimizer_(optimizer),
      options_(options),
      folder_(folder),
      journal_(journal),
      parameters_(parameters(task.model())) {}

void Trainer::resume(const Checkpoint& checkpoint) {
  load_parameters(task_.model(), checkpoint);
  optimizer_.visit_state([&](const std::string& name, Tensor& state) {
    const Tensor& saved = checkpoint.tensor(name);
    if (!(saved.shape() == state.shape()))
      throw Failure(ExitCode::checkpoint, text(checkpoint.path, ": ", name, " is ", saved.shape(),
                                               ", expected ", state.shape()));
    state = saved.to(state.device());
  });
  progress_ = read_progress(checkpoint);
  optimizer_.set_steps_taken(progress_.step);
  // A checkpoint from elsewhere becomes the first one of this folder.
  if (std::filesystem::exists(folder_.checkpoint_path(progress_.step))) saved_step_ = progress_.step;
  save();
  if (is_due(options_.valid_every)) validated_step_ = progress_.step;
  if (progress_.best_step == progress_.step) mark_best();  // a kill may have prevented it
  journal_.rewind(progress_.step);
  journal_.note(text("resumed at step ", progress_.step, " from ", checkpoint.path));
}

int Trainer::run() {
  const SignalWatch signals;
  if (progress_.step == 0) journal_.rewind(0);  // what a run wrote that was killed before it saved
  journal_.start_clock(progress_.tokens);
  while (!finished()) {
    one_step();
    journal_.progress(progress_.step, options_.schedule.total_steps);
    if (is_due(options_.valid_every)) validate();
    if (signals.save_requested() || is_due(options_.save_every)) save();
    if (const int signal = signals.stop_requested(); signal != 0) {
      save();
      journal_.note(text("stopped by signal ", signal, " at step ", progress_.step,
                         ", saved; go on with --resume auto"));
      return signal;
    }
  }
  save();
  // A longer run would not validate here, so the checkpoint that it goes on from must not know.
  validate();
  if (options_.average_checkpoints > 1) average_best();
  return 0;
}

bool Trainer::is_due(std::int64_t every) const { return every > 0 && progress_.step % every == 0; }

bool Trainer::finished() const {
  const bool steps = options_.max_steps > 0 && progress_.step >= options_.max_steps;
  const bool epochs = options_.max_epochs > 0 && progress_.epoch >= options_.max_epochs;
  const bool stalled = options_.early_stopping > 0 && progress_.stalled >= options_.early_stopping;
  return steps || epochs || stalled;
}

/// Forward and backward over grad_accum batches: the gradients of the summed loss.
Task::Loss Trainer::accumulate_gradients(double& loss_sum) {
  Task::Loss total;
  const std::int64_t batches = task_.batches_in_epoch(progress_.epoch);
  for (std::int64_t i = 0; i < options_.grad_accum && progress_.next_batch < batches; ++i) {
    // The key counts batches, not steps: each one draws dropout masks of its own.
    const auto key_step = static_cast<std::uint32_t>(progress_.step * options_.grad_accum + i);
    train(task_.model(), {.seed = options_.seed, .step = key_step});
    Task::Loss loss = task_.loss(progress_.epoch, progress_.next_batch++);
    const Tensor& mean = loss.mean.value();
    const auto tokens = static_cast<double>(loss.target_tokens);
    loss_sum += scalar(mean) * tokens;
    backward(loss.mean, full(mean.shape(), tokens, mean.dtype(), mean.device()));
    total.target_tokens += loss.target_tokens;
    total.source_tokens += loss.source_tokens;
  }
  return total;
}

void Trainer::one_step() {
  const Progress before = progress_;
  optimizer_.zero_gradients();
  double loss_sum = 0.0;
  Task::Loss total;
  {
    std::optional<DetectAnomaly> watch;
    if (options_.detect_anomaly) watch.emplace();
    total = accumulate_gradients(loss_sum);
  }
  const double mean_scale = 1.0 / static_cast<double>(total.target_tokens);
  const double norm = gradient_norm(parameters_) * mean_scale;
  if (!std::isfinite(loss_sum) || !std::isfinite(norm)) {
    progress_ = before;
    explain_divergence();
  }
  const double learning_rate = options_.schedule.learning_rate(progress_.step + 1);
  optimizer_.step({.learning_rate = learning_rate,
                   .gradient_scale = mean_scale * clip_factor(norm, options_.clip_norm)});
  optimizer_.zero_gradients();

  ++progress_.step;
  progress_.tokens += total.source_tokens + total.target_tokens;
  progress_.interval_loss += loss_sum;
  progress_.interval_tokens += total.target_tokens;
  if (progress_.next_batch >= task_.batches_in_epoch(progress_.epoch)) {
    ++progress_.epoch;
    progress_.next_batch = 0;
  }
  if (is_due(options_.log_every)) log_interval(learning_rate, norm);
}

/// Runs the step once more with every value checked, to name the op that went wrong first.
void Trainer::explain_divergence() {
  std::string culprit = "no single operation could be blamed";
  try {
    const DetectAnomaly watch;
    double loss_sum = 0.0;
    optimizer_.zero_gradients();
    accumulate_gradients(loss_sum);
  } catch (const NotFinite& error) {
    culprit = error.what();
  }
  throw Failure(ExitCode::diverged,
                text("step ", progress_.step + 1, ": the loss is not finite: ", culprit,
                     "; the weights are as before this step and the last checkpoint is intact; try "
                     "a smaller --learning-rate, or --clip-norm 1"));
}

void Trainer::log_interval(double learning_rate, double norm) {
  const double loss =
      progress_.interval_loss / static_cast<double>(std::max<std::int64_t>(1, progress_.interval_tokens));
  journal_.training({.step = progress_.step,
                     .max_steps = options_.schedule.total_steps,
                     .epoch = progress_.epoch + 1,
                     .loss = loss,
                     .learning_rate = learning_rate,
                     .gradient_norm = norm,
                     .tokens = progress_.tokens});
  progress_.interval_loss = 0.0;
  progress_.interval_tokens = 0;
}

void Trainer::validate() {
  if (validated_step_ == progress_.step) return;
  validated_step_ = progress_.step;
  evaluate(task_.model());
  const std::optional<Task::Validation> validation = task_.validate();
  if (!validation) return;
  const Task::Validation& found = *validation;
  const double score = options_.select_by_loss ? -found.loss : found.score;
  const bool best =
      std::isfinite(score) && (progress_.best_step < 0 || score > progress_.best_score);
  if (best) {
    progress_.best_score = score;
    progress_.best_step = progress_.step;
    progress_.stalled = 0;
  } else {
    ++progress_.stalled;
  }
  journal_.validation({.step = progress_.step,
                       .loss = found.loss,
                       .score = found.score,
                       .score_name = found.score_name,
                       .best_step = progress_.best_step,
                       .best_score = std::abs(progress_.best_score),
                       .stalled = progress_.stalled,
                       .patience = options_.early_stopping,
                       .extra = !is_due(options_.valid_every)});
  folder_.write_samples(progress_.step, found.samples);
  if (!best) return;
  save();
  mark_best();
}

Checkpoint Trainer::snapshot() const {
  Checkpoint checkpoint;
  for (const NamedParameter& parameter : parameters_)
    checkpoint.tensors.emplace_back(parameter.name, parameter.variable.value());
  optimizer_.visit_state([&](const std::string& name, Tensor& state) {
    checkpoint.tensors.emplace_back(name, state);
  });
  write_progress(progress_, checkpoint);
  task_.describe(checkpoint);
  return checkpoint;
}

void Trainer::save() {
  if (saved_step_ == progress_.step) return;
  save_checkpoint(folder_.checkpoint_path(progress_.step), snapshot());
  saved_step_ = progress_.step;
  folder_.point("last", progress_.step);
  folder_.prune(options_.keep_last);
}

void Trainer::mark_best() {
  folder_.point("best", progress_.best_step);
  folder_.remember_best(progress_.best_step, progress_.best_score, options_.keep_best);
  folder_.prune(options_.keep_last);
}

void Trainer::average_best() {
  const std::vector<std::string> paths = folder_.best_checkpoints(options_.average_checkpoints);
  if (paths.size() < 2) return;
  Checkpoint average = average_checkpoints(paths);
  load_parameters(task_.model(), average);
  evaluate(task_.model());
  const std::optional<Task::Validation> validation = task_.validate();
  if (!validation) return;
  const Task::Validation& found = *validation;
  const double score = options_.select_by_loss ? -found.loss : found.score;
  journal_.note(text("mean of the weights of ", paths.size(), " checkpoints | loss ",
                     std::setprecision(4), found.loss, " | ", found.score_name, " ", found.score,
                     score >= progress_.best_score ? " | new best" : " | not better than the best"));
  if (score < progress_.best_score) return;
  save_checkpoint(folder_.average_path(), average);
  folder_.point_to_average();
}

void load_parameters(Module& model, const Checkpoint& checkpoint) {
  for (NamedParameter& parameter : parameters(model)) {
    const Tensor& saved = checkpoint.tensor(parameter.name);
    const Tensor& expected = parameter.variable.value();
    if (!(saved.shape() == expected.shape()) || saved.dtype() != expected.dtype())
      throw Failure(ExitCode::checkpoint,
                    text(checkpoint.path, ": ", parameter.name, " is ", saved.dtype(), " ",
                         saved.shape(), ", but the configuration asks for ", expected.dtype(), " ",
                         expected.shape()));
    parameter.variable.set_value(saved.to(expected.device()));
  }
}

}  // namespace lectern
