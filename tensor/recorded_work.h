#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "tensor/tensor.h"

namespace lectern {

/// Work that is done again and again with other numbers in tensors of few different shapes. A GPU
/// records it the second time it sees the shapes and repeats it from then on with one call (a CUDA
/// graph), since starting hundreds of short kernels one by one takes longer than running them.
///
/// What is to change lies in the inputs, or in tensors that live as long as this: addresses, and
/// numbers passed by value, are repeated as they were. The work may not read from the GPU, and
/// leaves nothing behind but what it writes to such tensors. All recordings share one arena of
/// memory. On a CPU the work is simply done.
class RecordedWork {
 public:
  using Inputs = std::vector<Tensor>;
  using Work = std::function<void(const Inputs&)>;

  RecordedWork(Device device, Work work);
  ~RecordedWork();
  RecordedWork(const RecordedWork&) = delete;
  RecordedWork& operator=(const RecordedWork&) = delete;

  void run(const Inputs& inputs);
  /// How many shapes have been recorded.
  std::int64_t recordings() const;

 private:
  struct Recordings;
  Device device_;
  Work work_;
  std::unique_ptr<Recordings> recordings_;  // none on a CPU
};

}  // namespace lectern
