#include "tasks/training/average.h"

#include "tasks/failure.h"
#include "tasks/training/finite.h"
#include "tensor/ops/arithmetic.h"
#include "tensor/ops/cast.h"

namespace lectern {
namespace {

/// Without what the optimiser remembers, which has no mean.
Checkpoint load_weights(const std::string& path) {
  Checkpoint weights = load_checkpoint(path);
  std::erase_if(weights.tensors,
                [](const auto& entry) { return entry.first.starts_with("optimizer."); });
  return weights;
}

[[noreturn]] void fail_different(const Checkpoint& other, const std::string& problem) {
  throw Failure(ExitCode::checkpoint,
                text(other.path, ": ", problem, "; only checkpoints of one model can be averaged"));
}

/// Names both ways, shapes, dtypes, and the bytes of tokenizers.
void expect_same_parts(const Checkpoint& first, const Checkpoint& other) {
  for (const auto& [name, tensor] : other.tensors)
    if (!first.has_tensor(name))
      fail_different(
          other, text("it has ", name, " ", tensor.shape(), ", which ", first.path, " has not"));
  for (const auto& [name, tensor] : first.tensors) {
    if (!other.has_tensor(name))
      fail_different(other, text("it has no ", name, ", which ", first.path, " has"));
    const Tensor& theirs = other.tensor(name);
    if (!(theirs.shape() == tensor.shape()) || theirs.dtype() != tensor.dtype())
      fail_different(other, text(name, " is ", theirs.dtype(), " ", theirs.shape(), ", but ",
                                 tensor.dtype(), " ", tensor.shape(), " in ", first.path));
    // What was decided, not learned, such as a window's reach, has no mean.
    if (tensor.dtype() == DType::i32 &&
        theirs.to_vector<std::int32_t>() != tensor.to_vector<std::int32_t>())
      fail_different(other, text(name, " is not as in ", first.path));
  }
  if (first.blobs != other.blobs)
    fail_different(other, text("its vocabulary is not that of ", first.path));
}

}  // namespace

Checkpoint average_checkpoints(
    const std::vector<std::string>& paths,
    const std::function<void(const Checkpoint&, const Checkpoint&)>& compare) {
  check(!paths.empty(), "there is no checkpoint to average");
  Checkpoint average = load_weights(paths[0]);
  if (compare) compare(average, average);
  std::vector<Tensor> sums;
  for (const auto& [name, tensor] : average.tensors) sums.push_back(cast(tensor, DType::f64));
  for (std::size_t i = 1; i < paths.size(); ++i) {
    const Checkpoint other = load_weights(paths[i]);
    if (compare) compare(average, other);
    expect_same_parts(average, other);
    for (std::size_t t = 0; t < sums.size(); ++t)
      add_in_place(sums[t], cast(other.tensor(average.tensors[t].first), DType::f64));
  }
  for (std::size_t t = 0; t < sums.size(); ++t)
    average.tensors[t].second = cast(scale(sums[t], 1.0 / static_cast<double>(paths.size())),
                                     average.tensors[t].second.dtype());
  if (const std::string found = first_not_finite(average.tensors); !found.empty())
    throw Failure(ExitCode::diverged,
                  text("the mean of ", paths.size(), " checkpoints: ", found,
                       ": their weights are too large to be added; take other checkpoints"));
  return average;
}

}  // namespace lectern
