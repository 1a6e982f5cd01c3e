#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tasks/report/attention_page.h"
#include "tasks/text/text_report.h"

namespace lectern {

/// One translation of a sentence.
struct Translation {
  std::string text;
  double score = 0.0;                ///< log-probability, or what else the method compares by
  std::vector<std::int32_t> tokens;  ///< of a model's vocabulary
  bool finished = true;              ///< it ends by itself; else the longest length cut it off
};

/// A translation, and which words looked at which while it was made.
struct WatchedTranslation {
  std::string source, translation;
  std::vector<AttentionMap> maps;
};

/// Text in, text out, whatever learned to do it: what the commands know of a translator.
class TextTranslator {
 public:
  virtual ~TextTranslator() = default;

  /// Translations of each sentence, best first, as many as decode.n_best asks for. N in, N out: an
  /// empty sentence gives empty translations.
  /// \param first  where the first sentence stands; what is cut of one is told there
  virtual std::vector<std::vector<Translation>> translate(const std::vector<std::string>& sentences,
                                                          const Origin& first = {}) const = 0;

  /// Translates a sentence and looks on.
  /// \throws Failure (usage) for a text without a word, or where there is nothing to be seen
  virtual WatchedTranslation watch(const std::string& sentence, const Origin& origin) const = 0;
};

/// What `watch` says to a text in which there is no word.
[[noreturn]] void refuse_text_without_words();

}  // namespace lectern
