#include "tasks/text/corpus.h"

#include <algorithm>
#include <filesystem>

#include "tasks/failure.h"

namespace lectern {
namespace {

std::string find_file(const std::string& prefix, const std::string& language) {
  const std::string plain = prefix + "." + language, packed = plain + ".gz";
  std::error_code ignored;
  if (std::filesystem::exists(plain, ignored)) return plain;
  if (std::filesystem::exists(packed, ignored)) return packed;
  throw Failure(ExitCode::data,
                text(plain, ": no such file, nor ", packed,
                     "; for Multi30k run `lectern data multi30k` first, else check the paths in "
                     "the table [data]"));
}

bool is_blank(const std::string& line) {
  return line.find_first_not_of(" \t\r\n\v\f") == std::string::npos;
}

}  // namespace

ParallelFiles find_parallel_files(const std::string& prefix, const std::string& source_language,
                                  const std::string& target_language) {
  return {find_file(prefix, source_language), find_file(prefix, target_language)};
}

ParallelText read_parallel(const ParallelFiles& files, const ReadOptions& options) {
  ParallelText result;
  std::vector<std::string> source = read_lines(files.source, options, &result.source_report);
  std::vector<std::string> target = read_lines(files.target, options, &result.target_report);
  if (source.size() != target.size())
    throw Failure(ExitCode::data, text(files.source, " has ", source.size(), " lines, but ",
                                       files.target, " has ", target.size(),
                                       "; line i of one must be the translation of line i of the "
                                       "other"));
  for (std::size_t i = 0; i < source.size(); ++i) {
    if (is_blank(source[i]) || is_blank(target[i]))
      ++result.dropped_empty;
    else
      result.pairs.push_back({std::move(source[i]), std::move(target[i])});
  }
  return result;
}

TokenCorpus encode_corpus(const std::vector<SentencePair>& pairs, const Tokenizer& source,
                          const Tokenizer& target, std::int64_t max_length) {
  TokenCorpus corpus;
  for (const SentencePair& pair : pairs) {
    TokenPair tokens{source.encode(pair.source), target.encode(pair.target)};
    const auto longest = std::max(tokens.source.size(), tokens.target.size());
    if (static_cast<std::int64_t>(longest) > max_length)
      ++corpus.dropped_long;
    else
      corpus.pairs.push_back(std::move(tokens));
  }
  return corpus;
}

}  // namespace lectern
