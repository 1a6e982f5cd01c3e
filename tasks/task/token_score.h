#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tasks/metrics/loss_sum.h"
#include "tasks/metrics/metric.h"
#include "tensor/collective.h"
#include "tensor/tensor.h"

namespace lectern {

/// How well a model predicts tokens, or classes.
struct TokenScore : LossSum {
  std::int64_t right = 0;  ///< targets to which the model gave the largest score
  /// Of every sequence its loss [billionths of natural units], right targets, and targets: numbers
  /// that add up to the same sum in any order.
  std::vector<Counts> examples = {};

  /// Counts one batch.
  /// \param logits   `[batch, ..., vocab]`
  /// \param targets  i32 `[batch, ...]`; those that are `ignored_target` count for nothing
  /// \return         i32 per row: what the model would say
  /// \throws Failure (diverged) where the loss is not finite
  std::vector<std::int32_t> add(const Tensor& logits, const Tensor& targets);

  /// Adds what other ranks have counted, but for the examples.
  void add_ranks(ProcessGroup& ranks);

  double loss() const { return mean(); }
  double accuracy() const { return static_cast<double>(right) / static_cast<double>(count); }
};

/// The share of right targets, in per cent, of added-up TokenScore::examples.
double accuracy_of(const Counts& sum);
/// The loss per target, in natural units, of added-up TokenScore::examples.
double loss_of(const Counts& sum);

/// Stands where nothing is to be predicted.
inline constexpr std::int32_t ignored_target = -100;

/// `99.87 % (95 % interval 99.21 … 99.98)`, by Wilson's score.
/// \param trials  how many answers were given that do not depend on each other
std::string accuracy_text(double accuracy, std::int64_t trials);

}  // namespace lectern
