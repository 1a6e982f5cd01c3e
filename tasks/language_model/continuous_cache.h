#pragma once

#include <cstdint>
#include <vector>

#include "tensor/tensor.h"

namespace lectern {

/// A continuous cache: what a text has just said, it is likely to say again (Grave, Joulin and Usunier
/// 2017, "Improving Neural Language Models with a Continuous Cache", section 3).
///
/// It remembers the states of the last tokens, each with the token that came next, and looks among
/// them for states like the present one:
///
/// \f[ p_{\mathrm{cache}}(w) = \frac{\sum_i [x_{i+1} = w]\, e^{\theta\, h_t \cdot h_i}}
///                                  {\sum_i e^{\theta\, h_t \cdot h_i}}, \qquad
///     p = (1-\lambda)\, p_{\mathrm{model}} + \lambda\, p_{\mathrm{cache}} \f]
///
/// An attention without a weight of its own: queries and keys are the states that the output layer
/// reads, values are the tokens. Nothing is learned, and nothing is seen before it is foretold.
class ContinuousCache {
 public:
  struct Options {
    std::int64_t size = 2000;  ///< remembered tokens, at least 1
    double theta = 0.1;        ///< 0: all states are equally like the present one
    double lambda = 0.1;       ///< the cache's share of the probability, 0 ≤ λ < 1
  };
  explicit ContinuousCache(const Options& options) : options_(options) {}

  /// Reads the next tokens of a text, and mixes what is remembered into what the model foretells.
  /// \param states   `[token, d_model]` f32
  /// \param next     i32 `[token]`, what came after each; a token whose next is negative is left out
  /// \param logits   `[token, vocab]`; changed so that their softmax is p
  /// Cost: 2 · d_model · (size + tokens) operations a token, and that many floats.
  void read(const Tensor& states, const Tensor& next, Tensor& logits);

 private:
  Options options_;
  Tensor states_ = {};              // [remembered, d_model]
  std::vector<std::int32_t> next_;  // [remembered]
};

}  // namespace lectern
