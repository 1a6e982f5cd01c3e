#pragma once

#include <string_view>

namespace lectern {

/// The networks that translate.
enum class Architecture { transformer, recurrent };

constexpr std::string_view name_of(Architecture architecture) {
  switch (architecture) {
    case Architecture::transformer: return "transformer";
    case Architecture::recurrent: return "recurrent";
  }
  return {};
}

}  // namespace lectern
