#pragma once

#include <cstdint>
#include <string>

#include "tasks/config/config.h"
#include "tasks/grammar/line_index.h"
#include "tasks/grammar/settings.h"
#include "tasks/text/sentence_pair.h"
#include "tasks/text/text_report.h"

namespace lectern {

inline constexpr Finding tab_in_clean_text{"a TAB in a clean sentence", "read as a blank",
                                           "set task.train_form = \"pairs\" if these are pairs"};

/// What the lines of a text of one file become.
struct GrammarReading {
  TextForm form = TextForm::clean;  ///< clean or pairs
  WordRule words = WordRule::treebank;
  CorruptionRates rates;
  std::uint64_t seed = 42;
};

/// How the training text is read.
GrammarReading training_reading(const Config& config);

/// A wrong sentence and the right one, its words with a blank between each two, and what was made wrong.
struct MadePair {
  SentencePair pair;
  ErrorCounts errors = {};
};

/// The pair that a line gives: a function of it and of `key`, which counts lines from 0.
/// \param path    for messages
/// \param origin  is told of a TAB in clean text, which is read as a blank
/// \throws Failure (data), with file and line, for a pair that has not just one TAB
MadePair pair_of_line(const std::string& line, const std::string& path, const CorruptionKey& key,
                      const GrammarReading& reading, const Origin& origin = {});

/// The pair that line `i` (from 0) of a file gives in an epoch. `origin` is told what was mended, too.
MadePair made_pair(const LineIndex& index, std::int64_t i, std::int64_t epoch,
                   const GrammarReading& reading, const Origin& origin = {});

/// The two sides of a pair as they are written. Throws as pair_of_line.
/// \param number  of the line, counted from 1
SentencePair split_pair(const std::string& line, const std::string& path, std::int64_t number);

}  // namespace lectern
