#pragma once

#include "tensor/tensor.h"

namespace lectern {

/// Which tokens rows look at, by their numbers: those of the sentence that a hypothesis translates,
/// or those that it consists of so far.
struct Paths {
  Tensor tokens;   ///< i32 `[path, length]`
  Tensor lengths;  ///< i32 `[path]`: so many of them count; undefined: all

  std::int64_t count() const { return tokens.dim(0); }
  std::int64_t length() const { return tokens.dim(1); }
};

/// Attention of single tokens, the newest ones of the hypotheses of a search.
///
/// The keys and values of all tokens lie in one table, in the order in which they were read, and
/// stay there: hypotheses that grow from each other share tokens, and when they fork or end, only
/// paths change. The same as attend_fused, one query a row, with keys `gather_rows(keys, tokens)`,
/// such values, and `padding_mask(lengths)`.
/// \param q            `[row, 1, d_model]`, the heads side by side. Rows come in groups of equal
///                     size, a group for each path
/// \param keys,values  `[token, d_model]`, or of fewer heads (key_value_heads)
/// \return             `[row, 1, d_model]`
/// Errors: shapes that do not fit, on the CPU, a path that leaves the table.
/// Cost: 4 · row · length · d_model operations.
Tensor attend_paths(const Tensor& q, const Tensor& keys, const Tensor& values, const Paths& paths,
                    int heads);

/// The definition: every path's keys and values are copied out of the table, and attended exactly.
Tensor attend_paths_by_definition(const Tensor& q, const Tensor& keys, const Tensor& values,
                                  const Paths& paths, int heads);

struct AttendPathsInputs {
  const Tensor &q, &keys, &values;
  const Paths& paths;
  std::int64_t heads;
};
/// The second argument is a number of the tensors' dtype.
void attend_paths_kernel(Cpu, float, const AttendPathsInputs& inputs, Tensor& result);
void attend_paths_kernel(Cpu, double, const AttendPathsInputs& inputs, Tensor& result);
void attend_paths_kernel(Cuda, float, const AttendPathsInputs& inputs, Tensor& result);
void attend_paths_kernel(Cuda, double, const AttendPathsInputs& inputs, Tensor& result);

}  // namespace lectern
