#pragma once

#include <cstdint>

namespace lectern {

struct Bounds {
  double low, high;
};

/// Between what the true share of right answers lies, at 95 per cent, when `share` of `trials`
/// independent answers were right.
///
/// \f[ \frac{p + z^2 / 2n \pm z \sqrt{p (1-p) / n + z^2 / 4n^2}}{1 + z^2 / n}, \qquad z = 1.96 \f]
///
/// Unlike p ± z √(p(1−p)/n), it is no point where every answer was right.
/// Source: Wilson, "Probable inference, the law of succession, and statistical inference", 1927.
Bounds wilson_interval(double share, std::int64_t trials);

}  // namespace lectern
