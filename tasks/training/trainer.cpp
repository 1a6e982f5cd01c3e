#include "tasks/training/trainer.h"

#include <cmath>
#include <filesystem>
#include <iomanip>
#include <span>

#include "attention/pattern.h"
#include "nn/optim/clip.h"
#include "nn/save.h"
#include "tasks/failure.h"
#include "tasks/training/average.h"
#include "tasks/training/finite.h"
#include "tasks/training/learned_windows.h"
#include "tasks/training/progress.h"
#include "tasks/training/signals.h"
#include "tasks/training/training_step.h"
#include "tensor/out_of_memory.h"

namespace lectern {
namespace {

/// Where a checkpoint keeps Task::data_checksum.
constexpr const char* checksum_key = "data.checksum";

}  // namespace

Trainer::Trainer(Task& task, Optimizer& optimizer, const TrainerOptions& options, RunFolder& folder,
                 Journal& journal)
    : task_(task),
      optimizer_(optimizer),
      options_(options),
      folder_(folder),
      journal_(journal),
      parameters_(parameters(task.model())) {
  record_anew();
  const Device device = optimizer.numbers().device();
  mask_keys_ = Tensor({options.grad_accum}, DType::i32, device);
  // The CPU is never behind: each step's loss is looked at before the next one begins.
  const std::int64_t most_unread = device == cpu ? 1 : 128;
  results_ = Tensor({most_unread, 2}, DType::f64, device);
  progress_.schedule_steps = options.schedule.total_steps;
}

/// Forgets what has been recorded of a step: it consists of other work from now on.
void Trainer::record_anew() {
  const bool records = options_.cuda_graphs && !options_.detect_anomaly;
  step_.emplace(records ? optimizer_.numbers().device() : cpu,
                [this](const std::vector<Tensor>& inputs) { compute_step(inputs); });
}

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
  if (std::filesystem::exists(folder_.checkpoint_path(progress_.step)))
    saved_step_ = progress_.step;
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

int Trainer::run() {
  const SignalWatch signals;
  begin();
  while (!finished()) {
    advance();
    if (signals.save_requested()) save();
    if (const int signal = signals.stop_requested(); signal != 0) {
      save();
      journal_.note(text("stopped by signal ", signal, " at step ", progress_.step,
                         ", saved; go on with --resume auto"));
      return signal;
    }
  }
  end();
  return 0;
}

void Trainer::begin() {
  if (progress_.step == 0) journal_.rewind(0);  // what a run wrote that was killed before it saved
  journal_.start_clock(progress_.tokens);
  freeze_windows_if_due();
}

void Trainer::advance() {
  one_step();
  freeze_windows_if_due();
  journal_.progress(progress_.step, options_.schedule.total_steps);
  if (is_due(options_.valid_every)) validate();
  if (is_due(options_.save_every)) save();
}

void Trainer::end() {
  save();
  // A longer run would not validate here, so the checkpoint that it goes on from must not know.
  validate();
  if (options_.average_checkpoints > 1) average_best();
}

bool Trainer::is_due(std::int64_t every) const { return every > 0 && progress_.step % every == 0; }

bool Trainer::finished() const {
  const bool steps = options_.max_steps > 0 && progress_.step >= options_.max_steps;
  const bool epochs = options_.max_epochs > 0 && progress_.epoch >= options_.max_epochs;
  const bool stalled = options_.early_stopping > 0 && progress_.stalled >= options_.early_stopping;
  return steps || epochs || stalled;
}

/// The next grad_accum batches, fewer at the end of an epoch.
Trainer::StepInputs Trainer::next_inputs() {
  StepInputs step;
  const std::int64_t batches = task_.batches_in_epoch(progress_.epoch);
  for (std::int64_t i = 0; i < options_.grad_accum && progress_.next_batch < batches; ++i) {
    Task::Inputs batch = task_.inputs(progress_.epoch, progress_.next_batch++);
    batch.tensors.push_back(target_count(batch, optimizer_));
    tensors_of_batch_ = batch.tensors.size();
    step.tensors.insert(step.tensors.end(), batch.tensors.begin(), batch.tensors.end());
    step.target_tokens += batch.target_tokens;
    step.source_tokens += batch.source_tokens;
  }
  return step;
}

/// The keys count batches, not steps: each batch draws dropout masks of its own.
void Trainer::write_mask_keys() {
  Tensor keys(mask_keys_.shape(), DType::i32, cpu);
  const std::int64_t first = progress_.step * options_.grad_accum;
  for (std::int64_t i = 0; i < keys.size(); ++i)
    keys.data<std::int32_t>()[i] = static_cast<std::int32_t>(first + i);
  mask_keys_.copy_from(keys);
}

RandomKey Trainer::mask_key(std::size_t batch) const {
  const std::int64_t first = progress_.step * options_.grad_accum;
  RandomKey key{.seed = options_.seed,
                .step = static_cast<std::uint32_t>(first + static_cast<std::int64_t>(batch))};
  if (mask_keys_.device() != cpu)
    key.step_on_device =
        reinterpret_cast<const std::uint32_t*>(mask_keys_.device_data<std::int32_t>()) + batch;
  return key;
}

/// A step, done by the parameters' device alone: nothing here waits for it.
void Trainer::compute_step(const std::vector<Tensor>& inputs) {
  optimizer_.zero_gradients();
  accumulate_gradients(inputs);
  limit_gradients(parameters_, options_.clip_norm, optimizer_.numbers());
  optimizer_.update_parameters();
  optimizer_.zero_gradients();
}

/// Forward and backward over all batches: the gradients of the summed loss.
void Trainer::accumulate_gradients(const std::vector<Tensor>& inputs) {
  std::optional<DetectAnomaly> watch;
  if (options_.detect_anomaly) watch.emplace();
  for (std::size_t i = 0; i < inputs.size() / tensors_of_batch_; ++i) {
    const auto batch =
        std::span<const Tensor>(inputs).subspan(i * tensors_of_batch_, tensors_of_batch_);
    train(task_.model(), mask_key(i));
    add_gradients(task_, optimizer_, batch.first(batch.size() - 1), batch.back());
  }
}

void Trainer::one_step() {
  unsettled_.push_back(progress_);
  const StepInputs inputs = next_inputs();
  const double learning_rate = options_.schedule.learning_rate(progress_.step + 1);
  const double mean_scale = 1.0 / static_cast<double>(inputs.target_tokens);
  optimizer_.begin_step({.learning_rate = learning_rate, .gradient_scale = mean_scale});
  write_mask_keys();
  step_->run(inputs.tensors);
  after_step(task_.model());
  const auto unread = static_cast<std::int64_t>(unsettled_.size());
  results_.slice(unread - 1, unread).copy_from(loss_and_norm(optimizer_.numbers()).reshape({1, 2}));

  ++progress_.step;
  progress_.tokens += inputs.source_tokens + inputs.target_tokens;
  progress_.interval_tokens += inputs.target_tokens;
  if (progress_.next_batch >= task_.batches_in_epoch(progress_.epoch)) {
    ++progress_.epoch;
    progress_.next_batch = 0;
  }
  if (unread == results_.dim(0)) settle();
  if (is_due(options_.log_every)) log_interval(learning_rate);
}

/// Stage 2 of learned windows. A cut model is another one, so that the best is looked for anew.
void Trainer::freeze_windows_if_due() {
  const std::int64_t step = options_.freeze_widths_at;
  if (step == 0 || progress_.step < step || !has_growing_windows(task_.model())) return;
  settle();
  evaluate(task_.model());
  const auto read_held_out = [&] {
    if (task_.can_validate()) return static_cast<void>(task_.validate());
    const std::int64_t last = task_.batches_in_epoch(progress_.epoch) - 1;
    task_.loss_of(task_.inputs(progress_.epoch, std::min(progress_.next_batch, last)).tensors);
  };
  freeze_windows(task_.model(), read_held_out, options_.dropped_mass, journal_);
  record_anew();
  progress_.best_step = -1;
  progress_.stalled = 0;
  folder_.forget_best();
}

/// Waits for all steps and reads their losses.
void Trainer::settle() {
  if (unsettled_.empty()) return;
  const auto unread = static_cast<std::int64_t>(unsettled_.size());
  const std::vector<double> results = results_.slice(0, unread).to_vector<double>();
  for (std::size_t i = 0; i < unsettled_.size(); ++i) {
    const double loss = results[2 * i];
    gradient_norm_ = results[2 * i + 1];
    if (!std::isfinite(loss) || !std::isfinite(gradient_norm_)) {
      progress_ = unsettled_[i];
      explain_divergence();
    }
    progress_.interval_loss += loss;
  }
  unsettled_.clear();
}

/// Runs the step once more with every value checked, to name the op that went wrong first.
void Trainer::explain_divergence() {
  std::string culprit = "no single operation could be blamed";
  try {
    const DetectAnomaly watch;
    optimizer_.zero_gradients();
    write_mask_keys();
    accumulate_gradients(next_inputs().tensors);
  } catch (const NotFinite& error) {
    culprit = error.what();
  }
  throw Failure(ExitCode::diverged,
                text("step ", progress_.step + 1, ": the loss is not finite: ", culprit,
                     "; the weights are as before this step and the last checkpoint is intact; try "
                     "a smaller --learning-rate, or --clip-norm 1"));
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
  const Task::Validation found = task_.validate();
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
  folder_.write_samples(progress_.step, found.samples);
  if (!best) return;
  save();
  mark_best();
}

Checkpoint Trainer::snapshot() const {
  Checkpoint checkpoint;
  for (const NamedParameter& parameter : parameters_)
    checkpoint.tensors.emplace_back(parameter.name, parameter.variable.value());
  save_windows(task_.model(), checkpoint);
  optimizer_.visit_state([&](const std::string& name, Tensor& state) {
    checkpoint.tensors.emplace_back(name, state);
  });
  write_progress(progress_, checkpoint);
  if (const std::string checksum = task_.data_checksum(); !checksum.empty())
    checkpoint.metadata[checksum_key] = checksum;
  task_.describe(checkpoint);
  return checkpoint;
}

void Trainer::save() {
  if (saved_step_ == progress_.step) return;
  settle();
  const Checkpoint checkpoint = snapshot();
  if (const std::string found = first_not_finite(checkpoint.tensors); !found.empty())
    throw Failure(ExitCode::diverged,
                  text("step ", progress_.step, ": the weight ", found,
                       " now, and is not saved; the last checkpoint is intact; try a smaller "
                       "--learning-rate, or --clip-norm 1"));
  if (const std::string kept = folder_.claim(progress_.step); !kept.empty())
    journal_.note(text("warning: ", folder_.checkpoint_path(progress_.step),
                       " was there and is none of this run's; it is kept as ", kept));
  save_checkpoint(folder_.checkpoint_path(progress_.step), checkpoint);
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
  if (paths.size() < 2 || !task_.can_validate()) return;
  Checkpoint average = average_checkpoints(paths);
  load_parameters(task_.model(), average);
  evaluate(task_.model());
  const Task::Validation found = task_.validate();
  const double score = options_.select_by_loss ? -found.loss : found.score;
  journal_.note(
      text("mean of the weights of ", paths.size(), " checkpoints | loss ", std::setprecision(4),
           found.loss, " | ", found.score_name, " ", found.score,
           score >= progress_.best_score ? " | new best" : " | not better than the best"));
  if (score < progress_.best_score) return;
  save_checkpoint(folder_.average_path(), average);
  folder_.point_to_average();
}

void load_parameters(Module& model, const Checkpoint& checkpoint) {
  try {
    load(model, checkpoint.tensors, checkpoint.path);
  } catch (const OutOfMemory&) {
    throw;
  } catch (const Error& error) {
    throw Failure(ExitCode::checkpoint, error.what());
  }
  load_windows(model, checkpoint);
}

}  // namespace lectern
