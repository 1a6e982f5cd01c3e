#pragma once

#include <vector>

#include "tensor/tensor.h"

namespace lectern {

/// A batch of sentences in the order in which a recurrent network reads them: all first tokens, then
/// all second ones, and so on; or from the last token to the first.
///
/// On a CPU the longest sentence comes first and one that has ended takes part no more, so padding
/// costs nothing (PyTorch's PackedSequence):
///
///     a b c             step 0   step 1   step 2
///     d - -    becomes  a f d    b g      c
///     f g -
///
/// On a GPU, whose lengths the host does not know, every sentence takes part in every step, and the
/// kernels leave the state of one that has ended as it is.
struct PackedSteps {
  std::int64_t batch = 0, length = 0;
  bool reverse = false;
  Tensor lengths = {};  ///< i32 [batch]; undefined: all are `length` long
  Tensor sentences =
      {};            ///< i32 [batch], which one stands at each place of a step; undefined: its own
  Tensor last = {};  ///< i32 [batch], of each sentence: `batch` + its last row, or its place if it
                     ///< is empty; undefined: the last `batch` rows
  std::vector<std::int64_t> begin = {};  ///< rows begin[t] … begin[t+1]−1 are step t

  std::int64_t rows() const { return begin.back(); }
  std::int64_t rows_of(std::int64_t step) const { return begin[step + 1] - begin[step]; }
  /// True where sentences that have ended take part in the steps.
  bool is_masked() const { return lengths.defined() && !sentences.defined(); }
};

/// \param extents  `[batch, length, …]`
/// \param lengths  i32 `[batch]`, each from 0 to length, on the device of the numbers; undefined: no
///                 sentence is padded
/// Errors: lengths of another shape or dtype, or (on a CPU) outside their range.
PackedSteps packed_steps(const Shape& extents, const Tensor& lengths, bool reverse,
                         Where where = Where::current());

/// `[batch, length, width]` to `[row, width]`; rows of padding, if there are any, are zero.
Tensor pack_steps(const Tensor& x, const PackedSteps& steps, Where where = Where::current());

/// The way back, and the derivative of pack_steps: padding is zero.
/// \param rows  `[row, width]`
/// \param x     `[batch, length, width]`, overwritten
void unpack_steps(const Tensor& rows, const PackedSteps& steps, Tensor& x);

/// A state, `[batch, width]`, with each sentence at its place in the steps, and the way back.
Tensor to_places(const Tensor& state, const PackedSteps& steps);
Tensor from_places(const Tensor& state, const PackedSteps& steps);

}  // namespace lectern
