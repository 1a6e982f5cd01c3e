#include "tasks/compare/analysis.h"

#include <algorithm>
#include <cmath>

#include "tasks/config/value.h"
#include "tasks/metrics/metric.h"
#include "tasks/task/task_kind.h"

namespace lectern {
namespace {

/// Between which numbers 95 per cent of Student's t lie, for 1 … 30 degrees of freedom.
constexpr std::array<double, 30> student_t = {
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228,
    2.201,  2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086,
    2.080,  2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042};

constexpr std::size_t fewest_seeds = 3;  // from which an interval over seeds is made

double measure_of(const RunResult& run) { return run.evaluation.measure().value; }

/// The examples of all runs, one after the other; none where they cannot be scored.
CountedText counted(const std::vector<RunResult>& runs) {
  CountedText all;
  const Config& config = runs.at(0).cell.config;
  const auto score = task_kind(config).score;
  if (score == nullptr) return all;
  for (const RunResult& run : runs) {
    const std::vector<Counts>& examples = run.evaluation.examples;
    all.sentences.insert(all.sentences.end(), examples.begin(), examples.end());
  }
  all.score = [&config, score](const Counts& sum) { return score(config, sum); };
  return all;
}

double mean_of(const VariantResult& variant) {
  double sum = 0.0;
  for (const RunResult& run : variant.runs) sum += measure_of(run);
  return sum / static_cast<double>(variant.runs.size());
}

/// The runs whose seeds the other variant has, too.
VariantResult paired(const VariantResult& variant, const VariantResult& other) {
  VariantResult some{.setting = variant.setting, .variant = variant.variant};
  for (const RunResult& run : variant.runs) {
    const auto same_seed = [&](const RunResult& its) { return its.cell.seed == run.cell.seed; };
    if (std::ranges::any_of(other.runs, same_seed)) some.runs.push_back(run);
  }
  return some;
}

/// A field of the file: in quotes where it has to be.
std::string csv(const std::string& field) {
  if (field.find_first_of(",\"\n\r") == std::string::npos) return field;
  std::string quoted = "\"";
  for (const char letter : field) quoted += letter == '"' ? "\"\"" : std::string(1, letter);
  return quoted + "\"";
}

std::string line(const std::vector<std::string>& fields) {
  std::string joined;
  for (std::size_t i = 0; i < fields.size(); ++i) joined += (i == 0 ? "" : ",") + csv(fields[i]);
  return joined + "\r\n";
}

const std::vector<std::string> columns = {"case",
                                          "variant",
                                          "seed",
                                          "measure",
                                          "value",
                                          "low",
                                          "high",
                                          "difference",
                                          "p",
                                          "parameters",
                                          "steps",
                                          "tokens",
                                          "training_s",
                                          "evaluation_s",
                                          "epoch_s",
                                          "epoch_attention_s",
                                          "forward_ms",
                                          "peak_bytes",
                                          "step_operations",
                                          "forward_operations",
                                          "forward_operations_by_formula",
                                          "figures"};

/// Its figures beside the first.
std::string all_figures(const RunResult& run) {
  std::string figures;
  for (const Figure& figure : run.evaluation.figures)
    figures += (figures.empty() ? "" : "; ") + figure.name + " = " +
               fixed(figure.value, figure.digits) + (figure.unit.empty() ? "" : " " + figure.unit);
  return figures;
}

/// A training that diverged: nothing but that.
std::string diverged_line(const VariantResult& result, const RunResult& run) {
  std::vector<std::string> fields(columns.size());
  fields[0] = result.setting;
  fields[1] = result.variant;
  fields[2] = text(run.cell.seed);
  fields.back() = "diverged: " + run.diverged;
  return line(fields);
}

/// The run of the same case and seed that another one is held against; null: there is none.
const RunResult* partner_of(const RunResult& run, const std::vector<VariantResult>& results,
                            const std::string& setting, const std::string& baseline) {
  for (const VariantResult& other : results)
    for (const RunResult& base : other.runs)
      if (other.setting == setting && other.variant == baseline &&
          base.cell.seed == run.cell.seed && &base != &run)
        return &base;
  return nullptr;
}

std::string run_line(const VariantResult& result, const RunResult& run, const RunResult* base) {
  const Estimate estimate = estimate_of(run);
  const StepCost& cost = result.cost;
  std::string difference, p;
  if (base != nullptr) {
    difference = to_toml(estimate.value - measure_of(*base));
    if (const auto found = against({.runs = {*base}}, {.runs = {run}})) p = to_toml(found->p_value);
  }
  return line({result.setting,
               result.variant,
               text(run.cell.seed),
               run.evaluation.measure().name,
               to_toml(estimate.value),
               to_toml(estimate.low),
               to_toml(estimate.high),
               difference,
               p,
               text(cost.parameters),
               text(run.steps),
               text(run.tokens),
               to_toml(run.training_seconds),
               to_toml(run.evaluation_seconds),
               to_toml(cost.epoch()),
               to_toml(cost.epoch() * cost.attention_share()),
               to_toml(1e3 * cost.forward),
               text(cost.peak),
               text(cost.operations),
               text(cost.forward_operations),
               cost.counted_forward > 0 ? text(cost.counted_forward) : "",
               all_figures(run)});
}

}  // namespace

Estimate estimate_of(const RunResult& run) { return estimate_of(VariantResult{.runs = {run}}); }

Estimate estimate_of(const VariantResult& variant) {
  const double mean = mean_of(variant), count = static_cast<double>(variant.runs.size());
  if (variant.runs.size() < fewest_seeds) {
    const CountedText all = counted(variant.runs);
    if (all.sentences.empty()) return {mean, mean, mean};
    const double half = bootstrap_interval(all).half_width;
    return {mean, mean - half, mean + half};
  }
  double squares = 0.0;
  for (const RunResult& run : variant.runs) squares += std::pow(measure_of(run) - mean, 2);
  const std::size_t freedom = std::min(variant.runs.size() - 1, student_t.size());
  const double half = student_t[freedom - 1] * std::sqrt(squares / (count - 1) / count);
  return {mean, mean - half, mean + half};
}

std::optional<Against> against(const VariantResult& all_of_baseline,
                               const VariantResult& all_of_variant) {
  const VariantResult baseline = paired(all_of_baseline, all_of_variant),
                      variant = paired(all_of_variant, all_of_baseline);
  if (variant.runs.empty()) return std::nullopt;
  const CountedText before = counted(baseline.runs), after = counted(variant.runs);
  if (before.sentences.empty() || before.sentences.size() != after.sentences.size())
    return std::nullopt;
  const double difference = mean_of(variant) - mean_of(baseline);
  const bool less = variant.runs[0].evaluation.less_is_better;
  return Against{.difference = difference,
                 // No difference is what chance always makes; the resamples cannot say so.
                 .p_value = difference == 0 ? 1.0 : compare_systems(before, after).p_value,
                 .better = less ? difference < 0 : difference > 0};
}

std::string runs_csv(const std::vector<VariantResult>& results, const std::string& baseline) {
  std::string file = line(columns);
  for (const VariantResult& result : results) {
    for (const RunResult& run : result.runs)
      file += run_line(result, run, partner_of(run, results, result.setting, baseline));
    for (const RunResult& run : result.diverged) file += diverged_line(result, run);
  }
  return file;
}

}  // namespace lectern
