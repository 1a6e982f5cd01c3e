#pragma once

#include <type_traits>
#include <vector>

#include "autograd/ops/arithmetic.h"
#include "nn/dropout.h"
#include "nn/layer_norm.h"
#include "reversible/residual_pair.h"

namespace lectern {

/// The two streams of a reversible network while nothing has to be undone: ordinary sums.
struct StreamPair {
  Variable target, source;  ///< what the next sublayer's output is added to, and what it reads

  /// Both streams begin as the same embedding.
  static StreamPair of(const Variable& x) { return {x, x}; }
  Variable mean() const { return scale(add(target, source), 0.5); }
};

/// Sublayers that are not run but written down, for a reversible stack.
using StreamFunctions = std::vector<StreamFunction>;

/// The connection around every sublayer, and the one place where the two orders differ:
///
/// - pre-norm, `x + dropout(sublayer(norm(x)))`: the sum is never normalised, so gradients reach
///   the first layer undiminished and training needs little warm-up (Xiong et al. 2020)
/// - post-norm, `norm(x + dropout(sublayer(x)))`: the original (Vaswani et al. 2017, §3.1)
///
/// It can be called with three things, so that a layer says the order of its sublayers once: with
/// one sum, with the two of a reversible network (pre-norm only), and with a list of functions.
class Residual {
 public:
  struct Options {
    std::int64_t d_model = 512;
    double dropout = 0.1;
    bool norm_first = true;
    double layer_norm_eps = 1e-5;  ///< see LayerNorm
  };
  Residual(const Options& options, Initializer& init)
      : norm_first_(options.norm_first),
        norm_(options.d_model, init, options.layer_norm_eps),
        dropout_(options.dropout) {}

  template <class Sublayer>
  Variable operator()(const Variable& x, const Sublayer& sublayer) const {
    if (!norm_first_) return norm_.of_sum(x, dropout_, sublayer(x));
    const Variable y = sublayer(norm_(x));
    const PartAtWork at_work(dropout_);
    return dropout_.add_to(x, y);
  }

  /// What the sublayer makes of one stream is added to the other; then they change places.
  template <class Sublayer>
  StreamPair operator()(const StreamPair& x, const Sublayer& sublayer) const {
    return {x.source, add(x.target, branch(x.source, sublayer))};
  }

  /// The list with one function more. A sublayer may take a second argument: what a stream function
  /// gets from outside the network.
  template <class Sublayer>
  StreamFunctions operator()(StreamFunctions functions, const Sublayer& sublayer) const {
    functions.push_back([this, sublayer](const Variable& x, const std::vector<Variable>& outside) {
      return branch(x, [&](const Variable& y) {
        if constexpr (std::is_invocable_v<const Sublayer&, decltype(y), decltype(outside)>)
          return sublayer(y, outside);
        else
          return sublayer(y);
      });
    });
    return functions;
  }

  LayerNorm& norm() { return norm_; }
  Dropout& dropout() { return dropout_; }

 private:
  /// The residual branch of pre-norm order: what is added to the sum.
  template <class Sublayer>
  Variable branch(const Variable& x, const Sublayer& sublayer) const {
    const Variable y = sublayer(norm_(x));
    const PartAtWork at_work(dropout_);
    return dropout_(y);
  }

  bool norm_first_;
  LayerNorm norm_;
  Dropout dropout_;
};

}  // namespace lectern
