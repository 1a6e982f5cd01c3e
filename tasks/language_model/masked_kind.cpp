#include "tasks/language_model/masked_kind.h"

#include "tasks/failure.h"
#include "tasks/language_model/data.h"
#include "tasks/language_model/masked_task.h"
#include "tasks/language_model/text_keys.h"
#include "tasks/language_model/windows.h"
#include "tasks/training/finite.h"

namespace lectern {
namespace {

const MaskedLanguageModelSettings& settings_of(const Config& config) {
  return config.task.as<MaskedLanguageModelSettings>();
}

WindowedText reading_of(const Config& config) {
  const MaskedLanguageModelSettings& settings = settings_of(config);
  return {.length = settings.length, .valid_share = settings.valid_share, .piece = settings.piece};
}

std::unique_ptr<Task> start(const TaskContext& context) {
  OpenedTexts opened = open_texts(context, reading_of(context.config));
  return std::make_unique<MaskedLanguageModelTask>(context.config, std::move(opened.texts),
                                                   std::move(opened.tokenizer));
}

struct TrainedMaskedModel {
  MaskedLanguageModel model;
  std::shared_ptr<const Tokenizer> tokenizer;
};

TrainedMaskedModel load(const Checkpoint& checkpoint, const Config& config) {
  std::shared_ptr<const Tokenizer> tokenizer = stored_vocabulary(checkpoint, config);
  Initializer init = Initializer::blank();
  MaskedLanguageModel model(masked_model_options(config, tokenizer.get()), init);
  load_parameters(model, checkpoint);
  prepare_for_inference(model);
  return {std::move(model), std::move(tokenizer)};
}

/// `accuracy = 45.12 % of 5413 hidden tokens, loss = 3.1415`
std::string told(const TokenScore& score, const char* unit) {
  return text("accuracy = ", fixed(100.0 * score.accuracy(), 2), " % of ", score.count, " hidden ",
              unit, ", loss = ", fixed(score.loss(), 4));
}

Evaluation measure(const EvaluationRequest& request) {
  const Config& config = request.config;
  const MaskedLanguageModelSettings& settings = settings_of(config);
  const auto [model, tokenizer] = load(request.checkpoint, config);
  TokenText opened = open_text(config, request.split, settings.valid_share, tokenizer,
                               {.piece = settings.piece, .strict = request.strict});
  warn(opened.report());
  const MaskingOptions masking = MaskingOptions::of(tokenizer.get(), settings.masked_share);
  const TokenScore hidden = masked_score(model, opened, masking, config);
  const PseudoScore pseudo = pseudo_score(model, opened, masking, config);
  if (hidden.count == 0 || pseudo.tokens.count == 0)
    throw Failure(ExitCode::data, opened.path() +
                                      ": nothing but ends of lines, of which none is "
                                      "hidden; give a text with words");
  const char* unit = unit_of(tokenizer.get());
  const double perplexity = perplexity_of(pseudo.tokens.loss());
  return {
      .text = text(told(hidden, unit), " (", fixed(100.0 * settings.masked_share, 0),
                   " % by the 80/10/10 rule; of all ", opened.size(), " ", unit, " ",
                   opened.counts().unknown, " are unknown)\n", told(pseudo.tokens, unit),
                   " (each by itself, in ", pseudo.windows, " of ", pseudo.of_windows,
                   " windows of ", settings.length, ")\npseudo-perplexity = ", fixed(perplexity, 3),
                   " (of the latter: no perplexity, as all ", unit, " are told from both sides)\n"),
      .figures = {{.name = "masked loss", .value = hidden.loss(), .unit = "", .digits = 4},
                  {.name = "masked accuracy", .value = 100.0 * hidden.accuracy(), .unit = "%"},
                  {.name = "pseudo-perplexity", .value = perplexity, .digits = 3}},
      .less_is_better = true,
      .examples = hidden.examples};
}

TrainedExample example(const ExampleRequest& request) {
  const Config& config = request.config;
  TrainedMaskedModel trained = load(request.checkpoint, config);
  const ExampleTokens tokens = example_tokens(request, trained.tokenizer, reading_of(config));
  const auto model = std::make_shared<MaskedLanguageModel>(std::move(trained.model));
  const auto run = [model, ids = as_row(tokens.ids)] {
    const NoGradient no_gradient;
    (*model)({ids, {}});
  };
  return {model, run, tokens.source, tokens.names};
}

std::vector<Field> keys() {
  using S = MaskedLanguageModelSettings;
  std::vector<Field> keys;
  text_rows<S>(keys);
  auto rows = task_rows<S>(keys);
  rows.number("masked_share", &S::masked_share, {0, 1, false, false},
              "masking: share of a window that is hidden, 80/10/10");
  rows.integer("scored_windows", &S::scored_windows, {0, 1'000'000'000},
               "evaluation: windows hidden token by token; 0: all")
      .resumable();
  return keys;
}

void check_settings(const Settings& settings) {
  check_text_settings(settings, settings_of(settings.config()));
}

std::vector<std::string> ignored() {
  std::vector<std::string> ignored = texts_ignore();
  ignored.insert(ignored.end(), {"decode", "model.tie_embeddings"});
  return ignored;
}

}  // namespace

TaskKind masked_language_model_kind() {
  return {.table = {.name = "masked_language_model",
                    .summary = "to tell hidden tokens of a text from both sides",
                    .settings = MaskedLanguageModelSettings{},
                    .keys = keys(),
                    .metrics = {"loss", "accuracy"},
                    .unused = ignored(),
                    .check = check_settings},
          .start = start,
          .score = [](const Config&, const Counts& sum) { return loss_of(sum); },
          .evaluate = measure,
          .example = example,
          .holds_out = true};
}

}  // namespace lectern
