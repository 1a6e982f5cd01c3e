#pragma once

#include "tasks/config/config.h"
#include "tasks/training/journal.h"
#include "tasks/translation/translation_task.h"

namespace lectern {

/// The pairs of one part of a corpus, `prefix` being one of data.train, data.valid and data.test:
/// the beginning of two files' names, or toy-train, toy-valid or toy-test for the built-in corpus.
/// What had to be mended or dropped goes to the journal.
std::vector<SentencePair> load_pairs(const Config& config, const std::string& prefix, bool strict,
                                     Journal& journal);

/// Training and validation pairs.
TranslationData load_translation_data(const Config& config, bool strict, Journal& journal);

}  // namespace lectern
