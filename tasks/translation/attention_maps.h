#pragma once

#include <string>
#include <vector>

#include "tasks/report/attention_page.h"
#include "tasks/translation/translator.h"

namespace lectern {

/// Translates a sentence and looks on: where every head of every layer looked for every token.
struct WatchedTranslation {
  std::string source, translation;
  std::vector<AttentionMap> maps;
};
WatchedTranslation watch_translation(const Translator& translator, Transformer& model,
                                     const std::string& sentence);

}  // namespace lectern
