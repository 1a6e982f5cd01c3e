#include "tensor/recorded_work.h"

#include <map>
#include <utility>

#include "tensor/cuda/device_layer.h"
#include "tensor/cuda/memory.h"
#include "tensor/has_cuda.h"

namespace lectern {
namespace {

using Shapes = std::vector<std::int64_t>;

[[maybe_unused]] Shapes shapes_of(const RecordedWork::Inputs& inputs) {  // without GPUs
  Shapes shapes;
  for (const Tensor& input : inputs) {
    shapes.push_back(input.rank());
    for (int axis = 0; axis < input.rank(); ++axis) shapes.push_back(input.dim(axis));
  }
  return shapes;
}

struct Recording {
  RecordedWork::Inputs inputs;         // what the graph reads
  std::shared_ptr<cuda::Graph> graph;  // null: seen once, not yet recorded
  std::int64_t last_use = 0;
};

}  // namespace

struct RecordedWork::Recordings {
  /// Each takes a few megabytes of the driver's memory.
  static constexpr std::size_t most = 256;

  std::map<Shapes, Recording> of_shapes;
  std::shared_ptr<cuda::MemoryArena> arena;
  std::int64_t runs = 0;

  void forget_oldest() {
    auto oldest = of_shapes.begin();
    for (auto i = of_shapes.begin(); i != of_shapes.end(); ++i)
      if (i->second.last_use < oldest->second.last_use) oldest = i;
    of_shapes.erase(oldest);
  }
};

RecordedWork::RecordedWork(Device device, Work work) : device_(device), work_(std::move(work)) {
  if constexpr (has_cuda)
    if (device.kind == Device::Kind::cuda) {
      recordings_ = std::make_unique<Recordings>();
      recordings_->arena = std::make_shared<cuda::MemoryArena>(Cuda{device.index});
    }
}

RecordedWork::~RecordedWork() = default;

void RecordedWork::run(const Inputs& inputs) {
  if (!recordings_) return work_(inputs);
  if constexpr (has_cuda) {
    const auto [found, is_new] = recordings_->of_shapes.try_emplace(shapes_of(inputs));
    Recording& recording = found->second;
    recording.last_use = ++recordings_->runs;
    if (is_new) {  // done as it is: here mistakes are found, and shapes that never come again
      if (recordings_->of_shapes.size() > Recordings::most) recordings_->forget_oldest();
      return work_(inputs);
    }
    if (recording.graph == nullptr) {
      Inputs own;
      for (const Tensor& input : inputs) own.push_back(input.to(device_).clone());
      recording.graph = std::make_shared<cuda::Graph>(
          Cuda{device_.index}, [&] { work_(own); }, recordings_->arena);
      recording.inputs = std::move(own);
    } else {
      for (std::size_t i = 0; i < inputs.size(); ++i) recording.inputs[i].copy_from(inputs[i]);
    }
    recording.graph->launch();
  }
}

std::int64_t RecordedWork::recordings() const {
  std::int64_t count = 0;
  if (recordings_)
    for (const auto& [shapes, recording] : recordings_->of_shapes) count += recording.graph ? 1 : 0;
  return count;
}

}  // namespace lectern
