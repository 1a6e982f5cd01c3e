#include "attention/token_paths.h"

#include <algorithm>
#include <numeric>

#include "attention/ops/paths/extend_paths.h"

namespace lectern {

TokenPaths::Call TokenPaths::prepare(const Tensor& order, std::int64_t n) {
  constexpr std::int64_t steps_at_first = 32;
  const std::int64_t rows = order.dim(0), first = tokens_read_;
  before_ = length_;
  length_ += n;
  tokens_read_ += rows * n;
  moved_ = rows_ != rows;
  rows_ = rows;
  if (room_ < length_) {
    room_ = std::max({steps_at_first, 2 * room_, length_});
    moved_ = true;
  }
  if (table_room_ < tokens_read_) {
    table_room_ = std::max({2 * table_room_, steps_at_first * rows, tokens_read_});
    moved_ = true;
  }
  std::vector<std::int32_t> numbers(static_cast<std::size_t>(rows * n));
  std::iota(numbers.begin(), numbers.end(), static_cast<std::int32_t>(first));
  return {order, tensor_of<std::int32_t>({rows, n}, numbers)};
}

NewestTokens TokenPaths::extend(const Call& call) {
  const Paths longer = extend_paths(paths_, call.order, call.numbers, room_);
  if (paths_.tokens.defined() && paths_.tokens.shape() == longer.tokens.shape()) {
    paths_.tokens.copy_from(longer.tokens);  // in place, for a recorded step
    paths_.lengths.copy_from(longer.lengths);
  } else {
    paths_ = longer;
  }
  return {call.numbers, paths_, before_, table_room_};
}

}  // namespace lectern
