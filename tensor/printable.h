#pragma once

#include <string>
#include <string_view>

namespace lectern {

/// `text` as it may be shown: what a terminal would obey instead of showing it, control characters
/// and those that turn the direction of writing, is spelled out: `\x1b`, `\n`, `\u202e`.
/// \param kept  control characters that stay, such as "\n\t"
std::string printable(std::string_view text, std::string_view kept = "");

}  // namespace lectern
