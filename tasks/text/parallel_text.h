#pragma once

#include <string>
#include <vector>

#include "tasks/text/sentence_pair.h"
#include "tasks/text/text_report.h"

namespace lectern {

/// Sentences and their translations, line by line.
struct ParallelText {
  std::vector<SentencePair> pairs;
  TextReport source_report, target_report;
  TextReport report;  ///< of the pairs that were left out
};

struct ParallelFiles {
  std::string source, target;  ///< paths; see find_parallel_files
};

/// The two files of a corpus named as Multi30k and JoeyNMT do it: `prefix.de` and `prefix.en`, plain
/// or with ".gz". Throws Failure(data) with the paths that were tried.
ParallelFiles find_parallel_files(const std::string& prefix, const std::string& source_language,
                                  const std::string& target_language);

struct PairOptions {
  bool strict = false;      ///< refuse what would have to be mended or left out
  bool keep_empty = false;  ///< keep pairs of which a side is blank, so that all lines are there
};

/// Reads line i of both files as a pair. Pairs with a blank side are left out, after pairing, so
/// that the rest stays aligned. Memory: the pairs that are kept. Throws Failure(data) when the line
/// counts differ.
ParallelText read_parallel(const ParallelFiles& files, const PairOptions& options = {});

}  // namespace lectern
