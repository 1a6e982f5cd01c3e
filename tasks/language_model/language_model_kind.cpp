#include "tasks/language_model/language_model_kind.h"

#include <numbers>

#include "tasks/config/rows.h"
#include "tasks/config/settings.h"
#include "tasks/failure.h"
#include "tasks/language_model/bytes.h"
#include "tasks/language_model/language_model_task.h"
#include "tasks/metrics/metric.h"
#include "tasks/training/finite.h"

namespace lectern {
namespace {

std::int64_t window_length(const Config& config) {
  return config.task.as<LanguageModelSettings>().length;
}

std::unique_ptr<Task> start(const TaskContext& context) {
  const Config& config = context.config;
  const auto& settings = config.task.as<LanguageModelSettings>();
  LanguageModelTask::Texts texts{.train = read_text(config, Split::train)};
  if (!config.data.valid.empty() || settings.valid_share > 0.0)
    texts.valid = read_text(config, Split::valid);
  context.journal.note(text("data: ", texts.train.size(), " bytes to learn from, ",
                            texts.valid.size(), " to validate on, in windows of ",
                            settings.length));
  return std::make_unique<LanguageModelTask>(config, std::move(texts));
}

Evaluation measure(const EvaluationRequest& request) {
  const Config& config = request.config;
  const std::string read = read_text(config, request.split);
  const LanguageModel model = load_language_model(request.checkpoint, config);
  const TokenScore score = score_text(model, read, config);
  const double bits = score.loss() / std::numbers::ln2, perplexity = perplexity_of(score.loss()),
               accuracy = 100.0 * score.accuracy();
  return {
      .text = text("bits per byte = ", fixed(bits, 4), " (", score.count, " bytes, in windows of ",
                   window_length(config), ")\n", "perplexity = ", fixed(perplexity, 3),
                   " per byte\n", "loss = ", fixed(score.loss(), 4), " per byte\n",
                   "accuracy = ", fixed(accuracy, 2), " % of bytes were the likeliest\n"),
      .figures = {{.name = "bits per byte", .value = bits, .digits = 4},
                  {.name = "perplexity", .value = perplexity, .unit = "per byte", .digits = 3},
                  {.name = "loss", .value = score.loss(), .unit = "per byte", .digits = 4},
                  {.name = "accuracy", .value = accuracy, .unit = "%"}},
      .less_is_better = true,
      .examples = {score.examples,
                   [](const Counts& sum) { return loss_of(sum) / std::numbers::ln2; }}};
}

std::string name_of_byte(char letter) {
  const auto byte = static_cast<unsigned char>(letter);
  if (letter == ' ') return "␣";
  return byte > ' ' && byte < 0x7f ? std::string(1, letter) : text("byte ", int{byte});
}

TrainedExample example(const ExampleRequest& request) {
  const Config& config = request.config;
  std::string read = request.text, name = "the text given";
  if (read.empty()) {
    const Split split = config.data.test.empty() ? Split::valid : Split::test;
    read = read_text(config, split).substr(0, static_cast<std::size_t>(window_length(config)));
    name = text("the first ", read.size(), " bytes of the ", name_of(split), " text");
  }
  if (static_cast<std::int64_t>(read.size()) > config.model.max_length)
    throw Failure(ExitCode::usage,
                  text("the text has ", read.size(), " bytes, but the model reads ",
                       config.model.max_length, "; try a shorter one"));
  const auto model =
      std::make_shared<LanguageModel>(load_language_model(request.checkpoint, config));
  std::vector<std::string> tokens;
  for (const char letter : read) tokens.push_back(name_of_byte(letter));
  const auto length = static_cast<std::int64_t>(read.size());
  const auto run = [model, ids = make_windows(read, {0}, length).ids] {
    const NoGradient no_gradient;
    (*model)({ids, {}});
  };
  return {model, run, name, tokens};
}

std::vector<Field> keys() {
  using S = LanguageModelSettings;
  std::vector<Field> keys;
  auto rows = task_rows<S>(keys);
  rows.integer("length", &S::length, {2, 1'000'000}, "sequence length: a window [bytes]");
  rows.number("valid_share", &S::valid_share, {0, 1, true, false},
              "validation split: the end of data.train held out")
      .only_with("no data.valid", [](const Config& config) { return config.data.valid.empty(); });
  return keys;
}

void check_settings(const Settings& settings) {
  const std::int64_t longest = settings.config().model.max_length;
  if (window_length(settings.config()) > longest)
    settings.disagree("task.length", "model.max_length", "is above", text(longest));
}

}  // namespace

TaskKind language_model_kind() {
  return {.table = {.name = "language_model",
                    .summary = "to predict the next byte of a text",
                    .settings = LanguageModelSettings{},
                    .keys = keys(),
                    .metrics = {"loss"},
                    .unused = {"tokenizer", "data.src", "data.tgt", "data.max_length",
                               "data.lowercase", "model.architecture", "model.num_encoder_layers",
                               "model.num_decoder_layers", "decode.max_length_ratio",
                               "decode.max_length_offset", "decode.batch_tokens"},
                    .check = check_settings},
          .command = "generate",
          .start = start,
          .evaluate = measure,
          .example = example,
          .holds_out = true};
}

LanguageModel load_language_model(const Checkpoint& checkpoint, const Config& config) {
  expect_task(config, "language_model", checkpoint.path);
  Initializer init = Initializer::blank();
  LanguageModel model(byte_model_options(config), init);
  load_parameters(model, checkpoint);
  prepare_for_inference(model);
  return model;
}

}  // namespace lectern
