// What a trainer tells, measures, keeps, and goes on from; trainer.cpp has the steps.

#include <cmath>
#include <filesystem>
#include <iomanip>

#include "tasks/failure.h"
#include "tasks/training/average.h"
#include "tasks/training/finite.h"
#include "tasks/training/learned_windows.h"
#include "tasks/training/progress.h"
#include "tasks/training/trainer.h"

namespace lectern {
namespace {

/// Where a checkpoint keeps Task::data_checksum.
constexpr const char* checksum_key = "data.checksum";

}  // namespace

void Trainer::resume(const Checkpoint& checkpoint) {
  load_parameters(task_.model(), checkpoint);
  optimizer_.visit_state([&](const std::string& name, Tensor& state) {
    const Tensor& saved = checkpoint.tensor(name);
    if (!(saved.shape() == state.shape()) || saved.dtype() != state.dtype())
      throw Failure(ExitCode::checkpoint,
                    text(checkpoint.path, ": ", name, " is ", saved.dtype(), " ", saved.shape(),
                         ", expected ", state.dtype(), " ", state.shape()));
    state = saved.to(state.device());
  });
  progress_ = read_progress(checkpoint);
  expect_same_data(checkpoint);
  tell_stretched_schedule();
  progress_.schedule_steps = options_.schedule.total_steps;
  optimizer_.set_steps_taken(progress_.step);
  // A checkpoint from elsewhere becomes the first one of this folder.
  const int is_here =
      folder_ != nullptr && std::filesystem::exists(folder_->checkpoint_path(progress_.step));
  if (gather(*group_, is_here).front() != 0) saved_step_ = progress_.step;
  save();
  if (is_due(options_.valid_every)) validated_step_ = progress_.step;
  if (progress_.best_step == progress_.step) mark_best();  // a kill may have prevented it
  journal_.rewind(progress_.step);
  journal_.note(text("resumed at step ", progress_.step, " from ", checkpoint.path));
}

/// Other data than the run began with are told; those in which its place does not exist, refused.
void Trainer::expect_same_data(const Checkpoint& checkpoint) {
  const auto saved = checkpoint.metadata.find(checksum_key);
  const std::string now = task_.data_checksum();
  const bool other = saved != checkpoint.metadata.end() && saved->second != now;
  const std::int64_t batches = task_.batches_in_epoch(progress_.epoch);
  if (progress_.next_batch >= batches)
    throw Failure(
        other ? ExitCode::data : ExitCode::checkpoint,
        text(checkpoint.path, ": ", progress_.next_batch, " batches of epoch ", progress_.epoch + 1,
             " are done, but it has only ", batches,
             other ? ": data.train is not what this run began with; give it that text again"
                   : "; take another checkpoint",
             ", or start a new --run-dir"));
  if (other)
    journal_.note(text("warning: data.train is not what this run began with (checksum ", now,
                       ", not ", saved->second, "); it goes on with what is there now"));
}

/// A cosine or a line that ends at another step than it did is another curve.
void Trainer::tell_stretched_schedule() {
  const std::int64_t before = progress_.schedule_steps, now = options_.schedule.total_steps;
  Schedule old = options_.schedule;
  old.total_steps = before;
  const bool falls = old.kind == Schedule::Kind::cosine || old.kind == Schedule::Kind::linear;
  if (!falls || before == 0 || before == now || progress_.step == 0 || finished()) return;
  journal_.note(text("warning: the learning rate's schedule ended at step ", before,
                     " and ends at step ", now, " now: the rate goes from ",
                     old.learning_rate(progress_.step), " to ",
                     options_.schedule.learning_rate(progress_.step + 1)));
}

void Trainer::log_interval(double learning_rate) {
  settle();
  const double loss = progress_.interval_loss /
                      static_cast<double>(std::max<std::int64_t>(1, progress_.interval_tokens));
  journal_.training({.step = progress_.step,
                     .max_steps = options_.schedule.total_steps,
                     .epoch = progress_.epoch + 1,
                     .loss = loss,
                     .learning_rate = learning_rate,
                     .gradient_norm = gradient_norm_,
                     .tokens = progress_.tokens});
  if (const std::vector<double> widths = widths_of(task_.model()); !widths.empty())
    journal_.widths(progress_.step, widths);
  progress_.interval_loss = 0.0;
  progress_.interval_tokens = 0;
}

void Trainer::validate() {
  if (validated_step_ == progress_.step || !task_.can_validate()) return;
  settle();
  validated_step_ = progress_.step;
  evaluate(task_.model());
  const Task::Validation found = task_.validate(*group_);
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
                       .score_digits = found.score_digits,
                       .best_step = progress_.best_step,
                       .best_score = std::abs(progress_.best_score),
                       .stalled = progress_.stalled,
                       .patience = options_.early_stopping,
                       .extra = !is_due(options_.valid_every)});
  if (folder_ != nullptr) folder_->write_samples(progress_.step, found.samples);
  if (!best) return;
  save();
  mark_best();
}

/// What the optimiser remembers, for the first rank: all help where they share it. It is kept by the
/// host then: on a GPU there may be no room for the whole.
NamedTensors Trainer::optimizer_state() const {
  NamedTensors all;
  optimizer_.visit_state([&](const std::string& name, Tensor& state) {
    if (folder_ != nullptr) all.emplace_back(name, group_->size() > 1 ? state.to(cpu) : state);
  });
  return all;
}

Checkpoint Trainer::snapshot(const NamedTensors& state) const {
  Checkpoint checkpoint;
  for (const NamedParameter& parameter : parameters_)
    checkpoint.tensors.emplace_back(parameter.name, parameter.variable.value());
  save_windows(task_.model(), checkpoint);
  checkpoint.tensors.insert(checkpoint.tensors.end(), state.begin(), state.end());
  write_progress(progress_, checkpoint);
  if (const std::string checksum = task_.data_checksum(); !checksum.empty())
    checkpoint.metadata[checksum_key] = checksum;
  task_.describe(checkpoint);
  return checkpoint;
}

void Trainer::save() {
  if (saved_step_ == progress_.step) return;
  settle();
  saved_step_ = progress_.step;
  const NamedTensors state = optimizer_state();
  if (folder_ == nullptr) return;
  const Checkpoint checkpoint = snapshot(state);
  if (const std::string found = first_not_finite(checkpoint.tensors); !found.empty())
    throw Failure(ExitCode::diverged,
                  text("step ", progress_.step, ": the weight ", found,
                       " now, and is not saved; the last checkpoint is intact; try a smaller "
                       "--learning-rate, or --clip-norm 1"));
  if (const std::string kept = folder_->claim(progress_.step); !kept.empty())
    journal_.note(text("warning: ", folder_->checkpoint_path(progress_.step),
                       " was there and is none of this run's; it is kept as ", kept));
  save_checkpoint(folder_->checkpoint_path(progress_.step), checkpoint);
  folder_->point("last", progress_.step);
  folder_->prune(options_.keep_last);
}

void Trainer::mark_best() {
  if (folder_ == nullptr) return;
  folder_->point("best", progress_.best_step);
  folder_->remember_best(progress_.best_step, progress_.best_score, options_.keep_best);
  folder_->prune(options_.keep_last);
}

void Trainer::average_best() {
  if (folder_ == nullptr) return;
  const std::vector<std::string> paths = folder_->best_checkpoints(options_.average_checkpoints);
  if (paths.size() < 2 || !task_.can_validate()) return;
  Checkpoint average = average_checkpoints(paths);
  load_parameters(task_.model(), average);
  evaluate(task_.model());
  const Task::Validation found = task_.validate(alone_);  // the others have nothing to keep
  const double score = options_.select_by_loss ? -found.loss : found.score;
  journal_.note(
      text("mean of the weights of ", paths.size(), " checkpoints | loss ", std::setprecision(4),
           found.loss, " | ", found.score_name, " ", found.score,
           score >= progress_.best_score ? " | new best" : " | not better than the best"));
  if (score < progress_.best_score) return;
  save_checkpoint(folder_->average_path(), average);
  folder_->point_to_average();
}

}  // namespace lectern
