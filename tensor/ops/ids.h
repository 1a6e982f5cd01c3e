#pragma once

#include <cstdint>
#include <optional>

#include "tensor/tensor.h"

namespace lectern {

/// Throws unless `ids` are i32 numbers from 0 to vocab−1, or `ignore`. The message names the first
/// other one and its position.
void expect_ids(const char* op, const Tensor& ids, std::int64_t vocab,
                std::optional<std::int32_t> ignore = {});

}  // namespace lectern
