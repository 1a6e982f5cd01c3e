#include "tasks/translation/data.h"

#include <optional>

#include "tasks/failure.h"
#include "tasks/translation/toy_corpus.h"

namespace lectern {
namespace {

/// The built-in corpus has names instead of files.
std::optional<std::vector<SentencePair>> toy_pairs(const std::string& prefix) {
  if (!is_built_in(prefix)) return std::nullopt;
  ToyCorpus corpus = make_toy_corpus();
  auto& pairs = prefix == "toy-train"   ? corpus.train
                : prefix == "toy-valid" ? corpus.valid
                                        : corpus.test;
  for (std::size_t i = 0; i < pairs.size(); ++i) pairs[i].line = static_cast<std::int64_t>(i) + 1;
  return std::move(pairs);
}

}  // namespace

bool is_built_in(const std::string& prefix) {
  return prefix == "toy-train" || prefix == "toy-valid" || prefix == "toy-test";
}

std::vector<SentencePair> load_pairs(const Config& config, const std::string& prefix,
                                     const PairOptions& options, Journal& journal) {
  if (auto toy = toy_pairs(prefix)) return *std::move(toy);
  const ParallelFiles files = find_parallel_files(prefix, config.data.src, config.data.tgt);
  ParallelText read = read_parallel(files, options);
  for (const TextReport* report : {&read.source_report, &read.target_report, &read.report})
    tell(*report, journal);
  return std::move(read.pairs);
}

void tell(const TextReport& report, Journal& journal) {
  if (const std::string summary = report.summary(); !summary.empty())
    journal.note("warning: " + summary);
}

TranslationData load_translation_data(const Config& config, bool strict, Journal& journal) {
  if (config.data.train.empty())
    throw Failure(ExitCode::usage,
                  "data.train is not set; give the prefix of the training files, "
                  "for example --set data.train=data/multi30k/train");
  TranslationData data{.train = {}, .valid = {}, .strict = strict};
  data.train = load_pairs(config, config.data.train, {.strict = strict}, journal);
  if (!config.data.valid.empty())
    data.valid = load_pairs(config, config.data.valid, {.strict = strict}, journal);
  return data;
}

}  // namespace lectern
