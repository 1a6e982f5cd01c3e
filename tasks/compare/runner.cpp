#include "tasks/compare/runner.h"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "tasks/failure.h"
#include "tasks/metrics/metric.h"
#include "tasks/task/task_kind.h"
#include "tasks/training/metrics_file.h"
#include "tasks/training/progress.h"
#include "tasks/training/share.h"
#include "tensor/measure.h"

namespace lectern {
namespace {

/// `4 min`, `2 h 05 min`: a span of time for people.
std::string span(double seconds) {
  const auto minutes = static_cast<std::int64_t>(std::llround(seconds / 60));
  if (seconds < 99.5) return text(std::llround(seconds), " s");
  if (minutes < 100) return text(minutes, " min");
  return text(minutes / 60, " h ", minutes % 60 < 10 ? "0" : "", minutes % 60, " min");
}

std::string name_of(const Cell& cell) {
  return (cell.setting.empty() ? "" : cell.setting + ", ") + cell.variant +
         text(", seed ", cell.seed);
}

std::string result_path(const CompareOptions& options, const Cell& cell) {
  return options.folder + "/" + cell.folder() + "/result.json";
}

std::string cost_path(const CompareOptions& options, const Cell& cell) {
  return options.folder + "/" + (cell.setting.empty() ? "" : cell.setting + "/") + cell.variant +
         "/cost.json";
}

/// The first figure comes out again from the counts of the examples; else no paired test would mean
/// anything.
void expect_sound(const Evaluation& evaluation, const Cell& cell) {
  const auto score = task_kind(cell.config).score;
  if (score == nullptr || evaluation.examples.empty()) return;
  const double again = score(cell.config, total({.sentences = evaluation.examples}));
  const double figure = evaluation.measure().value;
  check(std::abs(again - figure) <= 1e-6 * std::max(1.0, std::abs(figure)), [&] {
    return text("the task ", cell.config.task.name, " says ", evaluation.measure().name, " = ",
                figure, ", but its examples add up to ", again);
  });
}

RunResult score(const Cell& cell, Split split, const CompareOptions& options,
                double training_seconds) {
  const std::string folder = options.folder + "/" + cell.folder();
  const Checkpoint checkpoint = load_checkpoint(resolve_checkpoint(folder));
  RunResult result{.cell = cell, .training_seconds = training_seconds};
  if (task_kind(cell.config).start) {
    const Progress progress = read_progress(load_checkpoint(folder + "/last"));
    result.steps = progress.step;
    result.tokens = progress.tokens;
    MetricsFile curves = read_metrics(folder + "/metrics.jsonl");
    result.width_steps = std::move(curves.width_steps);
    result.widths = std::move(curves.widths);
  }
  const Stopwatch clock;
  result.evaluation = task_kind(cell.config)
                          .evaluate({.checkpoint = checkpoint,
                                     .config = cell.config,
                                     .split = split,
                                     .strict = options.strict});
  result.evaluation_seconds = clock.elapsed();
  expect_sound(result.evaluation, cell);
  return result;
}

/// Trains and scores one run, or says that it diverged.
/// \param signal  what ended it; 0: it is finished
RunResult finish(const Cell& cell, Split split, const TrainCell& train,
                 const CompareOptions& options, int& signal) try {
  const Stopwatch clock;
  signal = train(cell.config, options.folder + "/" + cell.folder());
  if (signal != 0) return {};
  return score(cell, split, options, clock.elapsed());
} catch (const Failure& failure) {
  if (failure.code != ExitCode::diverged) throw;
  return {.cell = cell, .diverged = failure.what()};
}

/// "accuracy 97.5 %"
std::string told(const RunResult& result) {
  if (!result.diverged.empty()) return "diverged: " + result.diverged;
  const Figure& measure = result.evaluation.measure();
  return text(measure.name, " ", fixed(measure.value, measure.digits),
              measure.unit.empty() ? "" : " ", measure.unit);
}

/// What is not finished of this rank's share.
std::vector<Cell> unfinished(const std::vector<Cell>& cells, const CompareOptions& options,
                             ProcessGroup& ranks) {
  std::vector<Cell> left, own;
  std::string folders;
  for (const Cell& cell : cells)
    if (!read_result(result_path(options, cell), cell)) {
      if (Share(ranks).has(std::ssize(left))) own.push_back(cell);
      left.push_back(cell);
      folders += cell.folder() + '\n';
    }
  if (ranks.is_first())
    options.say(
        text(cells.size(), " trainings, ", cells.size() - left.size(), " of them finished"));
  for (const std::string& theirs : gather(ranks, folders))  // before one of them is finished
    check(theirs == folders, [&] {
      return text("the ranks do not find the same runs in ", options.folder,
                  ": it has to lie where every host sees it, and all need the same experiment");
    });
  return own;
}

/// Trains and scores what is not finished.
/// \return the signal that ended it, or 0
int finish_runs(const std::vector<Cell>& cells, Split split, const TrainCell& train,
                const CompareOptions& options, ProcessGroup& ranks) {
  const std::vector<Cell> left = unfinished(cells, options, ranks);
  const Stopwatch all;
  for (std::size_t i = 0; i < left.size(); ++i) {
    const Cell& cell = left[i];
    options.say(text("training ", i + 1, " of ", left.size(), ": ", name_of(cell)));
    const Stopwatch clock;
    int signal = 0;
    const RunResult result = finish(cell, split, train, options, signal);
    if (signal != 0) return signal;
    write_result(result_path(options, cell), result);
    const double each = all.elapsed() / static_cast<double>(i + 1);
    options.say(text("  ", told(result), ", ", span(clock.elapsed()), "; ", left.size() - i - 1,
                     " left, about ", span(each * static_cast<double>(left.size() - i - 1))));
  }
  return 0;
}

/// Of every variant of a case its first run that did not diverge: that whose steps are measured.
std::vector<const Cell*> measured_cells(const std::vector<Cell>& cells, const std::string& setting,
                                        const CompareOptions& options) {
  std::vector<const Cell*> first;
  for (const Cell& cell : cells) {
    const bool is_there = std::ranges::any_of(
        first, [&](const Cell* before) { return before->variant == cell.variant; });
    if (cell.setting == setting && !is_there &&
        read_result(result_path(options, cell), cell)->diverged.empty())
      first.push_back(&cell);
  }
  return first;
}

/// Measures the steps of all variants in turn, unless all are measured: figures of one machine in one
/// hour can be compared.
void measure_costs(const Experiment& experiment, const std::vector<Cell>& cells,
                   const CompareOptions& options) {
  for (const Variant& setting : experiment.cases) {
    const std::vector<const Cell*> first = measured_cells(cells, setting.name, options);
    bool all_there = true;
    for (const Cell* cell : first) {
      if (!task_kind(cell->config).start) return;  // there are no gradient steps to measure
      all_there = all_there && read_cost(cost_path(options, *cell), cell->config).has_value();
    }
    if (all_there) continue;
    options.say(text("measuring steps", setting.name.empty() ? "" : " of " + setting.name, ": ",
                     first.size(), " variants in turn, ", options.rounds, " rounds"));
    std::vector<StepMeter> meters;
    for (const Cell* cell : first)
      meters.emplace_back(cell->config,
                          load_checkpoint(options.folder + "/" + cell->folder() + "/last"));
    for (int round = 0; round < options.rounds; ++round)
      for (StepMeter& meter : meters) meter.round();
    for (std::size_t i = 0; i < first.size(); ++i)
      write_cost(cost_path(options, *first[i]), meters[i].cost(), first[i]->config);
  }
}

}  // namespace

int run_experiment(const Experiment& experiment, const std::vector<Cell>& cells,
                   const TrainCell& train, const CompareOptions& options,
                   std::vector<VariantResult>& results) {
  ProcessGroup alone;
  ProcessGroup& ranks = options.ranks != nullptr ? *options.ranks : alone;
  const int ended = finish_runs(cells, experiment.split, train, options, ranks);
  for (const int signal : gather(ranks, ended))
    if (signal != 0) return signal;
  if (!ranks.is_first()) return 0;
  measure_costs(experiment, cells, options);
  for (const Variant& setting : experiment.cases)
    for (const Variant& variant : experiment.variants) {
      VariantResult found{.setting = setting.name, .variant = variant.name};
      for (const Cell& cell : cells) {
        if (cell.setting != setting.name || cell.variant != variant.name) continue;
        RunResult run = read_result(result_path(options, cell), cell).value();
        const bool scored = run.diverged.empty();
        if (scored && found.runs.empty())
          found.cost = read_cost(cost_path(options, cell), cell.config).value_or(StepCost{});
        (scored ? found.runs : found.diverged).push_back(std::move(run));
      }
      results.push_back(std::move(found));
    }
  return 0;
}

}  // namespace lectern
