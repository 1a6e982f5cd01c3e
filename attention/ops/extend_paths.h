#pragma once

#include "tensor/launch.h"

namespace lectern {

/// The hypotheses of a search after one more token: row r of the result is the path that row r
/// continues, `paths[order[r]]`, followed by the row's own token, number `first_token + r`.
///
/// This is all that happens when hypotheses fork, change places or end: the tokens themselves stay
/// where they are (attend_paths.h).
/// \param paths  i32 `[row', length]`, or undefined before the first token
/// \param order  i32 `[row]`, each in `0 … row'-1`; before the first token it says nothing
/// \return       i32 `[row, length + 1]`
/// Errors: on the CPU, an order that is not a row. Cost: one pass over the result.
Tensor extend_paths(const Tensor& paths, const Tensor& order, std::int64_t first_token);

void extend_paths_kernel(Cpu, const Tensor& paths, const Tensor& order, std::int64_t first_token,
                         Tensor& result);
void extend_paths_kernel(Cuda, const Tensor& paths, const Tensor& order, std::int64_t first_token,
                         Tensor& result);

}  // namespace lectern
