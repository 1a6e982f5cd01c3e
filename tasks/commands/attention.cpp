#include <algorithm>
#include <iostream>

#include "tasks/commands/attention_buckets.h"
#include "tasks/commands/attention_example.h"
#include "tasks/commands/commands.h"
#include "tasks/commands/device.h"
#include "tasks/commands/model_command.h"
#include "tasks/commands/train.h"
#include "tasks/failure.h"
#include "tasks/report/charts.h"
#include "tasks/task/task_kind.h"
#include "tasks/task/trained_run.h"
#include "tasks/text/lines.h"
#include "tasks/training/output_file.h"

namespace lectern {
namespace {

/// The mean over all layers and heads of the cross-attention, or of the first kind of maps where
/// there is none.
std::string mean_map(const WatchedTranslation& watched) {
  const auto is_cross = [](const AttentionMap& map) { return map.kind == "cross"; };
  const bool has_cross = std::ranges::any_of(watched.maps, is_cross);
  const std::string kind = has_cross ? "cross" : watched.maps.at(0).kind;
  const AttentionMap* first = nullptr;
  std::vector<double> mean;
  double count = 0.0;
  for (const AttentionMap& map : watched.maps) {
    if (map.kind != kind) continue;
    if (first == nullptr) first = &map;
    mean.resize(map.weights.size());
    for (std::size_t i = 0; i < map.weights.size(); ++i) mean[i] += map.weights[i];
    ++count;
  }
  for (double& value : mean) value /= count;
  return heat_map(tensor_of<double>({std::ssize(first->rows), std::ssize(first->columns)}, mean),
                  {.title = "Which word looked at which",
                   .rows = first->rows,
                   .columns = first->columns,
                   .maximum = 1.0});
}

std::string picture(const WatchedTranslation& watched, const std::string& path) {
  if (has_ending(path, ".svg")) return svg_file(mean_map(watched));
  return attention_page({.source = watched.source,
                         .translation = watched.translation,
                         .maps = watched.maps,
                         .command = typed_command(),
                         .version = lectern_version});
}

int run(const Arguments& arguments) {
  if (arguments.on("buckets")) return show_buckets(arguments);
  use_device(arguments);
  const std::string& path = arguments.text("output");
  const TrainedRun trained_run = open_run(arguments.text("RUN"), arguments.overrides());
  const auto& [checkpoint, config] = trained_run;
  if (const TaskKind& kind = task_kind(config); !kind.translator && kind.example)
    return show_example(arguments, trained_run);
  expect_none_of({"data", "task"}, arguments.overrides(), "the text is given");
  expect_none_of({"decode.batch_tokens"}, arguments.overrides(), "there is one sentence");
  if (config.decode.temperature == 0.0)
    expect_none_of({"decode.n_best"}, arguments.overrides(), "only the best translation is shown");
  expect_output(path, files_of(trained_run));
  set_up_machine(config);
  const std::unique_ptr<TextTranslator> translator = load_translator(checkpoint, config);
  if (!arguments.given("TEXT"))
    throw Failure(ExitCode::usage, "there is nothing to translate; give a sentence after the run");
  TextReport report("the text", arguments.on("strict"));
  const std::string sentence = mended(arguments.text("TEXT"), {&report});
  const WatchedTranslation watched = translator->watch(sentence, {&report});
  warn(report);
  write_output(path, picture(watched, path));
  std::cout << watched.translation << '\n';
  std::cerr << "wrote " << path << ": open it in a browser\n";
  return 0;
}

}  // namespace

Command attention_command() {
  Command command{
      .name = "attention",
      .summary = "Show which word looked at which: in a translation, or in any task's example.",
      .example = "lectern attention runs/m30k \"Ein Hund rennt\" -o page.html",
      .positionals = {{.name = "RUN", .help = "a run folder, or a checkpoint"},
                      {.name = "TEXT",
                       .help = "what to translate; of other tasks, and with --buckets: what to "
                               "read, else an example of the test data",
                       .count = Positional::Count::optional}},
      .flags = {{.name = "buckets",
                 .help = "of any task: what LSH attention keeps of exact attention, per layer and "
                         "head"},
                {.name = "output",
                 .aliases = {"o", "out"},
                 .metavar = "FILE",
                 .help = "the page to write (with --buckets: buckets.html); *.svg: one picture",
                 .default_value = "attention.html"},
                strict_flag()},
      .run = run};
  std::vector<std::string> also = inference_settings();
  also.insert(also.end(), {"data", "task"});  // where the example comes from
  return model_command(std::move(command),
                       config_flags({"decode", "train.threads", "train.device"}, also));
}

}  // namespace lectern
