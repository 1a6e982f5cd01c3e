#include "tasks/commands/attention_example.h"

#include <iostream>

#include "attention/watch.h"
#include "tasks/commands/commands.h"
#include "tasks/commands/train.h"
#include "tasks/config/architecture.h"
#include "tasks/failure.h"
#include "tasks/report/attention_page.h"
#include "tasks/report/charts.h"
#include "tasks/task/task_kind.h"
#include "tasks/training/output_file.h"

namespace lectern {
namespace {

/// "encoder.layers.1.self_attention" → 1
int layer_of(const std::string& name) {
  const std::string layers = "layers.";
  const std::size_t at = name.find(layers);
  return at == std::string::npos ? 0 : std::stoi(name.substr(at + layers.size()));
}

/// A page has about 8 bytes for every weight.
void expect_short(std::size_t attentions, std::int64_t heads, std::int64_t length) {
  constexpr std::int64_t most = std::int64_t{1} << 23;
  const std::int64_t weights = static_cast<std::int64_t>(attentions) * heads * length * length;
  if (weights > most)
    throw Failure(ExitCode::usage, text("the example has ", length, " tokens, and ", weights,
                                        " weights are too many for a page; try a shorter text"));
}

std::vector<AttentionMap> watch(const TrainedExample& example, std::int64_t heads) {
  const AttentionWatch watch(*example.model);
  expect_short(watch.seen().size(), heads, std::ssize(example.tokens));
  example.run();
  std::vector<AttentionMap> maps;
  for (const AttentionWatch::Seen& seen : watch.seen())
    for (AttentionMap& map : maps_of_heads(seen.weights.at(0), {.kind = "self",
                                                               .layer = layer_of(seen.name),
                                                               .rows = example.tokens,
                                                               .columns = example.tokens}))
      maps.push_back(std::move(map));
  return maps;
}

}  // namespace

int show_example(const Arguments& arguments, const TrainedRun& run) {
  const auto& [checkpoint, config] = run;
  const std::string& path = arguments.text("output");
  expect_none_of({"decode"}, arguments.overrides(), "nothing is translated");
  if (arguments.given("TEXT"))
    expect_none_of({"data", "task"}, arguments.overrides(), "the text is given");
  if (is_recurrent(config))
    throw Failure(ExitCode::usage,
                  text(checkpoint.path, ": nothing is looked at here: this run has ",
                       "model.architecture = \"recurrent\"; try a run of a Transformer"));
  expect_output(path, files_of(run));
  if (has_ending(path, ".svg"))
    throw Failure(ExitCode::usage, text(path,
                                        ": one picture is for translations and for --buckets; "
                                        "try --output attention.html"));
  set_up_machine(config);
  const TrainedExample example =
      task_kind(config).example({.checkpoint = checkpoint,
                                 .config = config,
                                 .text = arguments.given("TEXT") ? arguments.text("TEXT") : "",
                                 .strict = arguments.on("strict")});
  const AttentionPage page{.source = example.name,
                           .maps = watch(example, config.model.nhead),
                           .command = typed_command(),
                           .version = lectern_version};
  write_output(path, attention_page(page));
  std::cerr << "wrote " << path << ": open it in a browser\n";
  return 0;
}

}  // namespace lectern
