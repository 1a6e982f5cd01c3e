#pragma once

#include <functional>
#include <vector>

namespace lectern {

/// How long a piece of work takes, and how sure that is.
struct Timing {
  double median = 0;  ///< of all calls [seconds]
  /// Half the distance of the quartiles, as a share of the median; of fewer than eight calls, half
  /// the distance of the fastest and the slowest.
  double spread = 0;
};

/// Times calls of one piece of work, at once or in several rounds, between which others are timed,
/// so that what slows the machine down for a while slows all of them.
class Stopwatch {
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

}  // namespace lectern
