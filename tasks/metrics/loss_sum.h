#pragma once

#include <cmath>
#include <cstdint>

namespace lectern {

/// A loss, added up. It is kept in billionths: whole numbers have the same sum in any order,
/// whoever has added which of them.
struct LossSum {
  std::int64_t billionths = 0;  ///< of natural units
  std::int64_t count = 0;       ///< targets

  static std::int64_t in_billionths(double loss) { return std::llround(1e9 * loss); }
  void add(double loss, std::int64_t targets) {
    billionths += in_billionths(loss);
    count += targets;
  }
  double sum() const { return static_cast<double>(billionths) / 1e9; }
  double mean() const { return sum() / static_cast<double>(count); }
};

}  // namespace lectern
