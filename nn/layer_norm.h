#pragma once

#include "nn/dropout.h"
#include "nn/init.h"
#include "nn/module.h"

namespace lectern {

/// Shifts and scales every row to mean 0 and variance 1, then by a learned weight and bias.
///
/// \f[ y = \frac{x - \mu}{\sqrt{\sigma^2 + \epsilon}} \odot g + b \f]
///
/// μ and σ² are the mean and the (biased) variance of the row (Ba, Kiros and Hinton 2016, §3).
/// ε keeps a constant row from dividing by zero; BERT and its kin have 1e-12.
/// \param x  `[..., d_model]`
class LayerNorm : public Module {
 public:
  LayerNorm(std::int64_t d_model, Initializer& init, double epsilon = 1e-5);

  Variable operator()(const Variable& x, Where where = Where::current()) const;
  /// This norm of residual + dropout(x), in one pass over memory.
  Variable of_sum(const Variable& residual, const Dropout& dropout, const Variable& x,
                  Where where = Where::current()) const;
  void visit(Visitor& visitor) override;

 private:
  Variable weight_;
  Variable bias_;
  double epsilon_;
};

}  // namespace lectern
