#pragma once

#include "attention/ops/paths/attend_paths.h"

namespace lectern {

/// The hypotheses of a search after n more tokens: row r of the result is the path that row r
/// continues, number `order[r]`, followed by the row's own tokens.
///
/// This is all that happens when hypotheses fork, change places or end: the tokens themselves stay
/// where they are (attend_paths.h).
/// \param paths   `[row', room']`; undefined before the first token
/// \param order   i32 `[row]`, each in `0 … row'-1`; before the first token it says nothing
/// \param tokens  i32 `[row, n]`, the numbers of each row's own tokens
/// \param room    how many tokens a path of the result can hold: more than it needs now, so that
///                the next steps have tensors of the same shape
/// \return        `[row, room]`, with lengths
/// Errors: on the CPU, an order that is not a row, and a path that is too long for its room. Cost:
/// one pass over the result.
Paths extend_paths(const Paths& paths, const Tensor& order, const Tensor& tokens,
                   std::int64_t room);

struct ExtendPathsInputs {
  const Paths& paths;
  const Tensor &order, &tokens;
};
void extend_paths_kernel(Cpu, const ExtendPathsInputs& inputs, Paths& result);
void extend_paths_kernel(Cuda, const ExtendPathsInputs& inputs, Paths& result);

}  // namespace lectern
