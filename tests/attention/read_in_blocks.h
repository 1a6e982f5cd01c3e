#pragma once

#include <algorithm>
#include <numeric>
#include <vector>

#include "attention/multi_head.h"
#include "tensor/ops/concatenate.h"

namespace lectern {

/// 0, 1, 2, …: every row goes on.
inline Tensor same_rows(std::int64_t rows) {
  std::vector<std::int32_t> order(static_cast<std::size_t>(rows));
  std::iota(order.begin(), order.end(), 0);
  return tensor_of<std::int32_t>({rows}, order);
}

/// What self-attention gives to x `[row, length, d_model]` when it reads a few tokens at a time.
inline Tensor read_in_blocks(const MultiHeadAttention& attention, const Tensor& x,
                             std::int64_t block) {
  const NoGradient no_gradient;
  const std::int64_t length = x.dim(1);
  const auto cache = attention.start(length);
  const Tensor order = same_rows(x.dim(0));
  TokenPaths paths;
  std::vector<Tensor> outputs;
  for (std::int64_t t = 0; t < length; t += block) {
    const Variable tokens(slice(x, 1, t, std::min(t + block, length)));
    const NewestTokens newest = paths.extend(paths.prepare(order, tokens.dim(1)));
    outputs.push_back(attention.step(tokens, *cache, newest).value());
  }
  return concatenate(outputs, 1);
}

}  // namespace lectern
