#include "tasks/training/average.h"

#include "tasks/failure.h"
#include "tensor/ops/arithmetic.h"
#include "tensor/ops/cast.h"

namespace lectern {

Checkpoint average_checkpoints(const std::vector<std::string>& paths) {
  check(!paths.empty(), "there is no checkpoint to average");
  Checkpoint average = load_checkpoint(paths[0]);
  std::erase_if(average.tensors,
                [](const auto& entry) { return entry.first.starts_with("optimizer."); });

  std::vector<Tensor> sums;
  for (const auto& [name, tensor] : average.tensors) sums.push_back(cast(tensor, DType::f64));
  for (std::size_t i = 1; i < paths.size(); ++i) {
    const Checkpoint other = load_checkpoint(paths[i]);
    for (std::size_t t = 0; t < sums.size(); ++t) {
      const Tensor& tensor = other.tensor(average.tensors[t].first);
      if (!(tensor.shape() == sums[t].shape()))
        throw Failure(ExitCode::checkpoint,
                      text(paths[i], ": ", average.tensors[t].first, " is ", tensor.shape(),
                           ", but ", sums[t].shape(), " in ", paths[0],
                           "; only checkpoints of one model can be averaged"));
      // What was decided, not learned, such as a window's reach, has no mean.
      if (tensor.dtype() == DType::i32 &&
          tensor.to_vector<std::int32_t>() != average.tensors[t].second.to_vector<std::int32_t>())
        throw Failure(ExitCode::checkpoint,
                      text(paths[i], ": ", average.tensors[t].first, " is not as in ", paths[0],
                           "; only checkpoints of one model can be averaged"));
      add_in_place(sums[t], cast(tensor, DType::f64));
    }
  }
  for (std::size_t t = 0; t < sums.size(); ++t)
    average.tensors[t].second = cast(scale(sums[t], 1.0 / static_cast<double>(paths.size())),
                                     average.tensors[t].second.dtype());
  return average;
}

}  // namespace lectern
