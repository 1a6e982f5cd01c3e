#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace lectern {

/// What grows how with these lengths, if every operation takes a ten-millionth of a second: the
/// first half of what `lectern complexity` prints.
std::string operations_on_paper(const std::vector<std::int64_t>& lengths);

}  // namespace lectern
