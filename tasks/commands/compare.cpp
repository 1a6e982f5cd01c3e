#include <algorithm>
#include <filesystem>
#include <iostream>
#include <set>

#include "tasks/commands/commands.h"
#include "tasks/commands/device.h"
#include "tasks/commands/distributed.h"
#include "tasks/commands/model_command.h"
#include "tasks/commands/text_table.h"
#include "tasks/commands/train.h"
#include "tasks/compare/analysis.h"
#include "tasks/compare/compare_page.h"
#include "tasks/failure.h"
#include "tasks/training/output_file.h"
#include "tensor/parallel.h"
#include "tensor/safe_file.h"

namespace lectern {
namespace {

/// Where an experiment lives unless it is told: runs/NAME for NAME.toml.
std::string usual_folder(const std::string& path) {
  return "runs/" + std::filesystem::path(path).stem().string();
}

void list_cells(const Experiment& experiment, const std::vector<Cell>& cells) {
  for (const Cell& cell : cells) std::cout << cell.folder() << '\n';
  std::cout << cells.size() << " trainings of " << experiment.base << '\n';
}

/// The figures for a terminal.
std::string table(const Experiment& experiment, const std::vector<VariantResult>& results) {
  std::vector<std::vector<std::string>> rows;
  const auto scored = std::ranges::find_if(
      results, [](const VariantResult& result) { return !result.runs.empty(); });
  if (scored == results.end()) return "every training diverged\n";
  const Figure& measure = scored->runs[0].evaluation.measure();
  rows.push_back({"case", "variant", measure.name, "95 %", "difference", "p", "s/epoch",
                  "attention", "peak MiB"});
  for (const VariantResult& result : results) {
    if (result.runs.empty()) {
      rows.push_back({result.setting, result.variant, "diverged"});
      continue;
    }
    const Estimate estimate = estimate_of(result);
    rows.push_back(
        {result.setting, result.variant, fixed(estimate.value, measure.digits),
         fixed(estimate.low, measure.digits) + " … " + fixed(estimate.high, measure.digits)});
    std::optional<Against> found;
    for (const VariantResult& other : results)
      if (other.setting == result.setting && other.variant == experiment.baseline &&
          &other != &result)
        found = against(other, result);
    rows.back().push_back(found ? fixed(found->difference, measure.digits) : "");
    rows.back().push_back(found ? fixed(found->p_value, 3) : "");
    if (result.cost.step <= 0) continue;
    rows.back().push_back(fixed(result.cost.epoch(), 2));
    rows.back().push_back(fixed(100 * result.cost.attention_share(), 0) + " %");
    rows.back().push_back(fixed(static_cast<double>(result.cost.peak) / (1 << 20), 0));
  }
  return text_table(rows);
}

/// What a training has warned of, in a log that nobody watched.
std::vector<std::string> warnings_of(const std::string& log) {
  std::vector<std::string> warnings;
  auto in = open_to_read(log);
  for (std::string line; std::getline(in, line);)
    if (const std::size_t at = line.find("warning: "); at != std::string::npos)
      warnings.push_back(line.substr(at));
  return warnings;
}

int compare(const Arguments& arguments, ProcessGroup& ranks) {
  const Experiment experiment = read_experiment(arguments.text("EXPERIMENT"));
  const std::vector<Cell> cells = cells_of(experiment, arguments.overrides());
  if (arguments.on("dry-run")) {
    if (ranks.is_first()) list_cells(experiment, cells);
    return 0;
  }
  use_device(cells.at(0).config.train.device, ranks.rank_on_this_host());
  for (const Cell& cell : cells) expect_bfloat16_if_chosen(cell.config);
  set_up_machine(cells[0].config);
  share_cores(ranks, cells[0].config);
  const bool quiet = arguments.on("quiet"), strict = arguments.on("strict");
  const CompareOptions options{
      .folder =
          arguments.given("run-dir") ? arguments.text("run-dir") : usual_folder(experiment.path),
      .rounds = static_cast<int>(arguments.integer("rounds", 1, 1000)),
      .strict = strict,
      .say =
          [quiet, who = ranks.size() > 1 ? ranks.name(ranks.rank()) + ": "
                                         : std::string()](const std::string& line) {
            if (!quiet) std::cerr << who + line + '\n' << std::flush;
          },
      .ranks = &ranks};
  std::set<std::string> told;
  const TrainCell train = [&](Config config, const std::string& folder) {
    if (default_device() != cpu) config.train.device = text(default_device());  // this rank's
    const int signal = train_model({.config = config,
                                    .run_folder = folder,
                                    .resume = "auto",
                                    .config_file = experiment.base,
                                    .strict = strict,
                                    .quiet = true});
    for (const std::string& warning : warnings_of(folder + "/log.txt"))
      if (told.insert(warning).second) options.say("  " + warning);
    return signal;
  };
  std::vector<VariantResult> results;
  const int signal = run_experiment(experiment, cells, train, options, results);
  if (signal != 0) {
    options.say("stopped; the same command goes on from here");
    return 128 + signal;
  }
  if (!ranks.is_first()) return 0;
  write_output(options.folder + "/compare.csv", runs_csv(results, experiment.baseline));
  write_output(options.folder + "/report.html", compare_page({.experiment = experiment,
                                                              .results = results,
                                                              .machine = machine_text(),
                                                              .command = typed_command(),
                                                              .version = lectern_version}));
  std::cout << table(experiment, results);
  options.say(options.folder + "/report.html and compare.csv are written");
  return 0;
}

int run(const Arguments& arguments) {
  const std::unique_ptr<ProcessGroup> ranks = join_group(arguments);
  return run_in_group(*ranks, [&] { return compare(arguments, *ranks); });
}

/// Those of a training, but that a rank may keep others waiting until its trainings are done.
std::vector<Flag> flags_of_ranks() {
  std::vector<Flag> flags = distributed_flags();
  flags[0].help = "share the trainings among the processes that mpirun has started";
  flags[1].default_value = "604800";
  return flags;
}

std::vector<Flag> flags() {
  std::vector<Flag> flags{
      {.name = "run-dir",
       .aliases = {"save-dir", "out-dir", "output-dir"},
       .metavar = "DIR",
       .help = "where all runs, compare.csv and report.html go; runs/NAME if not given"},
      {.name = "rounds",
       .metavar = "N",
       .help = "how often the steps of all variants are timed, in turn",
       .default_value = "5"},
      {.name = "dry-run", .help = "print what would be trained, and train nothing"},
      strict_flag(),
      {.name = "quiet", .help = "say nothing on stderr"}};
  for (Flag& flag : flags_of_ranks()) flags.push_back(flag);
  return flags;
}

}  // namespace

Command compare_command() {
  Command command{
      .name = "compare",
      .summary = "Train the same model in several ways and say which is better, at what cost.",
      .example = "lectern compare tasks/compare/tiny.toml --run-dir runs/compared",
      .positionals = {{.name = "EXPERIMENT", .help = "a TOML file; see tasks/compare"}},
      .flags = flags(),
      .run = run};
  return model_command(std::move(command), config_flags({"data", "tokenizer", "model", "attention",
                                                         "train", "decode", "log"},
                                                        {"task"}));
}

}  // namespace lectern
