#pragma once

#include <string_view>

#include "nn/dropout.h"
#include "nn/linear.h"

namespace lectern {

/// The activation function of the hidden layer; see tensor/ops/formulas.h.
enum class Activation { relu, gelu, gelu_tanh, silu };

constexpr std::string_view name_of(Activation activation) {
  switch (activation) {
    case Activation::relu: return "relu";
    case Activation::gelu: return "gelu";
    case Activation::gelu_tanh: return "gelu_tanh";
    case Activation::silu: return "silu";
  }
  return {};
}

/// The position-wise network between attentions (Vaswani et al. 2017, §3.3, equation 2):
///
/// \f[ y = \mathrm{dropout}(\max(0, x W_1 + b_1))\, W_2 + b_2 \f]
///
/// with max(0, ·), or gelu, gelu_tanh or silu in its place.
///
/// Every position is a row by itself, so a long sequence can be given in parts.
/// \param x  `[..., d_model]`; the hidden layer is `[..., d_ff]`
class FeedForward : public Module {
 public:
  struct Options {
    std::int64_t d_model = 512;
    std::int64_t d_ff = 2048;
    Activation activation = Activation::relu;
    double dropout = 0.1;
  };
  FeedForward(const Options& options, Initializer& init);

  /// \param first_row  which row of a whole the first one of `x` is, a multiple of 4: with it, parts
  ///                   have the whole's dropout. See in_chunks, reversible/chunks.h
  Variable operator()(const Variable& x, std::int64_t first_row = 0,
                      Where where = Where::current()) const;
  void visit(Visitor& visitor) override;

 private:
  Activation activation_;
  Linear linear1_;
  Dropout dropout_;
  Linear linear2_;
};

}  // namespace lectern
