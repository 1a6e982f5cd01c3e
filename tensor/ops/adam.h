#pragma once

#include "tensor/tensor.h"

namespace lectern {

/// The numbers of one Adam step.
struct AdamCoefficients {
  double learning_rate = 1e-3;  ///< η
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 0;  ///< λ
  /// False: λ·w is added to the gradient, and the moments see it. True: the weight shrinks by η·λ·w
  /// apart from the step (AdamW, Loshchilov and Hutter 2019, algorithm 2).
  bool decoupled_weight_decay = false;
  double correction1 = 1;     ///< 1 − β₁ᵗ in step t = 1, 2, …
  double correction2 = 1;     ///< 1 − β₂ᵗ
  double gradient_scale = 1;  ///< multiplies the gradient first, so that clipping costs no pass
};

/// One step of Adam, in place and in one pass over memory.
///
/// \f[ m \leftarrow \beta_1 m + (1-\beta_1) g, \qquad v \leftarrow \beta_2 v + (1-\beta_2) g^2,
/// \qquad
///     w \leftarrow w - \frac{\eta}{1-\beta_1^t}\,
///                      \frac{m}{\sqrt{v / (1-\beta_2^t)} + \epsilon} \f]
///
/// All four tensors have one shape and dtype. Kingma and Ba 2015, algorithm 1.
void adam_update(Tensor& weight, const Tensor& gradient, Tensor& first_moment,
                 Tensor& second_moment, const AdamCoefficients& coefficients);

}  // namespace lectern
