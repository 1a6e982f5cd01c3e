#pragma once

#include <string>
#include <vector>

#include "attention/patterns.h"
#include "tasks/config/config.h"

namespace lectern {

/// `"window, lsh"` as its two names.
std::vector<std::string> listed_names(const std::string& list);

/// The patterns that model.attention names, in its order; a recurrent network has none.
std::vector<const PatternEntry*> patterns_of(const Config& config);

}  // namespace lectern
