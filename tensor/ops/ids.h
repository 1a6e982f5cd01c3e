#pragma once

#include <cstdint>
#include <optional>

#include "tensor/tensor.h"

namespace lectern {

/// Throws unless `ids` are i32 numbers from 0 to vocab−1, or `ignore`. The message names the first
/// other one and its position. Ids on a GPU: see set_device_ids_checked.
void expect_ids(const char* op, const Tensor& ids, std::int64_t vocab,
                std::optional<std::int32_t> ignore = {}, Where where = Where::current());

struct BadId {
  std::int64_t position;
  std::int32_t id;
};

/// The first of the i32 numbers that is neither in 0 … vocab−1 nor `ignore`; nothing when there is
/// none, or when nobody looks (set_device_ids_checked).
std::optional<BadId> find_bad_id(const Tensor& ids, std::int64_t vocab,
                                 std::optional<std::int32_t> ignore = {});

/// Whether ids that lie on a GPU are looked at before they are used. To see them the program waits
/// for all that it has started there, and can start nothing ahead; a graph can not be recorded.
/// So only the emulator and debug builds look, unless this says otherwise. A wrong id that nobody
/// looked at makes a kernel read what is not its own. Ids on the CPU are always looked at.
void set_device_ids_checked(bool checked);
bool device_ids_are_checked();
/// Whether somebody looks at these ids: they lie on the CPU, or ids on a GPU are checked and no graph
/// is being recorded.
bool ids_are_looked_at(const Tensor& ids);

}  // namespace lectern
