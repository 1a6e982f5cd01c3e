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

/// How a model knows the order of its tokens; `none`: only by masks and windows (without them, a
/// sentence is a bag of words).
enum class PositionKind { sinusoidal, learned, axial, none };

constexpr std::string_view name_of(PositionKind kind) {
  switch (kind) {
    case PositionKind::sinusoidal: return "sinusoidal";
    case PositionKind::learned: return "learned";
    case PositionKind::axial: return "axial";
    case PositionKind::none: return "none";
  }
  return {};
}

/// Two small tables instead of a long one: the sequence is written in `rows` lines of `columns`
/// positions, and a position is told by its row and its column.
///
/// \f[ P_t = \bigl[\, R_{t \,\mathrm{div}\, columns},\; C_{t \bmod columns} \,\bigr] \f]
///
/// 524,288 positions of width 1024 would take half a billion parameters; 512 rows and 1024 columns
/// of width 512 take 786,432. Source: Kitaev et al. 2020, "Reformer".
struct AxialPositions {
  std::int64_t rows, columns;            ///< any length up to rows · columns
  std::int64_t row_width, column_width;  ///< their sum is d_model

  /// The squarest layout for a length: rows and columns are powers of two, widths equal halves.
  static AxialPositions for_length(std::int64_t max_length, std::int64_t d_model);
};

/// Adds a vector for each position to the vectors of the tokens.
class Positions : public Module {
 public:
  Positions(PositionKind kind, std::int64_t max_length, std::int64_t d_model, Initializer& init);
  Positions(const AxialPositions& axial, Initializer& init);

  /// \param x      `[batch, length, d_model]`
  /// \param first  position of `x`'s first token, for decoding one token after another
  Variable operator()(const Variable& x, std::int64_t first = 0,
                      Where where = Where::current()) const;
  /// The same for a position that is told by numbers in memory, find(position): what a recorded
  /// step of a decoder needs, which finds other numbers there every time.
  Variable at(const Variable& x, const Tensor& place) const;
  /// Where the tables hold positions: i32 `[length]`, or rows and columns of axial ones, `[2,
  /// length]`.
  Tensor find(std::int64_t first, std::int64_t length = 1) const;
  void visit(Visitor& visitor) override;

 private:
  std::int64_t max_length() const { return max_length_; }
  void expect_known(std::int64_t length, Where where) const;
  /// `[length, d_model]`
  Variable look_up(const Tensor& places) const;

  PositionKind kind_;
  std::int64_t max_length_;
  Variable table_;    // [max_length, d_model], a parameter only when learned; [rows, row_width]
  Variable columns_;  // [columns, column_width], only when axial
};

}  // namespace lectern
