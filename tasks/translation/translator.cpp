#include "tasks/translation/translator.h"

#include <algorithm>
#include <cmath>

#include "tasks/config/architecture.h"
#include "tasks/failure.h"
#include "tasks/task/task_kind.h"
#include "tasks/task/trained_run.h"
#include "tasks/text/batches.h"
#include "tasks/translation/attention_maps.h"
#include "tasks/translation/model_options.h"
#include "tensor/parallel.h"

namespace lectern {

Translator::Translator(const EncoderDecoder& model, Vocabularies vocabularies,
                       const DecodeConfig& options)
    : model_(model), vocabularies_(std::move(vocabularies)), options_(options) {}

std::string Translator::translate(const std::string& sentence) const {
  return translate(std::vector<std::string>{sentence})[0][0].text;
}

std::vector<std::vector<Translation>> Translator::translate(
    const std::vector<std::string>& sentences, const Origin& first) const {
  std::vector<std::vector<std::int32_t>> sources;
  Origin origin = first;
  for (const std::string& sentence : sentences) {
    sources.push_back(encode(sentence, origin));
    ++origin.line;
  }

  std::vector<std::vector<Translation>> translations(sentences.size());
  const auto translate_batch = [&](std::vector<std::int64_t> batch) {
    std::erase_if(batch, [&](std::int64_t i) { return sources[i].empty(); });
    if (batch.empty()) return;
    const auto found = search(sources, batch, first.line);
    for (std::size_t row = 0; row < batch.size(); ++row)
      for (const Hypothesis& hypothesis : found[row])
        translations[batch[row]].push_back({vocabularies_.target->decode(hypothesis.tokens),
                                            hypothesis.score, hypothesis.tokens,
                                            hypothesis.finished});
  };
  // Each thread translates batches of its own: a step is too short to share. A GPU has one stream.
  const auto batches = plan_by_length(sources, {.batch_tokens = batch_tokens(sources)});
  const auto count = static_cast<std::int64_t>(batches.size());
  parallel_for(count, default_device() == cpu ? 1 : std::max<std::int64_t>(count, 1),
               [&](std::int64_t begin, std::int64_t end) {
                 for (std::int64_t i = begin; i < end; ++i) translate_batch(batches[i]);
               });
  Origin of_each = first;
  for (auto& best : translations) {
    best.resize(options_.n_best);  // an empty sentence has none
    if (!best[0].finished) of_each.tell(unended, text("after ", best[0].tokens.size(), " tokens"));
    ++of_each.line;
  }
  return translations;
}

std::int64_t Translator::batch_tokens(const std::vector<std::vector<std::int32_t>>& sources) const {
  constexpr std::int64_t batches_per_thread = 16, worthwhile = 512;
  if (default_device() != cpu) return options_.batch_tokens;
  std::int64_t tokens = 0;
  for (const auto& source : sources) tokens += static_cast<std::int64_t>(source.size()) + 1;
  const std::int64_t fair_share = tokens / (batches_per_thread * thread_count());
  return std::min(options_.batch_tokens, std::max(fair_share, worthwhile));
}

std::vector<std::int32_t> Translator::encode(const std::string& sentence,
                                             const Origin& origin) const {
  std::vector<std::int32_t> tokens = vocabularies_.source->encode(sentence, origin);
  const auto longest = static_cast<std::size_t>(longest_sentence(model_.max_length()));
  if (tokens.size() > longest) {
    origin.tell(long_sentence, text(tokens.size(), " tokens, cut to ", longest));
    tokens.resize(longest);
  }
  return tokens;
}

std::vector<std::vector<Hypothesis>> Translator::search(
    const std::vector<std::vector<std::int32_t>>& sources, const std::vector<std::int64_t>& which,
    std::int64_t first_line) const {
  const Batch batch = make_source_batch(sources, which);
  Decoder decoder(model_, {batch.source, batch.source_lengths});

  std::vector<std::int64_t> max_lengths;
  for (const std::int64_t i : which) {
    const double by_ratio = options_.max_length_ratio * static_cast<double>(sources[i].size()) +
                            static_cast<double>(options_.max_length_offset);
    max_lengths.push_back(std::min({static_cast<std::int64_t>(by_ratio), options_.max_length,
                                    longest_sentence(model_.max_length())}));
  }
  if (options_.temperature > 0.0) {
    std::vector<std::int64_t> numbers = which;  // of the whole text's sentences
    for (std::int64_t& number : numbers) number += first_line - 1;
    const SamplingOptions sampling{.temperature = options_.temperature,
                                   .top_k = options_.top_k,
                                   .top_p = options_.top_p,
                                   .draws = static_cast<int>(options_.n_best),
                                   .seed = static_cast<std::uint64_t>(options_.seed),
                                   .sentence_numbers = numbers,
                                   .max_lengths = max_lengths,
                                   .special = {}};
    auto results = sample(decoder, sampling);
    for (auto& draws : results) std::ranges::stable_sort(draws, std::greater{}, &Hypothesis::score);
    return results;
  }
  return beam_search(decoder, {.beam_size = static_cast<int>(options_.beam_size),
                               .length_penalty = options_.length_penalty,
                               .n_best = static_cast<int>(options_.n_best),
                               .max_lengths = max_lengths,
                               .special = {}});
}

namespace {

void expect_attention(const TrainedModel& trained) {
  const Config& config = trained.config;
  if (!is_recurrent(config) || config.model.attention_score != ScoreKind::none) return;
  throw Failure(ExitCode::usage,
                text(trained.checkpoint_path, ": nothing is looked at here: this run has ",
                     "model.attention_score = \"none\", so that its decoder knows the last state ",
                     "alone; try a run with another score"));
}

}  // namespace

NeuralTranslator::NeuralTranslator(TrainedModel trained)
    : trained_(std::move(trained)),
      translator_(*trained_.model, trained_.vocabularies, trained_.config.decode) {}

std::vector<std::vector<Translation>> NeuralTranslator::translate(
    const std::vector<std::string>& sentences, const Origin& first) const {
  return translator_.translate(sentences, first);
}

WatchedTranslation NeuralTranslator::watch(const std::string& sentence,
                                           const Origin& origin) const {
  expect_attention(trained_);
  if (translator_.encode(sentence).empty()) refuse_text_without_words();
  return watch_translation(translator_, *trained_.model, sentence, origin);
}

TrainedModel trained_model(const Checkpoint& checkpoint, const Config& config,
                           const std::string& task) {
  TrainedModel trained;
  trained.checkpoint_path = checkpoint.path;
  trained.config = config;
  expect_task(trained.config, task, checkpoint.path);
  trained.vocabularies = read_vocabularies(checkpoint, config.data.lowercase);
  Initializer init = Initializer::blank();
  trained.model = make_translation_model(trained.config, trained.vocabularies, init);
  load_parameters(*trained.model, checkpoint);
  prepare_for_inference(*trained.model);
  return trained;
}

TrainedModel load_model(const std::string& run) {
  const auto [checkpoint, config] = open_run(run);
  return trained_model(checkpoint, config);
}

}  // namespace lectern
