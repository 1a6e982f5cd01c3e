#include "tasks/compare/cost.h"

#include <algorithm>
#include <unordered_set>

#include "attention/multi_head.h"
#include "attention/pattern.h"
#include "autograd/ops/arithmetic.h"
#include "nn/optim/clip.h"
#include "tasks/compare/formulas.h"
#include "tasks/task/task_kind.h"
#include "tasks/task/training_options.h"
#include "tasks/training/progress.h"
#include "tensor/measure.h"

namespace lectern {
namespace {

constexpr std::int64_t batches_a_round = 3;

/// The time inside and outside of attention: each span between two events is booked on the op that
/// ended it, its derivative on where it was recorded.
class AttentionTimes : public OpWatcher {
 public:
  void after_forward(const Record& op) override {
    const bool inside = PartAtWork::any<MultiHeadAttention>();
    if (inside) of_attention_.insert(op.serial);
    book(inside);
  }
  void after_backward(const Record& op) override { book(of_attention_.contains(op.serial)); }
  double attention() const { return attention_; }

 private:
  void book(bool inside) {
    finish_work();
    const double now = clock_.elapsed();
    if (inside) attention_ += now - last_;
    last_ = now;
  }

  Stopwatch clock_;
  double last_ = 0.0, attention_ = 0.0;
  std::unordered_set<std::uint64_t> of_attention_;
};

double median(std::vector<double> numbers) {
  if (numbers.empty()) return 0.0;
  const auto middle = numbers.begin() + static_cast<std::ptrdiff_t>(numbers.size() / 2);
  std::nth_element(numbers.begin(), middle, numbers.end());
  return *middle;
}

double mean(const std::vector<double>& numbers) {
  double sum = 0.0;
  for (const double number : numbers) sum += number;
  return numbers.empty() ? 0.0 : sum / static_cast<double>(numbers.size());
}

}  // namespace

struct StepMeter::Measured {
  Measured(const Config& given, const Checkpoint& trained)
      : config(given),
        epoch(read_progress(trained).epoch),
        journal({.quiet = true}),
        task(task_kind(config).start({.config = config, .resumed = &trained, .journal = journal})) {
    load_parameters(task->model(), trained);
    optimizer = make_optimizer(config, parameters(task->model()));
    const std::int64_t all = task->batches_in_epoch(epoch), some = std::min(all, batches_a_round);
    for (std::int64_t i = 0; i < some; ++i) batches.push_back(task->inputs(epoch, i * all / some));
    steps.resize(batches.size());
    attention.resize(batches.size());
    forward.resize(batches.size());
  }

  void step(const Task::Inputs& inputs) {
    optimizer->zero_gradients();
    const Variable loss = task->loss_of(inputs.tensors);
    const Variable extra = regularization_loss(task->model());
    backward(extra.defined() ? add(loss, extra) : loss);
    optimizer->begin_step({.learning_rate = config.train.learning_rate * 1e-3});
    limit_gradients(optimizer->parameters(), config.train.clip_norm, optimizer->numbers());
    optimizer->update_parameters();
    after_step(task->model());
  }

  void read(const Task::Inputs& inputs) {
    const NoGradient no_gradient;
    task->loss_of(inputs.tensors);
  }

  /// What is the same every time.
  void count() {
    train(task->model(), {.seed = 1});
    const Task::Inputs& inputs = batches.at(0);
    step(inputs);  // the optimiser's own memory is there from now on
    costs.peak = peak_bytes([&] { step(inputs); });
    costs.operations = operations([&] { step(inputs); });
    evaluate(task->model());
    costs.forward_operations = operations([&] { read(inputs); });
    costs.counted_forward = forward_operations_by_formula(*task, inputs);
    costs.parameters = parameter_count(task->model());
    costs.batches = task->batches_in_epoch(epoch);
    counted = true;
  }

  Config config;
  std::int64_t epoch;
  Journal journal;
  std::unique_ptr<Task> task;
  std::unique_ptr<Optimizer> optimizer;
  std::vector<Task::Inputs> batches;
  std::vector<std::vector<double>> steps, attention, forward;  // [batch][round], seconds
  StepCost costs;
  bool counted = false;
};

StepMeter::StepMeter(const Config& config, const Checkpoint& trained)
    : measured_(std::make_unique<Measured>(config, trained)) {}
StepMeter::~StepMeter() = default;
StepMeter::StepMeter(StepMeter&&) noexcept = default;

void StepMeter::round() {
  Measured& here = *measured_;
  if (!here.counted) here.count();
  for (std::size_t i = 0; i < here.batches.size(); ++i) {
    train(here.task->model(), {.seed = 1});
    here.step(here.batches[i]);  // the batch is in the caches, as is the work
    finish_work();
    Stopwatch clock;
    AttentionTimes times;
    here.step(here.batches[i]);
    finish_work();
    here.steps[i].push_back(clock.elapsed());
    here.attention[i].push_back(times.attention());
    evaluate(here.task->model());
    clock.restart();
    here.read(here.batches[i]);
    finish_work();
    here.forward[i].push_back(clock.elapsed());
  }
}

StepCost StepMeter::cost() const {
  const auto typical = [](const std::vector<std::vector<double>>& by_batch) {
    std::vector<double> medians;
    for (const std::vector<double>& rounds : by_batch) medians.push_back(median(rounds));
    return mean(medians);
  };
  StepCost cost = measured_->costs;
  cost.step = typical(measured_->steps);
  cost.attention = typical(measured_->attention);
  cost.forward = typical(measured_->forward);
  return cost;
}

}  // namespace lectern
