#include "tasks/training/trainer.h"

#include <cmath>
#include <span>

#include "attention/pattern.h"
#include "nn/optim/clip.h"
#include "nn/save.h"
#include "tasks/failure.h"
#include "tasks/training/learned_windows.h"
#include "tasks/training/signals.h"
#include "tasks/training/training_step.h"
#include "tensor/out_of_memory.h"

namespace lectern {

Trainer::Trainer(Task& task, Optimizer& optimizer, const TrainerOptions& options, RunFolder* folder,
                 Journal& journal)
    : task_(task),
      optimizer_(optimizer),
      options_(options),
      folder_(folder),
      journal_(journal),
      group_(options.group != nullptr ? options.group : &alone_),
      parameters_(parameters(task.model())) {
  expect_shareable();
  if (group_->size() > 1) sum_.emplace(*group_, optimizer_, options_.reduce);
  record_anew();
  const Device device = optimizer.numbers().device();
  mask_keys_ = Tensor({options.grad_accum}, DType::i32, device);
  // The CPU is never behind: each step's loss is looked at before the next one begins.
  const std::int64_t most_unread = device == cpu ? 1 : 128;
  results_ = Tensor({most_unread, 2}, DType::f64, device);
  progress_.schedule_steps = options.schedule.total_steps;
}

/// Every rank computes as many batches of a step.
void Trainer::expect_shareable() const {
  if (options_.grad_accum % group_->size() == 0) return;
  throw Failure(
      ExitCode::usage,
      text("train.grad_accum = ", options_.grad_accum, ": the batches of a step cannot be ",
           "shared by ", group_->size(), " ranks, which must divide their number; try ",
           "--grad-accum ", group_->size(),
           ", with batches of as much less (--batch-tokens, "
           "--batch-size) if a step is to read what it did, or fewer ranks"));
}

/// Forgets what has been recorded of a step: it consists of other work from now on.
void Trainer::record_anew() {
  const bool records = options_.cuda_graphs && !options_.detect_anomaly;
  step_.emplace(records ? optimizer_.numbers().device() : cpu,
                [this](const std::vector<Tensor>& inputs) { compute_step(inputs); });
  if (sum_) sum_->learn_anew();
}

int Trainer::run() {
  const SignalWatch signals;
  begin();
  while (!finished()) {
    advance();
    if (const int signal = obey(signals); signal != 0) {
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

/// Does what signals ask for, to whichever rank they came.
/// \return  the one that ends the run, or 0
int Trainer::obey(const SignalWatch& signals) {
  struct Asked {
    int stop = 0, save = 0;
  } all;
  const Asked here{signals.stop_requested(), signals.save_requested()};
  for (const Asked& asked : gather(*group_, here)) {
    if (all.stop == 0) all.stop = asked.stop;
    all.save |= asked.save;
  }
  if (all.save != 0 || all.stop != 0) save();
  return all.stop;
}

bool Trainer::is_due(std::int64_t every) const { return every > 0 && progress_.step % every == 0; }

bool Trainer::finished() const {
  const bool steps = options_.max_steps > 0 && progress_.step >= options_.max_steps;
  const bool epochs = options_.max_epochs > 0 && progress_.epoch >= options_.max_epochs;
  const bool stalled = options_.early_stopping > 0 && progress_.stalled >= options_.early_stopping;
  return steps || epochs || stalled;
}

/// Of the next grad_accum batches, fewer at the end of an epoch, those of this rank.
Trainer::StepInputs Trainer::next_inputs() {
  StepInputs step;
  const std::int64_t first = progress_.next_batch;
  const std::int64_t last =
      std::min(first + options_.grad_accum, task_.batches_in_epoch(progress_.epoch));
  progress_.next_batch = last;
  const std::int64_t own = first + group_->rank() * own_batches();
  for (std::int64_t i = own; i < std::min(own + own_batches(), last); ++i) {
    Task::Inputs batch = task_.inputs(progress_.epoch, i);
    batch.tensors.push_back(target_count(batch, optimizer_));
    tensors_of_batch_ = batch.tensors.size();
    step.tensors.insert(step.tensors.end(), batch.tensors.begin(), batch.tensors.end());
    step.tokens.target += batch.target_tokens;
    step.tokens.source += batch.source_tokens;
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

RandomKey Trainer::mask_key(std::int64_t batch) const {
  const std::int64_t first = progress_.step * options_.grad_accum;
  RandomKey key{.seed = options_.seed, .step = static_cast<std::uint32_t>(first + batch)};
  if (mask_keys_.device() != cpu)
    key.step_on_device =
        reinterpret_cast<const std::uint32_t*>(mask_keys_.device_data<std::int32_t>()) + batch;
  return key;
}

/// A step, done by the parameters' device alone: nothing here waits for it. In a group it ends before
/// the ranks meet: they do not record the same shapes in the same steps.
void Trainer::compute_step(const std::vector<Tensor>& inputs) {
  optimizer_.zero_gradients();
  StepSum sum = sum_own_batches(inputs, /*early=*/sum_ && sum_->overlaps());
  if (sum_)
    sum_->put(sum);
  else
    take_step(std::move(sum));
}

void Trainer::take_step(StepSum sum) {
  hand_over(std::move(sum), optimizer_);
  limit_gradients(parameters_, options_.clip_norm, optimizer_.numbers());
  optimizer_.update_parameters();
  optimizer_.zero_gradients();
}

namespace {

/// Gradients set out to the other ranks as soon as they are complete.
class SetOut : public EarlyGradients {
 public:
  SetOut(SumOverRanks& ranks, const SumInHalves& own) : ranks_(ranks), own_(own) {}
  bool take(std::size_t parameter, const Tensor& gradient) override {
    if (!ranks_.takes_early(parameter)) return false;
    ranks_.put_early(parameter, own_.with_earlier(parameter, gradient));
    return true;
  }
  void learn(const std::vector<bool>& sure) override { ranks_.learn(sure); }
  void after_op() override { ranks_.advance(); }

 private:
  SumOverRanks& ranks_;
  const SumInHalves& own_;
};

}  // namespace

/// Forward and backward over this rank's batches: the gradients of the summed loss.
/// \param early  those of the last batch may set out before it ends
StepSum Trainer::sum_own_batches(const std::vector<Tensor>& inputs, bool early) {
  std::optional<DetectAnomaly> watch;
  if (options_.detect_anomaly) watch.emplace();
  const std::int64_t own = group_->rank() * own_batches(), end = own + own_batches();
  SumInHalves sum(options_.reduce.dtype);
  std::optional<SetOut> set_out;
  if (early) set_out.emplace(*sum_, sum);
  return sum(own, end, [&](std::int64_t i) -> StepSum {
    const std::size_t first = static_cast<std::size_t>(i - own) * tensors_of_batch_;
    if (first >= inputs.size()) return {};  // the epoch ends before this batch
    const std::span<const Tensor> batch =
        std::span<const Tensor>(inputs).subspan(first, tensors_of_batch_);
    train(task_.model(), mask_key(i));
    return differentiate(task_, optimizer_, batch.first(batch.size() - 1), batch.back(),
                         set_out && i + 1 == end ? &*set_out : nullptr);
  });
}

void Trainer::one_step() {
  unsettled_.push_back(progress_);
  const StepInputs inputs = next_inputs();
  const double learning_rate = options_.schedule.learning_rate(progress_.step + 1);
  Tokens tokens;
  for (const Tokens& ranks : gather(*group_, inputs.tokens)) {
    tokens.target += ranks.target;
    tokens.source += ranks.source;
  }
  const double mean_scale = 1.0 / static_cast<double>(tokens.target);
  optimizer_.begin_step({.learning_rate = learning_rate, .gradient_scale = mean_scale});
  write_mask_keys();
  step_->run(inputs.tensors);
  if (sum_) take_step(sum_->of_all());
  after_step(task_.model());
  const auto unread = static_cast<std::int64_t>(unsettled_.size());
  results_.slice(unread - 1, unread).copy_from(loss_and_norm(optimizer_.numbers()).reshape({1, 2}));

  ++progress_.step;
  progress_.tokens += tokens.source + tokens.target;
  progress_.interval_tokens += tokens.target;
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
    if (task_.can_validate()) return static_cast<void>(task_.validate(alone_));
    const std::int64_t last = task_.batches_in_epoch(progress_.epoch) - 1;
    task_.loss_of(task_.inputs(progress_.epoch, std::min(progress_.next_batch, last)).tensors);
  };
  freeze_windows(task_.model(), read_held_out, options_.dropped_mass, journal_);
  record_anew();
  progress_.best_step = -1;
  progress_.stalled = 0;
  if (folder_ != nullptr) folder_->forget_best();
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
  std::string culprit;
  try {
    const DetectAnomaly watch;
    optimizer_.zero_gradients();
    write_mask_keys();
    sum_own_batches(next_inputs().tensors, /*early=*/false);
  } catch (const NotFinite& error) {
    culprit = error.what();
  }
  for (const std::string& found : gather(*group_, culprit))
    if (culprit.empty() || !found.empty()) culprit = found;
  if (culprit.empty()) culprit = "no single operation could be blamed";
  throw Failure(ExitCode::diverged,
                text("step ", progress_.step + 1, ": the loss is not finite: ", culprit,
                     "; the weights are as before this step and the last checkpoint is intact; try "
                     "a smaller --learning-rate, or --clip-norm 1"));
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
