#include "nn/optim/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "tensor/check.h"

namespace lectern {

double Schedule::learning_rate(std::int64_t step) const {
  check(step >= 1, "the steps of a schedule are counted from 1");
  check((kind != Kind::cosine && kind != Kind::linear) || total_steps > 0,
        "a cosine or linear schedule must know its total_steps: there the rate reaches 0");
  const auto t = static_cast<double>(step);
  const auto warmup = static_cast<double>(std::max<std::int64_t>(1, warmup_steps));
  if (step < warmup_steps) return peak * t / warmup;
  // How much of the way from the end of the warm-up to the last step is done.
  const double way = std::max(1.0, static_cast<double>(total_steps - warmup_steps));
  const double done = std::clamp((t - static_cast<double>(warmup_steps)) / way, 0.0, 1.0);
  switch (kind) {
    case Kind::noam: return peak * std::sqrt(warmup / t);
    case Kind::cosine: return peak * 0.5 * (1.0 + std::cos(std::numbers::pi * done));
    case Kind::linear: return peak * (1.0 - done);
    case Kind::constant: break;
  }
  return peak;
}

}  // namespace lectern
