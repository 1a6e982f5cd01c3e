#include "tasks/language_model/language_model_kind.h"

#include <cmath>
#include <numbers>

#include "tasks/language_model/data.h"
#include "tasks/language_model/language_model_task.h"
#include "tasks/language_model/text_keys.h"
#include "tasks/task/model_options.h"
#include "tasks/training/finite.h"

namespace lectern {
namespace {

const LanguageModelSettings& settings_of(const Config& config) {
  return config.task.as<LanguageModelSettings>();
}

WindowedText reading_of(const Config& config) {
  const LanguageModelSettings& settings = settings_of(config);
  return {.length = settings.length, .valid_share = settings.valid_share, .piece = settings.piece};
}

std::unique_ptr<Task> start(const TaskContext& context) {
  OpenedTexts opened = open_texts(context, reading_of(context.config));
  return std::make_unique<LanguageModelTask>(context.config, std::move(opened.texts),
                                             std::move(opened.tokenizer));
}

/// Perplexities and bits are told per token of the model's own, and per word and per byte of the text,
/// which are the same for every model.
Evaluation evaluation_of(TokenScore score, const TokenText& opened, const Tokenizer* tokenizer,
                         const LanguageModelSettings& settings) {
  const TextCounts& counts = opened.counts();
  const bool of_words = tokenizer && tokenizer->kind() == name_of(TokenizerKind::whitespace);
  const std::string token = of_words ? "word" : tokenizer ? "token" : "byte";
  std::string windows = text(", in windows of ", settings.length);
  if (settings.stride > 0) windows += text(" every ", settings.stride);
  if (settings.cache > 0)
    windows += text(", with a cache of ", settings.cache, " (θ ", settings.cache_theta, ", λ ",
                    settings.cache_lambda, ")");
  Evaluation result{.less_is_better = true};
  // A model that does not know a word need not spell it.
  if (counts.unknown == 0) {
    const std::int64_t bytes = tokenizer ? counts.bytes : score.count;  // its first is no target
    const double bits = score.sum() / static_cast<double>(bytes) / std::numbers::ln2;
    result.text += text("bits per byte = ", fixed(bits, 4), " (", bytes, " bytes", windows, ")\n");
    result.figures.push_back({.name = "bits per byte", .value = bits, .digits = 4});
  }
  const double perplexity = perplexity_of(score.loss()), accuracy = 100.0 * score.accuracy();
  result.text += text("perplexity = ", fixed(perplexity, 3), " per ", token, " (", score.count, " ",
                      token, "s", tokenizer ? ", the ends of lines among them" : "", windows,
                      tokenizer ? text("; ", counts.unknown, " unknown") : "", ")\n");
  const Figure per_token{
      .name = "perplexity", .value = perplexity, .unit = "per " + token, .digits = 3};
  // What models are compared by comes first.
  result.figures.insert(tokenizer ? result.figures.begin() : result.figures.end(), per_token);
  if (!of_words) {
    const double per_word = perplexity_of(score.sum() / static_cast<double>(counts.words));
    result.text += text("perplexity = ", fixed(per_word, 3), " per word (", counts.words,
                        " words and ends of lines)\n");
    result.figures.push_back(
        {.name = "perplexity", .value = per_word, .unit = "per word", .digits = 3});
  }
  result.text +=
      text("loss = ", fixed(score.loss(), 4), " per ", token, "\naccuracy = ", fixed(accuracy, 2),
           " % of ", token, "s were the likeliest\n");
  result.figures.push_back(
      {.name = "loss", .value = score.loss(), .unit = "per " + token, .digits = 4});
  result.figures.push_back({.name = "accuracy", .value = accuracy, .unit = "%"});
  result.examples = std::move(score.examples);
  return result;
}

/// The first of these figures.
double score(const Config& config, const Counts& sum) {
  const double loss = loss_of(sum);
  return config.tokenizer.kind == TokenizerKind::byte ? loss / std::numbers::ln2
                                                      : perplexity_of(loss);
}

Evaluation measure(const EvaluationRequest& request) {
  const Config& config = request.config;
  const LanguageModelSettings& settings = settings_of(config);
  const auto [model, tokenizer] = load_language_model(request.checkpoint, config);
  TokenText opened = open_text(config, request.split, settings.valid_share, tokenizer,
                               {.piece = settings.piece, .strict = request.strict});
  warn(opened.report());
  return evaluation_of(score_text(*model, opened, config), opened, tokenizer.get(), settings);
}

TrainedExample example(const ExampleRequest& request) {
  const Config& config = request.config;
  TrainedLanguageModel trained = load_language_model(request.checkpoint, config);
  const ExampleTokens tokens = example_tokens(request, trained.tokenizer, reading_of(config));
  const std::shared_ptr<CausalLanguageModel> model = std::move(trained.model);
  const auto run = [model, ids = as_row(tokens.ids)] {
    const NoGradient no_gradient;
    (*model)({ids, {}});
  };
  return {model, run, tokens.source, tokens.names};
}

std::vector<Field> keys() {
  using S = LanguageModelSettings;
  std::vector<Field> keys;
  text_rows<S>(keys);
  auto rows = task_rows<S>(keys);
  rows.integer("stride", &S::stride, {0, 1'000'000},
               "scoring: from window to window [tokens]; 0: side by side")
      .resumable();
  const auto with_cache = [](const Config& config) { return settings_of(config).cache > 0; };
  rows.integer("cache", &S::cache, {0, 1'000'000},
               "scoring: a continuous cache of the last tokens; 0: none")
      .resumable();
  rows.number("cache_theta", &S::cache_theta, {0, 1000},
              "continuous cache: theta, how alike states must be")
      .resumable()
      .only_with("task.cache > 0", with_cache);
  rows.number("cache_lambda", &S::cache_lambda, {0, 1, true, false},
              "continuous cache: lambda, its share of the probability")
      .resumable()
      .only_with("task.cache > 0", with_cache);
  return keys;
}

/// Of the texts' keys it reads one: it may be recurrent, from left to right and with nothing to attend.
std::vector<std::string> unused_keys() {
  std::vector<std::string> keys = texts_ignore();
  std::erase(keys, "model.architecture");
  keys.insert(keys.end(), {"model.bidirectional", "model.attention_score"});
  return keys;
}

void check_settings(const Settings& settings) {
  check_causal_patterns(settings);
  const LanguageModelSettings& task = settings_of(settings.config());
  check_text_settings(settings, task);
  const Config& config = settings.config();
  if (!config.model.adaptive_softmax_cutoff.empty() && config.train.label_smoothing > 0)
    settings.disagree("train.label_smoothing", "model.adaptive_softmax_cutoff",
                      "asks for the probability of every word, but few are calculated with",
                      "train.label_smoothing=0");
  if (task.stride > task.length)
    settings.disagree("task.stride", "task.length", "leaves tokens out, being above",
                      text(task.length));
}

}  // namespace

TaskKind language_model_kind() {
  return {.table = {.name = "language_model",
                    .summary = "to predict the next byte, subword or word of a text",
                    .settings = LanguageModelSettings{},
                    .keys = keys(),
                    .metrics = {"loss"},
                    .unused = unused_keys(),
                    .tokenizer = TokenizerKind::byte,
                    .check = check_settings},
          .command = "generate",
          .start = start,
          .score = score,
          .evaluate = measure,
          .example = example,
          .holds_out = true};
}

TrainedLanguageModel load_language_model(const Checkpoint& checkpoint, const Config& config) {
  expect_task(config, "language_model", checkpoint.path);
  std::shared_ptr<const Tokenizer> tokenizer = stored_vocabulary(checkpoint, config);
  Initializer init = Initializer::blank();
  auto model = make_language_model(config, tokenizer.get(), init);
  load_parameters(*model, checkpoint);
  prepare_for_inference(*model);
  return {std::move(model), std::move(tokenizer)};
}

}  // namespace lectern
