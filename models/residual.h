#pragma once

#include "nn/dropout.h"
#include "nn/layer_norm.h"

namespace lectern {

/// The connection around every sublayer, and the one place where the two orders differ:
///
/// - pre-norm, `x + dropout(sublayer(norm(x)))`: the sum is never normalised, so gradients reach
///   the first layer undiminished and training needs little warm-up (Xiong et al. 2020)
/// - post-norm, `norm(x + dropout(sublayer(x)))`: the original (Vaswani et al. 2017, §3.1)
class Residual {
 public:
  struct Options {
    std::int64_t d_model = 512;
    double dropout = 0.1;
    bool norm_first = true;
  };
  Residual(const Options& options, Initializer& init)
      : norm_first_(options.norm_first), norm_(options.d_model, init), dropout_(options.dropout) {}

  template <class Sublayer>
  Variable operator()(const Variable& x, const Sublayer& sublayer) const {
    if (norm_first_) return dropout_.add_to(x, sublayer(norm_(x)));
    return norm_.of_sum(x, dropout_, sublayer(x));
  }

  /// What is added to the sum in pre-norm order: a reversible network adds it to another stream.
  template <class Sublayer>
  Variable amount(const Variable& x, const Sublayer& sublayer) const {
    return dropout_(sublayer(norm_(x)));
  }

  LayerNorm& norm() { return norm_; }
  Dropout& dropout() { return dropout_; }

 private:
  bool norm_first_;
  LayerNorm norm_;
  Dropout dropout_;
};

}  // namespace lectern
