#include "tasks/translation/data.h"

#include <optional>

#include "tasks/failure.h"
#include "tasks/metrics/unicode.h"
#include "tasks/translation/toy_corpus.h"

namespace lectern {
namespace {

/// The built-in corpus has names instead of files.
std::optional<std::vector<SentencePair>> toy_pairs(const std::string& prefix) {
  if (prefix == "toy-train") return make_toy_corpus().train;
  if (prefix == "toy-valid") return make_toy_corpus().valid;
  if (prefix == "toy-test") return make_toy_corpus().test;
  return std::nullopt;
}

void tell(const std::string& path, const TextReport& report, Journal& journal) {
  if (const std::string mended = report.summary(); !mended.empty())
    journal.note("warning: " + path + ": " + mended);
}

}  // namespace

std::vector<SentencePair> load_pairs(const Config& config, const std::string& prefix, bool strict,
                                     Journal& journal) {
  if (auto toy = toy_pairs(prefix)) return *std::move(toy);
  const ParallelFiles files = find_parallel_files(prefix, config.data.src, config.data.tgt);
  ParallelText read = read_parallel(files, {.strict = strict});
  tell(files.source, read.source_report, journal);
  tell(files.target, read.target_report, journal);
  if (read.dropped_empty > 0)
    journal.note(text("warning: ", prefix, ": ", read.dropped_empty,
                      " pairs dropped because a side is empty"));
  if (config.data.lowercase) {
    for (SentencePair& pair : read.pairs) {
      pair.source = lower_case(pair.source);
      pair.target = lower_case(pair.target);
    }
  }
  return std::move(read.pairs);
}

TranslationData load_translation_data(const Config& config, bool strict, Journal& journal) {
  if (config.data.train.empty())
    throw Failure(ExitCode::usage,
                  "data.train is not set; give the prefix of the training files, "
                  "for example --set data.train=data/multi30k/train");
  TranslationData data;
  data.train = load_pairs(config, config.data.train, strict, journal);
  if (!config.data.valid.empty())
    data.valid = load_pairs(config, config.data.valid, strict, journal);
  return data;
}

}  // namespace lectern
