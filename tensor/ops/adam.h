#pragma once

#include <vector>

#include "tensor/ops/step_numbers.h"

namespace lectern {

/// What stays the same from one Adam step to the next.
struct AdamCoefficients {
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 0;  ///< λ
  /// False: λ·w is added to the gradient, and the moments see it. True: the weight shrinks by η·λ·w
  /// apart from the step (AdamW, Loshchilov and Hutter 2019, algorithm 2).
  bool decoupled_weight_decay = false;
};

/// A parameter and what Adam remembers of it: four tensors of one shape and dtype.
struct AdamParameter {
  Tensor weight, gradient, first_moment, second_moment;
  bool decays = true;
};

/// One step of Adam for all parameters, in place and in one pass over memory; on a GPU, in one
/// launch. Nothing changes when `numbers` say that the training has stopped.
///
/// \f[ m \leftarrow \beta_1 m + (1-\beta_1) g, \qquad v \leftarrow \beta_2 v + (1-\beta_2) g^2,
/// \qquad
///     w \leftarrow w - \frac{\eta}{1-\beta_1^t}\,
///                      \frac{m}{\sqrt{v / (1-\beta_2^t)} + \epsilon} \f]
///
/// \param parameters  all of one dtype and on one device
/// \param numbers     of the step, on the same device
/// Kingma and Ba 2015, algorithm 1.
void adam_update(std::vector<AdamParameter> parameters, const AdamCoefficients& coefficients,
                 const Tensor& numbers);

}  // namespace lectern
