#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <vector>

#include "tensor/device.h"

namespace lectern {

/// \defgroup measure What a piece of work costs
/// @{

/// The time since it was made, or since the last restart().
class Stopwatch {
 public:
  /// [seconds]
  double elapsed() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }
  void restart() { start_ = Clock::now(); }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point start_ = Clock::now();
};

/// Waits until the default device has done what it was given, so that a clock tells how long that
/// took. A CPU is never behind.
void finish_work();

/// How long a piece of work takes, and how sure that is.
struct Timing {
  double median = 0;  ///< of all calls [seconds]
  /// Half the distance of the quartiles, as a share of the median; of fewer than eight calls, half
  /// the distance of the fastest and the slowest.
  double spread = 0;
};

/// Times calls of one piece of work, at once or in several rounds, between which others are timed,
/// so that what slows the machine down for a while slows all of them.
class Timer {
 public:
  /// Calls `work` for so many seconds, at least `fewest` times and at most a thousand. The very
  /// first call is not counted.
  void measure(const std::function<void()>& work, double seconds, int fewest = 1);
  Timing timing() const;

 private:
  std::vector<double> times_;
};

/// All in one round, of at least three calls.
Timing time_of(const std::function<void()>& work, double seconds = 1.0);

/// The memory that `work` takes at most, beside what was in use before [bytes]: exact, and the same
/// every time. What it makes and keeps counts; what it frees counts while it is there.
std::int64_t peak_bytes(const std::function<void()>& work, Device device = default_device());

/// The operations of the matrix products that `work` makes, a multiplication and an addition for each
/// of their row · column · depth terms (in PyTorch: FlopCounterMode). What is not a product, a softmax,
/// a norm, is not counted. The attention kernels multiply inside. On a CPU they count the pairs that
/// attend, 4 · d_head operations each forward and 10 · d_head backward: what a mask hides in a tile is
/// multiplied, and is not counted. Its definition (ByDefinition in autograd/by_definition.h) multiplies
/// and counts hidden pairs, too. On a GPU only products outside the attention kernels are counted, and
/// what is repeated from a recording (RecordedWork) is not. Products that other threads begin
/// meanwhile count.
std::int64_t operations(const std::function<void()>& work);
/// @}

}  // namespace lectern
