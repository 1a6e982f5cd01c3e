#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "attention/pattern.h"
#include "tensor/measure.h"

namespace lectern {

/// A way to attend, to be measured against the others.
struct Contestant {
  std::string name;  ///< "LSH, 4 rounds"
  std::shared_ptr<AttentionPattern> pattern;
  std::int64_t longest = 1 << 30;  ///< it is not measured beyond [tokens]
  bool hashes = false;             ///< drawn beside others that hash
  std::int64_t exact_up_to = 0;    ///< a sequence no longer than this it attends exactly [tokens]
};

/// What one way to attend costs at each length.
struct PatternCost {
  std::string name;
  bool hashes = false;
  std::int64_t exact_up_to = 0;  ///< see Contestant
  std::vector<double> lengths;   ///< [tokens]
  std::vector<Timing> forward;
  std::vector<Timing> step;    ///< forward and backward
  std::vector<double> memory;  ///< most at once, without inputs and their gradients [bytes]
};

struct PatternBench {
  std::int64_t batch = 1;
  int heads = 8;
  std::int64_t d_head = 64;
  bool causal = false;
  bool backward = true;  ///< measure the backward pass too, and memory
  std::vector<std::int64_t> lengths;
  double seconds = 0.5;  ///< how long to measure each number
};

/// Every way to attend that this library has, exact attention in tiles first, its definition, which
/// stores the L×L matrix, last.
std::vector<Contestant> all_contestants(const PatternBench& bench);

/// At each length in several rounds, in each of which every contestant is measured once.
std::vector<PatternCost> measure_patterns(const PatternBench& bench,
                                          const std::vector<Contestant>& contestants);

/// The slope of log y against log x by least squares: 2 where doubling x makes y four times as
/// large.
double exponent(const std::vector<double>& x, const std::vector<double>& y);

/// Between which two lengths a pattern begins to take less time than exact attention.
struct Crossover {
  double low, high;  ///< [tokens]; one number: it leads from the first length on
};

/// Nothing where `cost` does not lead clearly at the longest length: forward and backward, by more
/// than the spreads of both together. Lengths at which a pattern attends exactly do not count. The
/// two ends are where the lead leaves the spread, on lines between measured lengths, in logarithms.
std::optional<Crossover> crossover(const PatternCost& cost, const PatternCost& exact);

}  // namespace lectern
