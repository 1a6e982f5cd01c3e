#include "tasks/translation/translation_kind.h"

#include "tasks/config/settings.h"
#include "tasks/failure.h"
#include "tasks/metrics/bleu.h"
#include "tasks/metrics/bootstrap.h"
#include "tasks/metrics/chrf.h"
#include "tasks/training/finite.h"
#include "tasks/training/output_file.h"
#include "tasks/translation/data.h"
#include "tasks/translation/encoder_decoder_task.h"
#include "tasks/translation/scores.h"
#include "tasks/translation/translator.h"

namespace lectern {
namespace {

void describe_data(const TranslationTask& task, Journal& journal) {
  const TokenCorpus& train = task.train_corpus();
  std::int64_t tokens = 0;
  for (const TokenPair& pair : train.pairs)
    tokens += static_cast<std::int64_t>(pair.source.size() + pair.target.size()) + 2;
  journal.note(text("data: ", train.pairs.size(), " pairs, ", tokens, " tokens, vocabulary ",
                    task.vocabularies().source->size(),
                    task.vocabularies().source == task.vocabularies().target
                        ? std::string(" (shared)")
                        : text(" and ", task.vocabularies().target->size())));
  tell(train.report, journal);
  tell(task.valid_corpus().report, journal);
}

std::unique_ptr<Task> start(const TaskContext& context) {
  std::optional<Vocabularies> vocabularies;
  if (context.resumed)
    vocabularies = read_vocabularies(*context.resumed, context.config.data.lowercase);
  auto task = std::make_unique<TranslationTask>(
      context.config, load_translation_data(context.config, context.strict, context.journal),
      vocabularies);
  describe_data(*task, context.journal);
  return task;
}

/// Adds how likely the model finds the references, over the pairs that it can read whole.
void add_perplexity(const TrainedModel& trained, const std::vector<SentencePair>& pairs,
                    TextReport left_out, Evaluation& evaluation) {
  const std::int64_t longest = longest_sentence(trained.model->max_length());
  const TokenCorpus corpus =
      encode_corpus(pairs, *trained.vocabularies.source, *trained.vocabularies.target, longest,
                    std::move(left_out));
  const std::size_t without = pairs.size() - corpus.pairs.size();
  if (corpus.pairs.empty()) {
    evaluation.text += text("perplexity is not measured: no pair has from 1 to ", longest,
                            " tokens on each side\n");
  } else {
    const LossSum loss =
        corpus_loss(*trained.model, corpus.pairs, trained.config.decode.batch_tokens);
    const double perplexity = perplexity_of(loss.mean());
    evaluation.text +=
        text("perplexity = ", fixed(perplexity, 3), " (per token of the model's own vocabulary, ",
             loss.count, " tokens",
             without > 0 ? text("; without ", without, " of ", pairs.size(), " pairs") : "", ")\n");
    evaluation.figures.push_back(
        {.name = "perplexity", .value = perplexity, .unit = "per token", .digits = 3});
  }
  warn(corpus.report);
}

Evaluation measure(const EvaluationRequest& request) {
  const NeuralTranslator translator(trained_model(request.checkpoint, request.config));
  auto [pairs, evaluation] = measure_translations(request, translator);
  add_perplexity(
      translator.trained(), pairs,
      TextReport("perplexity of " + prefix_of(request.config, request.split), request.strict),
      evaluation);
  return evaluation;
}

std::unique_ptr<TextTranslator> load(const Checkpoint& checkpoint, const Config& config) {
  return std::make_unique<NeuralTranslator>(trained_model(checkpoint, config));
}

/// What looks at itself by a pattern is the source sentence.
TrainedExample example(const ExampleRequest& request) {
  const Config& config = request.config;
  std::string sentence = request.text, name = sentence;
  if (sentence.empty()) {
    Journal journal({});
    const std::string prefix = prefix_of(config, Split::test);
    const auto pairs = load_pairs(config, prefix, {.strict = request.strict}, journal);
    if (pairs.empty()) throw Failure(ExitCode::data, prefix + ": no sentence pair");
    sentence = pairs[0].source;
    name = "the first test example: " + sentence;
  }
  return encoder_example(trained_model(request.checkpoint, config), sentence, name, request.strict);
}

void check_settings(const Settings& settings) {
  const Config& config = settings.config();
  check_encoder_decoder(settings);
  if (config.model.tie_embeddings == TiedEmbeddings::all && !config.tokenizer.shared)
    settings.disagree("model.tie_embeddings", "tokenizer.shared",
                      "needs one vocabulary for both languages, against", "\"decoder\"");
}

}  // namespace

TaskKind translation_kind() {
  return {.table = {.name = "translation",
                    .summary = "to translate sentences",
                    .metrics = {"bleu", "loss"},
                    .unused = {"model.num_layers"},
                    .check = check_settings},
          .command = "translate",
          .start = start,
          .score = bleu_score,
          .evaluate = measure,
          .example = example,
          .translator = load,
          .writes_output = true};
}

}  // namespace lectern
