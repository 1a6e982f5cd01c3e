#include "tasks/language_model/language_model_kind.h"

#include <cmath>
#include <iostream>
#include <numbers>

#include "tasks/failure.h"
#include "tasks/language_model/bytes.h"
#include "tasks/language_model/language_model_task.h"
#include "tasks/metrics/metric.h"

namespace lectern {
namespace {

std::unique_ptr<Task> start(const TaskStart& begin) {
  const Config& config = begin.config;
  LanguageModelTask::Texts texts{.train = read_text(config, Split::train)};
  if (!config.data.valid.empty() || config.task.valid_share > 0.0)
    texts.valid = read_text(config, Split::valid);
  begin.journal.note(text("data: ", texts.train.size(), " bytes to learn from, ",
                          texts.valid.size(), " to validate on, in windows of ",
                          config.task.length));
  return std::make_unique<LanguageModelTask>(config, std::move(texts));
}

void measure(const Evaluation& wanted) {
  const Config& config = wanted.config;
  const std::string text = read_text(config, wanted.split);
  const LanguageModel model = load_language_model(wanted.checkpoint, config);
  const TokenScore score = score_text(model, text, config);
  std::cout << "bits per byte = " << fixed(score.loss() / std::numbers::ln2, 4) << " ("
            << score.count << " bytes, in windows of " << config.task.length << ")\n"
            << "perplexity = " << fixed(std::exp(score.loss()), 3) << " per byte\n"
            << "loss = " << fixed(score.loss(), 4) << " per byte\n"
            << "accuracy = " << fixed(100.0 * score.accuracy(), 2)
            << " % of bytes were the likeliest\n";
}

std::string name_of_byte(char letter) {
  const auto byte = static_cast<unsigned char>(letter);
  if (letter == ' ') return "␣";
  return byte > ' ' && byte < 0x7f ? std::string(1, letter) : text("byte ", int{byte});
}

TrainedExample example(const ExampleWanted& wanted) {
  const Config& config = wanted.config;
  std::string read = wanted.text, name = "the text given";
  if (read.empty()) {
    const Split split = config.data.test.empty() ? Split::valid : Split::test;
    read = read_text(config, split).substr(0, static_cast<std::size_t>(config.task.length));
    name = text("the first ", read.size(), " bytes of the ", name_of(split), " text");
  }
  if (static_cast<std::int64_t>(read.size()) > config.model.max_length)
    throw Failure(ExitCode::usage,
                  text("the text has ", read.size(), " bytes, but the model reads ",
                       config.model.max_length, "; try a shorter one"));
  const auto model =
      std::make_shared<LanguageModel>(load_language_model(wanted.checkpoint, config));
  std::vector<std::string> tokens;
  for (const char letter : read) tokens.push_back(name_of_byte(letter));
  const auto length = static_cast<std::int64_t>(read.size());
  const auto run = [model, ids = make_windows(read, {0}, length).ids] {
    const NoGradient no_gradient;
    (*model)({ids, {}});
  };
  return {model, run, name, tokens};
}

}  // namespace

TaskKind language_model_kind() {
  return {.name = TaskConfig::Name::language_model,
          .summary = "to foretell the next byte of a text",
          .start = start,
          .evaluate = measure,
          .example = example};
}

LanguageModel load_language_model(const Checkpoint& checkpoint, const Config& config) {
  expect_task(config, TaskConfig::Name::language_model, checkpoint.path);
  Initializer init = Initializer::blank();
  LanguageModel model(byte_model_options(config), init);
  load_parameters(model, checkpoint);
  prepare_for_inference(model);
  return model;
}

}  // namespace lectern
