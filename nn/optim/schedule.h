#pragma once

#include <cstdint>
#include <string_view>

namespace lectern {

/// How the learning rate changes over the steps. All but `constant` first rise evenly from 0 over
/// `warmup_steps`, and all reach `peak` there.
///
/// - `noam`: peak · min(t/warmup, √(warmup/t)), the shape of Vaswani et al. 2017, §5.3, equation 3,
///   whose own peak is (d_model · warmup)^-½
/// - `cosine`: half a cosine wave from the peak to 0 at `total_steps` (Loshchilov and Hutter 2017)
/// - `linear`: a straight line from the peak to 0 at `total_steps`
/// - `constant`: the peak after the warm-up
struct Schedule {
  enum class Kind { constant, noam, cosine, linear };
  Kind kind = Kind::noam;
  double peak = 1e-3;
  std::int64_t warmup_steps = 0;
  std::int64_t total_steps = 0;

  /// \param step  counted from 1
  double learning_rate(std::int64_t step) const;
};

constexpr std::string_view name_of(Schedule::Kind kind) {
  switch (kind) {
    case Schedule::Kind::constant: return "constant";
    case Schedule::Kind::noam: return "noam";
    case Schedule::Kind::cosine: return "cosine";
    case Schedule::Kind::linear: return "linear";
  }
  return {};
}

}  // namespace lectern
