#pragma once

#include <cmath>
#include <limits>

#include "attention/ops/fused/attend_fused.h"

namespace lectern {

/// Attention to two sets of keys, from attention to each of them: one softmax over all.
///
/// \f[ o_i = \frac{e^{\ell^a_i} o^a_i + w\, e^{\ell^b_i} o^b_i}{e^{\ell_i}}, \qquad
///     \ell_i = \log\bigl(e^{\ell^a_i} + w\, e^{\ell^b_i}\bigr) \f]
///
/// as if every key of the second set were there w times. Given the merged output and log_sum_exp,
/// attend_fused_backward finds the gradients by either set; for the second one log_sum_exp is less by
/// log w.
/// \param log_weight  log w
/// Cost: one pass over both outputs.
/// Source: Milakov & Gimelshein 2018, section 3.1: sums of parts, relative to the larger maximum.
AttendResult merge_results(const AttendResult& a, const AttendResult& b, double log_weight);

/// What both parts count for, and the logarithm of both sums. A part that has no key says infinity.
template <class T>
struct MergedSums {
  T share_a, share_b, log_sum_exp;

  constexpr MergedSums(T a, T b, T log_weight) {
    constexpr T none = std::numeric_limits<T>::infinity();
    if (b != none) b += log_weight;
    if (a == none || b == none) {
      share_a = a == none ? T{} : T{1};
      share_b = b == none ? T{} : T{1};
      log_sum_exp = a == none ? b : a;
      return;
    }
    const T larger = a < b ? b : a;
    const T weight_a = exp(a - larger), weight_b = exp(b - larger);
    share_a = weight_a / (weight_a + weight_b);
    share_b = weight_b / (weight_a + weight_b);
    log_sum_exp = larger + log(weight_a + weight_b);
  }
};

}  // namespace lectern
