#pragma once

#include <string_view>

#include "nn/init.h"
#include "nn/module.h"

namespace lectern {

/// Sines and cosines of geometrically growing wavelengths (Vaswani et al. 2017, §3.5):
///
/// \f[ P_{t,2i} = \sin\bigl(t / 10000^{2i/d}\bigr), \qquad
///     P_{t,2i+1} = \cos\bigl(t / 10000^{2i/d}\bigr) \f]
///
/// \return `[length, d_model]`
Tensor sinusoidal_positions(std::int64_t length, std::int64_t d_model, DType dtype = DType::f32);

/// How a model knows the order of its tokens.
enum class PositionKind { sinusoidal, learned };

/// Adds a vector for each position to the vectors of the tokens.
class Positions : public Module {
 public:
  Positions(PositionKind kind, std::int64_t max_length, std::int64_t d_model, Initializer& init);

  /// \param x      `[batch, length, d_model]`
  /// \param first  position of `x`'s first token, for decoding one token after another
  Variable operator()(const Variable& x, std::int64_t first = 0) const;
  void visit(Visitor& visitor) override;

 private:
  PositionKind kind_;
  Variable table_;  // [max_length, d_model]; a parameter only when learned
};

}  // namespace lectern
