#pragma once

#include <string>
#include <vector>

#include "tasks/text/lines.h"
#include "tasks/text/sentence_pair.h"
#include "tasks/text/tokenizer.h"

namespace lectern {

/// Sentences and their translations, line by line.
struct ParallelText {
  std::vector<SentencePair> pairs;
  std::int64_t dropped_empty = 0;  ///< pairs in which a side was empty
  TextReport source_report, target_report;
};

struct ParallelFiles {
  std::string source, target;  ///< paths; see find_parallel_files
};

/// The two files of a corpus named as Multi30k and JoeyNMT do it: `prefix.de` and `prefix.en`, plain
/// or with ".gz". Throws Failure(data) with the paths that were tried.
ParallelFiles find_parallel_files(const std::string& prefix, const std::string& source_language,
                                  const std::string& target_language);

/// Reads line i of both files as a pair. Pairs with an empty side are dropped and counted, after
/// pairing, so that the rest stays aligned. Throws Failure(data) when the line counts differ.
ParallelText read_parallel(const ParallelFiles& files, const ReadOptions& options = {});

/// A sentence pair as token numbers, without <s> and </s>.
struct TokenPair {
  std::vector<std::int32_t> source, target;
};

struct TokenCorpus {
  std::vector<TokenPair> pairs;
  std::int64_t dropped_long = 0;  ///< pairs with more than max_length tokens on a side
};

/// \param max_length  longest allowed sentence in tokens, <s> and </s> not counted
TokenCorpus encode_corpus(const std::vector<SentencePair>& pairs, const Tokenizer& source,
                          const Tokenizer& target, std::int64_t max_length);

}  // namespace lectern
