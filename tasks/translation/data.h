#pragma once

#include "tasks/config/config.h"
#include "tasks/text/parallel_text.h"
#include "tasks/training/journal.h"
#include "tasks/translation/translation_task.h"

namespace lectern {

/// Whether a prefix names a part of the built-in corpus instead of files.
bool is_built_in(const std::string& prefix);

/// The pairs of one part of a corpus, `prefix` being one of data.train, data.valid and data.test:
/// the beginning of two files' names, or toy-train, toy-valid or toy-test for the built-in corpus.
/// What had to be mended or left out goes to the journal.
std::vector<SentencePair> load_pairs(const Config& config, const std::string& prefix,
                                     const PairOptions& options, Journal& journal);

/// Notes what a report has to say, if anything.
void tell(const TextReport& report, Journal& journal);

/// Training and validation pairs.
TranslationData load_translation_data(const Config& config, bool strict, Journal& journal);

}  // namespace lectern
