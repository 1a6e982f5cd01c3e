#pragma once

#include <string>
#include <vector>

#include "tasks/config/config.h"
#include "tasks/task/split.h"

namespace lectern {

/// Sentences to be measured on: in memory, as they stand in their files.
struct GrammarLines {
  std::string name = {};                                  ///< of the files, for messages
  std::vector<std::string> sources = {};                  ///< wrong ones
  std::vector<std::vector<std::string>> references = {};  ///< `[reference, line]`
};

/// data.train, data.valid or data.test. Errors of clean text are drawn with a seed that no configuration
/// changes, so that every model is measured on the same ones.
/// \throws Failure (usage) where the key is not set; (data) for what cannot be read or does not fit
///         together, as the numbers of lines of references
GrammarLines load_grammar_lines(const Config& config, Split split, bool strict);

}  // namespace lectern
