#include "tasks/translation/statistical_translator.h"

#include "tasks/config/task_table.h"
#include "tasks/failure.h"
#include "tasks/task/trained_run.h"
#include "tasks/text/unicode.h"
#include "tasks/text/word_tokenizer.h"
#include "tasks/translation/statistical/rule_translator.h"
#include "tensor/parallel.h"

namespace lectern {
namespace {

ChannelSearch search_of(const Config& config) {
  const auto& settings = config.task.as<StatisticalSettings>();
  return {.stack_size = static_cast<std::size_t>(config.decode.beam_size),
          .renderings = static_cast<std::size_t>(settings.renderings),
          .distortion_limit = static_cast<std::size_t>(settings.distortion_limit)};
}

/// What was learned cannot be set otherwise afterwards.
void expect_as_trained(const Checkpoint& checkpoint, const Config& config) {
  const Config trained = trained_config(checkpoint);
  for (const Field& field : find_task_table(config.task.name)->keys)
    if (!field.may_change && field.get(config) != field.get(trained))
      throw Failure(ExitCode::usage,
                    text(field.key(), " = ", to_toml(field.get(config)), ": ", checkpoint.path,
                         " was trained with ", to_toml(field.get(trained)), "; leave it out"));
}

/// A translator that owns its model.
struct Loaded {
  StatisticalModel model;
};
class LoadedTranslator : private Loaded, public StatisticalTranslator {
 public:
  LoadedTranslator(StatisticalModel learned, const Config& config)
      : Loaded{std::move(learned)}, StatisticalTranslator(Loaded::model, config) {}
};

AttentionMap alignment_map(const Aligner& aligner, const TokenPair& pair,
                           const std::vector<std::string>& rows, std::vector<std::string> columns) {
  const LinkProbabilities links = aligner.posterior(pair);
  columns.emplace_back("NULL");
  AttentionMap map{.kind = "alignment", .rows = rows, .columns = std::move(columns)};
  for (std::size_t j = 0; j < rows.size(); ++j) {
    const double* row = links.row(j);
    for (std::size_t i = 1; i <= links.source; ++i)
      map.weights.push_back(static_cast<float>(row[i]));
    map.weights.push_back(static_cast<float>(row[0]));
  }
  return map;
}

AttentionMap search_map(const Alignment& alignment, const std::vector<std::string>& rows,
                        const std::vector<std::string>& columns) {
  AttentionMap map{.kind = "search", .rows = rows, .columns = columns};
  map.weights.assign(rows.size() * columns.size(), 0.0f);
  for (std::size_t j = 0; j < rows.size(); ++j)
    map.weights[j * columns.size() + static_cast<std::size_t>(alignment[j])] = 1.0f;
  return map;
}

}  // namespace

StatisticalTranslator::StatisticalTranslator(const StatisticalModel& model, const Config& config)
    : model_(model),
      lowercase_(config.data.lowercase),
      max_length_(static_cast<std::size_t>(config.model.max_length)),
      channel_(model.renderings, model.language, config.task.as<StatisticalSettings>().weights,
               search_of(config)) {}

StatisticalTranslator::Source StatisticalTranslator::read(const std::string& sentence,
                                                          const Origin& origin) const {
  std::string prepared = lowercase_ ? lower_case(sentence) : sentence;
  cut_long_words(prepared);
  Source source{split_words(prepared), model_.vocabularies.source->encode(sentence, origin)};
  if (source.numbers.empty()) source.words.clear();  // white space that is no ASCII
  check(source.words.size() == source.numbers.size(), [&] {
    return text(source.words.size(), " words, but ", source.numbers.size(), " numbers");
  });
  if (source.words.size() > max_length_) {
    origin.tell(long_sentence, text(source.words.size(), " tokens, cut to ", max_length_));
    source.words.resize(max_length_);
    source.numbers.resize(max_length_);
  }
  return source;
}

std::vector<std::string> StatisticalTranslator::words_of(const ChannelTranslation& translation,
                                                         const Source& source) const {
  std::vector<std::string> words;
  for (const ChannelTranslation::Step& step : translation.steps)
    for (const Word word : step.words)
      words.push_back(word == Tokenizer::unknown ? source.words[step.source]
                                                 : model_.vocabularies.target->piece(word));
  return words;
}

std::vector<std::vector<Translation>> StatisticalTranslator::translate(
    const std::vector<std::string>& sentences, const Origin& first) const {
  std::vector<Source> sources;
  Origin origin = first;
  for (const std::string& sentence : sentences) {
    sources.push_back(read(sentence, origin));
    ++origin.line;
  }
  std::vector<std::vector<Translation>> translations(sentences.size());
  parallel_for(std::ssize(sources), 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const ChannelTranslation found = search(sources[i]);
      translations[i] = {{join_words(words_of(found, sources[i])), found.score, found.words()}};
    }
  });
  return translations;
}

WatchedTranslation StatisticalTranslator::watch(const std::string& sentence,
                                                const Origin& origin) const {
  const Source source = read(sentence, origin);
  if (source.numbers.empty()) refuse_text_without_words();
  const ChannelTranslation found = search(source);
  const std::vector<std::string> words = words_of(found, source);
  if (words.empty())
    throw Failure(ExitCode::usage,
                  "the translation has no word, so that there is nothing to be "
                  "seen; try a longer sentence");
  return {sentence,
          join_words(words),
          {alignment_map(*model_.aligner, {source.numbers, found.words()}, words, source.words),
           search_map(found.alignment(), words, source.words)}};
}

std::vector<std::vector<Translation>> RuleTranslator::translate(
    const std::vector<std::string>& sentences, const Origin&) const {
  std::vector<std::vector<Translation>> translations;
  for (const std::string& sentence : sentences)
    translations.push_back({{.text = translate_by_rules(sentence).text, .tokens = {}}});
  return translations;
}

WatchedTranslation RuleTranslator::watch(const std::string&, const Origin&) const {
  throw Failure(ExitCode::usage,
                "rules look at no word while they write another; there is nothing "
                "to be seen. Try a run of task.method = ibm1 or hmm");
}

std::unique_ptr<TextTranslator> load_statistical(const Checkpoint& checkpoint,
                                                 const Config& config) {
  expect_as_trained(checkpoint, config);
  const auto& settings = config.task.as<StatisticalSettings>();
  if (settings.method == TranslationMethod::rules) return std::make_unique<RuleTranslator>();
  return std::make_unique<LoadedTranslator>(read_model(checkpoint, config), config);
}

}  // namespace lectern
