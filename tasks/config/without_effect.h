#pragma once

#include <string>
#include <vector>

#include "tasks/config/config.h"

namespace lectern {

/// What is set to another value than the default and changes nothing, a sentence each:
/// `decode.top_k = 5 has no effect: it is for decode.temperature > 0`.
std::vector<std::string> settings_without_effect(const Config& config);

/// The same, of the keys that were `typed` alone.
std::vector<std::string> settings_without_effect(const Config& config,
                                                 const std::vector<Override>& typed);

}  // namespace lectern
