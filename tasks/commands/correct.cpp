#include <unistd.h>

#include <cstdlib>
#include <iostream>

#include "tasks/commands/commands.h"
#include "tasks/commands/device.h"
#include "tasks/commands/model_command.h"
#include "tasks/commands/train.h"
#include "tasks/config/shown.h"
#include "tasks/grammar/correction_page.h"
#include "tasks/grammar/corrector.h"
#include "tasks/task/trained_run.h"
#include "tasks/text/lines.h"
#include "tasks/training/output_file.h"
#include "tensor/printable.h"

namespace lectern {
namespace {

enum class Form { text, colours };

/// Colours are for a terminal, and not for who asks for none (no-color.org).
Form form_of_lines(const Arguments& arguments) {
  const char* refused = std::getenv("NO_COLOR");
  const bool colours = ::isatty(STDOUT_FILENO) == 1 && (refused == nullptr || *refused == '\0');
  return arguments.on("edits") && colours ? Form::colours : Form::text;
}

std::string safe(std::string_view word) { return printable(word); }

void print(const Correction& correction, Form form) {
  switch (form) {
    case Form::text: std::cout << correction.text << '\n'; return;
    case Form::colours:
      Shown::write_as_it_is(
          std::cout,
          marked_edits(correction.words, correction.edits, terminal_marks(), safe) + '\n');
      return;
  }
}

/// Corrects what comes in, some hundred lines together, and writes as many lines. What has arrived is
/// answered as soon as more would have to be waited for.
void filter(const Corrector& corrector, LineReader& reader, Form form,
            std::vector<Correction>* kept) {
  constexpr std::size_t lines_at_once = 500;
  std::vector<std::string> lines;
  for (bool more = true; more;) {
    std::string line;
    more = reader.next(line);
    if (more) lines.push_back(std::move(line));
    if (more && lines.size() < lines_at_once && reader.ready()) continue;
    const std::int64_t before = reader.lines() - static_cast<std::int64_t>(lines.size());
    for (Correction& correction : corrector.correct(lines, {&reader.report(), before + 1})) {
      print(correction, form);
      if (kept) kept->push_back(std::move(correction));
    }
    std::cout.flush();
    lines.clear();
  }
}

void write_report(const std::string& path, const std::string& input,
                  std::vector<Correction> corrections) {
  const std::size_t sentences = corrections.size();
  std::int64_t changed = 0;
  for (const Correction& correction : corrections) changed += correction.edits.empty() ? 0 : 1;
  CorrectionPage page{.title = (input == "-" ? "standard input" : input) + ", corrected",
                      .facts = {{"Sentences", text(sentences)}, {"Changed", text(changed)}},
                      .corrections = std::move(corrections),
                      .command = typed_command(),
                      .version = text("lectern ", lectern_version)};
  write_output(path, correction_page(page));
}

int run(const Arguments& arguments) {
  use_device(arguments);
  const TrainedRun trained_run = open_run(arguments.text("RUN"), arguments.overrides());
  const auto& [checkpoint, config] = trained_run;
  set_up_machine(config);
  const std::string& input = arguments.text("input");
  const bool reports = arguments.given("report");
  if (reports) {
    std::vector<std::string> inputs = files_of(trained_run);
    inputs.push_back(input);
    expect_output(arguments.text("report"), inputs);
  }
  const auto trained = load_corrector(checkpoint, config);
  LineReader reader(input, {.strict = arguments.on("strict")});
  std::vector<Correction> corrections;
  filter(trained->corrector, reader, form_of_lines(arguments), reports ? &corrections : nullptr);
  if (reports) write_report(arguments.text("report"), input, std::move(corrections));
  warn(reader.report());
  return 0;
}

}  // namespace

Command correct_command() {
  Command command{
      .name = "correct",
      .summary = "Correct lines of English: N lines in, N lines out.",
      .example = "lectern correct runs/grammar < essay.txt > corrected.txt",
      .positionals = {{.name = "RUN", .help = "a run folder, or a checkpoint"}},
      .flags = {{.name = "input",
                 .aliases = {"i"},
                 .metavar = "FILE",
                 .help = "text to correct, plain or .gz; - for standard input",
                 .default_value = "-"},
                {.name = "edits", .help = "on a terminal: show what is changed, in colours"},
                {.name = "report",
                 .metavar = "FILE",
                 .help = "write a page with every edit marked there (HTML)"},
                strict_flag()},
      .run = run};
  std::vector<std::string> also = inference_settings();
  also.insert(also.end(), {"task.speller", "task.min_gain", "task.rounds"});
  return model_command(
      std::move(command),
      config_flags({"decode.beam_size", "decode.length_penalty", "decode.max_length",
                    "decode.max_length_ratio", "decode.max_length_offset", "decode.batch_tokens",
                    "train.threads", "train.device"},
                   also));
}

}  // namespace lectern
