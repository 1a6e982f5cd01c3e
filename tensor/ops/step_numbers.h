#pragma once

#include "tensor/tensor.h"

namespace lectern {

/// The numbers of one training step. They lie in the memory of the device that trains, one f64 each
/// in this order: a GPU decides by itself what to do with a gradient, the host need not wait for
/// its answer, and a step that was recorded once can be repeated with other numbers.
struct StepNumbers {
  // The host knows them before the step:
  double learning_rate = 1e-3;  ///< η
  double correction1 = 1;       ///< Adam's 1 − β₁ᵗ, in step t = 1, 2, …
  double correction2 = 1;       ///< √(1 − β₂ᵗ)
  double gradient_scale = 1;    ///< multiplies every gradient first; limit_step makes it smaller
  double loss = 0;              ///< add_loss sums it over the targets of the step
  // The device finds out:
  double gradient_norm = 0;
  double stopped = 0;  ///< 1 since a loss or a norm was not finite: no weight changes any more
};

/// The numbers on `device`: f64 `[number]`.
Tensor step_numbers(const StepNumbers& numbers = {}, Device device = default_device());
/// Begins a step: copies what the host knows. Does not wait for the device.
void begin_step(Tensor& numbers, const StepNumbers& known);
/// Waits for the device.
StepNumbers read_step_numbers(const Tensor& numbers);

/// Loss and gradient norm, `[2]`: a view.
Tensor loss_and_norm(const Tensor& numbers);

/// `loss` += mean · targets.
/// \param mean     a scalar: a batch's loss
/// \param targets  a scalar: how many targets it is the mean of
void add_loss(Tensor& numbers, const Tensor& mean, const Tensor& targets);

/// Measures the gradient, \f$ n = s \sqrt{\sum_i g_i^2} \f$ with s the gradient_scale, makes the
/// scale smaller where the norm is larger than `max_norm` (0: nowhere), and stops the training when
/// the loss or the norm is not finite.
/// \param sum_of_squares  f64, a scalar: \f$ \sum_i g_i^2 \f$ of the gradients as they are
void limit_step(Tensor& numbers, const Tensor& sum_of_squares, double max_norm);

/// What gradients of a norm are to be multiplied by so that it is at most `max_norm` (Pascanu et
/// al. 2013, algorithm 1; PyTorch's form, with 1e-6 beside the norm). 0 means: do not clip.
constexpr double clip_factor(double norm, double max_norm) {
  if (max_norm <= 0.0 || norm <= max_norm) return 1.0;
  return max_norm / (norm + 1e-6);
}

/// Whether x is neither NaN nor infinite.
constexpr bool is_number(double x) { return x - x == 0; }

/// What limit_step does on either device.
/// \param root  \f$ \sqrt{\sum_i g_i^2} \f$
constexpr void limit(StepNumbers& step, double root, double max_norm) {
  step.gradient_norm = root * step.gradient_scale;
  step.gradient_scale *= clip_factor(step.gradient_norm, max_norm);
  if (!is_number(step.loss) || !is_number(step.gradient_norm)) step.stopped = 1;
}

/// The numbers in the memory of their device.
inline StepNumbers* step_numbers_at(double* first) { return reinterpret_cast<StepNumbers*>(first); }
inline const StepNumbers* step_numbers_at(const double* first) {
  return reinterpret_cast<const StepNumbers*>(first);
}

}  // namespace lectern
