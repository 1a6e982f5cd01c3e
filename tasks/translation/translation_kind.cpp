#include "tasks/translation/translation_kind.h"

#include <algorithm>

#include "tasks/config/architecture.h"
#include "tasks/config/patterns_of.h"
#include "tasks/config/settings.h"
#include "tasks/failure.h"
#include "tasks/metrics/bleu.h"
#include "tasks/metrics/bootstrap.h"
#include "tasks/metrics/chrf.h"
#include "tasks/training/finite.h"
#include "tasks/training/output_file.h"
#include "tasks/translation/data.h"
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
    const CorpusLoss loss =
        corpus_loss(*trained.model, corpus.pairs, trained.config.decode.batch_tokens);
    const double perplexity = perplexity_of(loss.mean());
    evaluation.text +=
        text("perplexity = ", fixed(perplexity, 3), " (per token of the model's own vocabulary, ",
             loss.tokens, " tokens",
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

/// What looks at itself by a pattern is the source sentence: the encoder is run.
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
  TrainedModel trained = trained_model(request.checkpoint, config);
  const std::shared_ptr<EncoderDecoder> model = std::move(trained.model);
  const Translator translator(*model, trained.vocabularies, config.decode);
  TextReport report("the text", request.strict);
  const std::vector<std::int32_t> ids = translator.encode(mended(sentence, {&report}), {&report});
  warn(report);
  std::vector<std::string> tokens;
  for (const std::int32_t id : ids) tokens.push_back(trained.vocabularies.source->piece(id));
  tokens.push_back("</s>");
  const auto run = [model, batch = make_source_batch({ids}, {0})] {
    const NoGradient no_gradient;
    model->encode({batch.source, batch.source_lengths});
  };
  return {model, run, name, tokens};
}

void check_recurrent(const Settings& settings) {
  const ModelConfig& model = settings.config().model;
  if (model.num_encoder_layers != model.num_decoder_layers)
    settings.disagree("model.num_decoder_layers", "model.num_encoder_layers",
                      "cannot all start from what the encoder's layers remember:",
                      text(model.num_encoder_layers));
  if (model.bidirectional && model.d_model % 2 != 0)
    settings.disagree("model.d_model", "model.bidirectional",
                      "is odd, but each direction has half of it where", text(model.d_model + 1));
}

void check_settings(const Settings& settings) {
  const Config& config = settings.config();
  // Runs of earlier versions may have one more: they left out, and told, what had no room.
  const std::int64_t longest =
      longest_sentence(config.model.max_length) + (settings.options().stored ? 1 : 0);
  if (config.data.max_length > longest)
    settings.disagree("data.max_length", "model.max_length", "and </s> behind them are above",
                      text(longest));
  if (config.model.tie_embeddings == TiedEmbeddings::all && !config.tokenizer.shared)
    settings.disagree("model.tie_embeddings", "tokenizer.shared",
                      "needs one vocabulary for both languages, against", "\"decoder\"");
  if (config.attention.global_tokens > 0 &&
      std::ranges::any_of(patterns_of(config), &PatternEntry::global_tokens))
    settings.disagree("attention.global_tokens", "task.name",
                      "would be the first words of a sentence for", "0");
  if (is_recurrent(config)) check_recurrent(settings);
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
