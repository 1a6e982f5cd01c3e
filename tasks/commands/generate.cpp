#include <iostream>

#include "tasks/commands/commands.h"
#include "tasks/commands/device.h"
#include "tasks/commands/model_command.h"
#include "tasks/commands/train.h"
#include "tasks/config/value.h"
#include "tasks/language_model/continuation.h"
#include "tasks/language_model/data.h"
#include "tasks/language_model/language_model_kind.h"
#include "tasks/task/trained_run.h"
#include "tasks/text/text_report.h"

namespace lectern {
namespace {

int run(const Arguments& arguments) {
  use_device(arguments);
  const auto [checkpoint, config] = open_run(arguments.text("RUN"), arguments.overrides());
  set_up_machine(config);
  const auto [model, tokenizer] = load_language_model(checkpoint, config);
  const std::string& prompt = arguments.text("PROMPT");
  TextReport report("the prompt", arguments.on("strict"));
  if (!is_utf8(prompt)) report.add(1, odd_bytes);
  const Continuation answer = continue_text(*model, tokenizer.get(), prompt, config.decode, report);
  if (answer.written < config.decode.max_length)
    report.add(1, short_answer,
               text("the model reads ", model->max_length(), " ", unit_of(tokenizer.get()),
                    ", and the prompt has ", answer.prompt, ": ", answer.written,
                    " of decode.max_length = ", config.decode.max_length));
  std::cout << prompt << answer.text << std::endl;
  warn(report);
  return 0;
}

}  // namespace

Command generate_command() {
  Command command{.name = "generate",
                  .summary = "Write on from a few words with a language model.",
                  .example = "lectern generate runs/book \"He went\" --temperature 0.8 --top-k 40",
                  .positionals = {{.name = "RUN", .help = "a run folder, or a checkpoint"},
                                  {.name = "PROMPT", .help = "the beginning of the text"}},
                  .flags = {strict_flag()},
                  .run = run};
  return model_command(std::move(command), writing_settings());
}

}  // namespace lectern
