#include "tasks/task/training.h"

#include "tasks/task/training_options.h"
#include "tasks/training/zero_optimizer.h"
#include "tensor/cuda/device_layer.h"
#include "tensor/has_cuda.h"
#include "tensor/parallel.h"

namespace lectern {
namespace {

std::unique_ptr<Task> start_task(const TaskContext& context, const ProcessGroup* group) {
  std::unique_ptr<Task> task = task_kind(context.config).start(context);
  context.journal.note(
      text("model: ", parameter_count(task->model()), " parameters, ", describe(default_device()),
           ", ", thread_count(), thread_count() == 1 ? " thread" : " threads",
           group && group->size() > 1 ? text(" in each of ", group->size(), " processes")
                                      : std::string()));
  check_training(context.config, *task, context.journal);
  return task;
}

/// What takes a training's steps, shared out among the ranks where the configuration says so.
std::unique_ptr<Optimizer> share_optimizer(const Config& config, Task& task, ProcessGroup* group) {
  std::vector<NamedParameter> all = parameters(task.model());
  if (config.train.zero_stage == 0 || group == nullptr || group->size() == 1)
    return make_optimizer(config, std::move(all));
  return std::make_unique<ZeroOptimizer>(
      std::move(all), *group,
      [&](std::vector<NamedParameter> share) { return make_optimizer(config, std::move(share)); });
}

TrainerOptions shared_options(const Config& config, Task& task, ProcessGroup* group) {
  TrainerOptions options = trainer_options(config, task);
  options.group = group;
  const bool bf16 = config.train.reduce_dtype == TrainConfig::ReduceDType::bf16;
  options.reduce = {.dtype = bf16 ? DType::bf16 : DType::f32,
                    .overlap = config.train.overlap_grad_reduce};
  return options;
}

}  // namespace

std::string describe(Device device) {
  if constexpr (has_cuda)
    if (device.kind == Device::Kind::cuda)
      return text(device, ", ", cuda::device_info(Cuda{device.index}).name);
  return text(device);
}

Training::Training(const TaskContext& context, RunFolder* folder, ProcessGroup* group)
    : task_(start_task(context, group)),
      optimizer_(share_optimizer(context.config, *task_, group)),
      trainer_(*task_, *optimizer_, shared_options(context.config, *task_, group), folder,
               context.journal) {
  if (context.resumed) trainer_.resume(*context.resumed);
}

}  // namespace lectern
