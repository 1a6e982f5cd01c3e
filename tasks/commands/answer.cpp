#include <iostream>

#include "tasks/commands/commands.h"
#include "tasks/commands/device.h"
#include "tasks/commands/model_command.h"
#include "tasks/commands/train.h"
#include "tasks/metrics/metric.h"
#include "tasks/question_answering/question_answering_kind.h"
#include "tasks/task/trained_run.h"
#include "tasks/text/lines.h"
#include "tensor/printable.h"

namespace lectern {
namespace {

/// The lines of a text as one.
std::string read_passage(const std::string& path, bool strict) {
  TextReport report;
  std::string passage;
  for (const std::string& line : read_lines(path, {.strict = strict}, &report))
    passage += (passage.empty() ? "" : "\n") + line;
  warn(report);
  return passage;
}

int run(const Arguments& arguments) {
  use_device(arguments);
  const auto [checkpoint, config] = open_run(arguments.text("RUN"), arguments.overrides());
  set_up_machine(config);
  const TrainedReader reader = load_question_answering(checkpoint, config);
  const bool strict = arguments.on("strict");
  TextReport report("the question", strict);
  const std::string question = mended(arguments.text("QUESTION"), {.report = &report, .line = 1});
  const TextAnswer answer =
      answer_text(reader, config, read_passage(arguments.text("passage"), strict), question,
                  {.report = &report, .line = 1});
  std::cout << answer.text << "\nprobability = " << fixed(answer.probability, 4) << ", characters "
            << answer.begin << " to " << answer.end << "\nsentence: " << answer.sentence
            << std::endl;
  warn(report);
  return 0;
}

}  // namespace

Command answer_command() {
  Command command{
      .name = "answer",
      .summary = "Find the part of a passage that answers a question.",
      .example = "lectern answer runs/facts --passage facts.txt \"Where is the key of Anna?\"",
      .positionals = {{.name = "RUN", .help = "a run folder, or a checkpoint"},
                      {.name = "QUESTION", .help = "what the passage is asked"}},
      .flags = {{.name = "passage",
                 .metavar = "FILE",
                 .help = "the text that holds the answer; - for standard input",
                 .default_value = "-"},
                strict_flag()},
      .run = run};
  return model_command(std::move(command),
                       config_flags({"train.threads", "train.device"}, inference_settings()));
}

}  // namespace lectern
