#include "tasks/commands/inspect_step.h"

#include <iostream>

#include "attention/pattern.h"
#include "nn/optim/clip.h"
#include "tasks/benchmark/benchmark.h"
#include "tasks/commands/commands.h"
#include "tasks/commands/device.h"
#include "tasks/commands/train.h"
#include "tasks/failure.h"
#include "tasks/report/markup.h"
#include "tasks/report/step_page.h"
#include "tasks/task/task_kind.h"
#include "tasks/task/trained_run.h"
#include "tasks/task/training.h"
#include "tasks/task/training_options.h"
#include "tasks/training/output_file.h"
#include "tasks/training/progress.h"
#include "tasks/training/training_step.h"
#include "tensor/parallel.h"
#include "tensor/platform.h"

namespace lectern {
namespace {

/// The step that the run would do next. It has a learning rate of 0, so that it is the same every
/// time, which changes nothing of what it costs.
class NextStep {
 public:
  explicit NextStep(const TrainedRun& run)
      : config_(run.config),
        journal_({.quiet = true}),
        task_(task_kind(run.config)
                  .start({.config = run.config, .resumed = &run.checkpoint, .journal = journal_})) {
    load_parameters(task_->model(), run.checkpoint);
    optimizer_ = make_optimizer(config_, parameters(task_->model()));
    // An average, or weights from elsewhere, have no place in the data: the first batch is theirs.
    if (run.checkpoint.metadata.contains("progress.step"))
      progress_ = read_progress(run.checkpoint);
    const std::int64_t batches = task_->batches_in_epoch(progress_.epoch);
    const std::int64_t count = std::min(config_.train.grad_accum, batches);
    for (std::int64_t i = 0; i < count; ++i)
      batches_.push_back(task_->inputs(progress_.epoch, (progress_.next_batch + i) % batches));
    for (const Task::Inputs& batch : batches_) counts_.push_back(target_count(batch, *optimizer_));
  }

  void operator()() {
    optimizer_->begin_step({.learning_rate = 0, .gradient_scale = mean_scale()});
    optimizer_->zero_gradients();
    const auto of_batch = [&](std::int64_t i) {
      train(task_->model(), key(i));
      return differentiate(*task_, *optimizer_, batches_[i].tensors, counts_[i]);
    };
    const bool bf16 = config_.train.reduce_dtype == TrainConfig::ReduceDType::bf16;
    SumInHalves sum(bf16 ? DType::bf16 : DType::f32);
    hand_over(sum(0, std::ssize(batches_), of_batch), *optimizer_);
    limit_gradients(optimizer_->parameters(), config_.train.clip_norm, optimizer_->numbers());
    optimizer_->update_parameters();
    optimizer_->zero_gradients();
    after_step(task_->model());
  }

  Module& model() { return task_->model(); }
  std::int64_t number() const { return progress_.step + 1; }
  double mean_scale() const { return 1.0 / static_cast<double>(targets()); }

  /// What is alive before the step beside the parameters.
  NamedTensors alive() {
    NamedTensors tensors;
    optimizer_->visit_state(
        [&](const std::string& name, Tensor& state) { tensors.emplace_back(name, state); });
    for (const Task::Inputs& batch : batches_)
      for (std::size_t i = 0; i < batch.tensors.size(); ++i)
        tensors.emplace_back(text("batch, tensor ", i + 1), batch.tensors[i]);
    return tensors;
  }

  /// What it reads, in a few words.
  std::string read() const {
    const Tensor& first = batches_.at(0).tensors.at(0);
    std::string out = text("batch ", progress_.next_batch + 1, " of epoch ", progress_.epoch + 1,
                           ", ", first.shape());
    if (batches_.size() > 1) out += text(" and ", batches_.size() - 1, " more");
    return out + text(", ", targets(), " targets");
  }

 private:
  std::int64_t targets() const {
    std::int64_t sum = 0;
    for (const Task::Inputs& batch : batches_) sum += batch.target_tokens;
    return sum;
  }
  RandomKey key(std::int64_t batch) const {
    const std::int64_t first = progress_.step * config_.train.grad_accum;
    return {.seed = static_cast<std::uint64_t>(config_.train.seed),
            .step = static_cast<std::uint32_t>(first + batch)};
  }

  Config config_;
  Journal journal_;
  std::unique_ptr<Task> task_;
  std::unique_ptr<Optimizer> optimizer_;
  Progress progress_;
  std::vector<Task::Inputs> batches_;
  std::vector<Tensor> counts_;
};

void expect_steps(const Config& config, const std::string& run) {
  if (task_kind(config).train)
    throw Failure(ExitCode::usage,
                  text(run, ": the task ", config.task.name,
                       " learns by counting, so that there is no training step to profile; "
                       "--step is for runs that learn by gradients"));
}

void print(const StepPage& page) {
  const StepProfile& profile = page.profile;
  const double rate = static_cast<double>(profile.operations) / profile.seconds;
  std::cout << page.title << ": " << page.lead << '\n'
            << "step            " << 1e3 * profile.seconds << " ms recorded, "
            << 1e3 * profile.unrecorded << " ms when nobody looks\n"
            << "sum of its ops  " << 1e3 * sum_of_times(profile) << " ms, " << profile.ops.size()
            << " ops and the update\n"
            << "operations      " << profile.operations << ", " << 1e-9 * rate << " GFLOP/s";
  if (page.peak_rate > 0)
    std::cout << ", " << 100 * rate / page.peak_rate << " % of the peak of "
              << 1e-9 * page.peak_rate;
  const MemoryMoment& peak = profile.film[static_cast<std::size_t>(peak_moment(profile))];
  std::cout << "\npeak memory     " << peak.in_use << " bytes in the film, " << profile.high_water
            << " by the allocator\n";
}

}  // namespace

int show_step(const Arguments& arguments) {
  use_device(arguments);
  TrainedRun run = open_run(arguments.text("RUN"), arguments.overrides());
  expect_steps(run.config, run.checkpoint.path);
  const std::string& path = arguments.text("output");
  expect_output(path, files_of(run));
  set_up_machine(run.config);

  NextStep step(run);
  run.checkpoint.tensors.clear();  // no training would have them in memory
  const bool on_cpu = default_device() == cpu;
  StepPage page{.title = text("Step ", step.number(), " of ", arguments.text("RUN")),
                .lead = text(run.config.task.name, ", ", step.read(), ", ",
                             readable(static_cast<double>(parameter_count(step.model())), 3),
                             " parameters, on ", describe(default_device()),
                             on_cpu ? ", " + processor_model() : "",
                             on_cpu ? text(", ", thread_count(), " threads") : ""),
                .peak_rate = on_cpu ? 1e9 * measure_peak().rate : 0,
                .command = typed_command(),
                .version = text("lectern ", lectern_version)};
  page.profile = profile_step(step.model(), [&] { step(); },
                              {.alive = step.alive(), .gradient_scale = step.mean_scale()});
  write_output(path, step_page(page));
  print(page);
  std::cerr << "wrote " << path << ": open it in a browser\n";
  return 0;
}

}  // namespace lectern
