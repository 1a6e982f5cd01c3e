#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "attention/pattern.h"

namespace lectern {

/// A way to attend, to be measured against the others.
struct Contestant {
  std::string name;  ///< "LSH, 4 rounds"
  std::shared_ptr<AttentionPattern> pattern;
  std::int64_t longest = 1 << 30;  ///< it is not measured beyond [tokens]
  bool hashes = false;             ///< drawn beside others that hash
};

/// What one way to attend costs at each length.
struct PatternCost {
  std::string name;
  bool hashes = false;
  std::vector<double> lengths;  ///< [tokens]
  std::vector<double> forward;  ///< [seconds]
  std::vector<double> step;     ///< forward and backward [seconds]
  std::vector<double> memory;   ///< most at once, without inputs and their gradients [bytes]
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

/// Medians, in turn: at each length every contestant is measured before the next length.
std::vector<PatternCost> measure_patterns(const PatternBench& bench,
                                          const std::vector<Contestant>& contestants);

/// The slope of log y against log x by least squares: 2 where doubling x makes y four times as
/// large.
double exponent(const std::vector<double>& x, const std::vector<double>& y);

/// The length from which `cost` takes less time than `exact`, forward and backward, on the line
/// between the two measured lengths, in logarithms; nothing where it never does.
std::optional<double> crossover(const PatternCost& cost, const PatternCost& exact);

}  // namespace lectern
