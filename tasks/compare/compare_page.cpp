#include "tasks/compare/compare_page.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "tasks/config/value.h"
#include "tasks/metrics/metric.h"
#include "tasks/report/charts.h"
#include "tasks/report/markup.h"
#include "tasks/report/page.h"

namespace lectern {
namespace {

constexpr std::string_view compare_style = R"css(
.scroll{overflow-x:auto;margin:14px 0}
.results{border-collapse:collapse;font-size:14.5px;font-variant-numeric:tabular-nums}
.results th,.results td{padding:6px 12px 6px 0;border-bottom:1px solid var(--grid);
 text-align:right;white-space:nowrap;vertical-align:baseline}
.results th:first-child,.results td:first-child{text-align:left}
.results th{font-weight:600;color:var(--muted);vertical-align:bottom;white-space:normal;
 max-width:9em}
.results .note{color:var(--muted);font-size:12.5px}
.results .wins{font-weight:650}
.split{display:flex;width:120px;height:9px;background:none;margin-left:auto}
.split i{background:var(--accent);height:9px}.split b{background:var(--rule);height:9px}
)css";

using Results = std::vector<const VariantResult*>;

/// The variants of a case that have a score.
Results of_case(const ComparePage& page, const std::string& setting) {
  Results some;
  for (const VariantResult& result : page.results)
    if (result.setting == setting && !result.runs.empty()) some.push_back(&result);
  return some;
}

/// What has no score, and why.
std::string diverged_runs(const ComparePage& page, const std::string& setting) {
  std::string body;
  for (const VariantResult& result : page.results)
    for (const RunResult& run : result.diverged)
      if (result.setting == setting)
        body += paragraph(text(result.variant, ", seed ", run.cell.seed,
                               ", diverged and counts in ", "no figure: ", run.diverged));
  return body;
}

const VariantResult* baseline_of(const ComparePage& page, const Results& results) {
  for (const VariantResult* result : results)
    if (result->variant == page.experiment.baseline) return result;
  return nullptr;
}

const Figure& measure_of(const VariantResult& result) {
  return result.runs.at(0).evaluation.measure();
}

/// "accuracy [%]"
std::string measure_name(const VariantResult& result) {
  const Figure& figure = measure_of(result);
  return figure.unit.empty() ? figure.name : figure.name + " [" + figure.unit + "]";
}

std::string cell(const std::string& content, const std::string& note = {},
                 std::string_view style_class = {}) {
  std::string inside = escape(content);
  if (!note.empty()) inside += "<br>" + element("span", {{"class", "note"}}, escape(note));
  return style_class.empty() ? element("td", {}, inside)
                             : element("td", {{"class", style_class}}, inside);
}

/// 3.2×10⁹ as "3.20 G".
std::string giga(std::int64_t operations) {
  return readable(static_cast<double>(operations) / 1e9, 3);
}

std::string p_text(double p) { return p < 0.001 ? "p < 0.001" : "p = " + fixed(p, 3); }

std::string verdict(const Against& found) {
  if (found.difference == 0) return ", the same";
  if (found.p_value >= 0.05) return ", may be chance";
  return found.better ? ", better" : ", worse";
}

std::string quality_cells(const ComparePage& page, const VariantResult& result,
                          const VariantResult* baseline) {
  const Figure& figure = measure_of(result);
  const Estimate estimate = estimate_of(result);
  std::string cells =
      cell(fixed(estimate.value, figure.digits),
           fixed(estimate.low, figure.digits) + " … " + fixed(estimate.high, figure.digits));
  std::string seeds;
  for (const RunResult& run : result.runs)
    seeds += (seeds.empty() ? "" : "  ") + fixed(run.evaluation.measure().value, figure.digits);
  if (page.experiment.seeds.size() > 1) cells += cell(seeds);
  const auto found = baseline && baseline != &result ? against(*baseline, result) : std::nullopt;
  if (!found) return cells + cell(baseline == &result ? "baseline" : "–");
  return cells + cell((found->difference < 0 ? "−" : "+") +
                          fixed(std::abs(found->difference), figure.digits),
                      p_text(found->p_value) + verdict(*found),
                      found->p_value < 0.05 && found->better ? "wins" : "");
}

/// An epoch's time, and as a bar how much of it is attention; the longest bar is the slowest variant.
std::string time_cells(const VariantResult& result, double slowest) {
  const StepCost& cost = result.cost;
  const auto width = [&](double seconds) {
    return text("width:", coordinate(100 * seconds / slowest), "%");
  };
  const std::string bar = element("div", {{"class", "split"}},
                                  element("i", {{"style", width(cost.attention)}}) +
                                      element("b", {{"style", width(cost.step - cost.attention)}}));
  const double attention = cost.epoch() * cost.attention_share();
  return cell(readable(cost.epoch(), 3)) + element("td", {}, escape(readable(attention, 3)) + bar) +
         cell(readable(1e3 * cost.forward, 3));
}

std::string cost_cells(const VariantResult& result) {
  const StepCost& cost = result.cost;
  std::string formula = "no formula";
  if (cost.counted_forward > 0) {
    const double off = 100.0 * (static_cast<double>(cost.counted_forward) /
                                    static_cast<double>(cost.forward_operations) -
                                1.0);
    formula = "formula " + std::string(off >= 0 ? "+" : "−") + fixed(std::abs(off), 1) + " %";
  }
  return cell(readable(static_cast<double>(cost.peak) / (1 << 20), 3)) +
         cell(giga(cost.forward_operations), formula) +
         cell(readable(static_cast<double>(cost.parameters), 3));
}

using Row = std::function<std::string(const VariantResult&)>;

/// A line for every variant.
std::string table(const Results& results, const std::vector<std::string>& titles, const Row& row) {
  std::string head, body;
  for (const std::string& title : titles) head += element("th", {{"scope", "col"}}, escape(title));
  for (const VariantResult* result : results)
    body += element("tr", {}, cell(result->variant) + row(*result)) + "\n";
  return element(
             "div", {{"class", "scroll"}},
             element("table", {{"class", "results"}},
                     element("thead", {}, element("tr", {}, head)) + element("tbody", {}, body))) +
         "\n";
}

std::string quality_table(const ComparePage& page, const Results& results) {
  const VariantResult* baseline = baseline_of(page, results);
  std::vector<std::string> titles = {"", measure_name(*results.at(0))};
  if (page.experiment.seeds.size() > 1) titles.push_back("seed by seed");
  titles.push_back("against " + page.experiment.baseline);
  return table(results, titles,
               [&](const VariantResult& result) { return quality_cells(page, result, baseline); });
}

/// What else a run is told by.
std::string name_with_unit(const Figure& figure) {
  return figure.unit.empty() ? figure.name : figure.name + " [" + figure.unit + "]";
}

/// A figure of a variant, the mean of its seeds; a dash where it has none of that name.
std::string figure_cell(const VariantResult& result, const std::string& name) {
  double sum = 0.0;
  int count = 0, digits = 0;
  for (const RunResult& run : result.runs)
    for (const Figure& figure : run.evaluation.figures) {
      if (name_with_unit(figure) != name) continue;
      sum += figure.value;
      digits = figure.digits;
      ++count;
    }
  return cell(count == 0 ? "–" : fixed(sum / count, digits));
}

/// All figures but the first, which the table above has.
std::string figures_table(const Results& results) {
  std::vector<std::string> names;
  for (const VariantResult* result : results)
    for (const RunResult& run : result->runs)
      for (std::size_t i = 1; i < run.evaluation.figures.size(); ++i) {
        const std::string name = name_with_unit(run.evaluation.figures[i]);
        if (std::ranges::count(names, name) == 0) names.push_back(name);
      }
  if (names.empty()) return {};
  std::vector<std::string> titles = {""};
  titles.insert(titles.end(), names.begin(), names.end());
  return table(results, titles, [&](const VariantResult& result) {
    std::string cells;
    for (const std::string& name : names) cells += figure_cell(result, name);
    return cells;
  });
}

/// How wide the windows of every variant that learns them were while it trained: of its first seed.
std::string widths_over_training(const Results& results) {
  std::vector<Series> lines;
  for (const VariantResult* result : results)
    if (const RunResult& run = result->runs.at(0); !run.widths.empty())
      lines.push_back({.name = result->variant, .y = run.widths, .x = run.width_steps});
  if (lines.empty()) return {};
  return figure([&](double width) {
    return line_chart(lines,
                      {.title = "Learned windows: sigma while training, the mean of all heads",
                       .x = {.label = "step", .scale = AxisScale::from_zero},
                       .y = {.label = "sigma [tokens]", .scale = AxisScale::from_zero},
                       .width = width});
  });
}

std::string cost_table(const Results& results) {
  double slowest = 0.0;
  for (const VariantResult* result : results) slowest = std::max(slowest, result->cost.step);
  if (slowest <= 0) return {};  // a task without gradient steps
  return table(results,
               {"", "epoch [s]", "of it attention [s]", "forward, a batch [ms]", "peak [MiB]",
                "forward [G operations]", "parameters"},
               [&](const VariantResult& result) {
                 return time_cells(result, slowest) + cost_cells(result);
               });
}

/// Every run as a dot: what it reached over what an epoch costs.
std::string quality_over_time(const Results& results) {
  std::vector<Series> dots;
  for (const VariantResult* result : results) {
    Series series{.name = result->variant};
    for (const RunResult& run : result->runs) {
      series.x.push_back(result->cost.epoch());
      series.y.push_back(run.evaluation.measure().value);
    }
    dots.push_back(std::move(series));
  }
  return figure([&](double width) {
    return scatter_chart(dots, {.title = "Quality against time, a dot for every seed",
                                .x = {.label = "seconds an epoch", .scale = AxisScale::from_zero},
                                .y = {.label = measure_name(*results.at(0))},
                                .width = width});
  });
}

/// Over the cases, where they are numbers.
std::string quality_over_cases(const ComparePage& page) {
  std::vector<double> at;
  for (const Variant& setting : page.experiment.cases) {
    double number = 0;
    if (!parse_number(setting.name, number)) return {};
    at.push_back(number);
  }
  const auto scored = std::ranges::find_if(
      page.results, [](const VariantResult& result) { return !result.runs.empty(); });
  if (at.size() < 2 || scored == page.results.end()) return {};
  std::vector<Series> lines;
  for (const Variant& variant : page.experiment.variants) {
    Series series{.name = variant.name};
    for (const VariantResult& result : page.results) {
      double number = 0;
      if (result.variant != variant.name || result.runs.empty()) continue;
      parse_number(result.setting, number);
      series.x.push_back(number);
      series.y.push_back(estimate_of(result).value);
    }
    if (!series.x.empty()) lines.push_back(std::move(series));
  }
  return figure([&](double width) {
    return line_chart(lines, {.title = "Over the cases, the mean of the seeds",
                              .x = {.label = "case", .scale = AxisScale::log, .ticks = at},
                              .y = {.label = measure_name(*scored)},
                              .width = width});
  });
}

/// The mean over the seeds of what the task tells of parts of its examples.
std::string breakdowns(const Results& results) {
  std::vector<Series> lines;
  std::string by;
  for (const VariantResult* result : results) {
    Series series{.name = result->variant};
    for (const RunResult& run : result->runs) {
      const Breakdown& parts = run.evaluation.breakdown;
      if (parts.at.empty()) return {};
      by = parts.by;
      if (series.x.empty()) {
        series.x = parts.at;
        series.y.resize(parts.at.size());
      }
      if (series.x != parts.at) return {};
      for (std::size_t i = 0; i < parts.value.size(); ++i)
        series.y[i] += parts.value[i] / static_cast<double>(result->runs.size());
    }
    lines.push_back(std::move(series));
  }
  return figure([&](double width) {
    return line_chart(lines, {.title = "By " + by + ", the mean of the seeds",
                              .x = {.label = by, .scale = AxisScale::log},
                              .y = {.label = measure_name(*results.at(0))},
                              .width = width});
  });
}

std::string what_it_means(const ComparePage& page) {
  const bool seeds = page.experiment.seeds.size() > 2;
  std::string body = heading("What the numbers mean");
  body += paragraph(
      seeds ? "A figure is the mean over the seeds, and the numbers below it are where the mean of "
              "other seeds would lie at 95 per cent (Student's t). With few seeds that is wide."
            : "There are fewer than three seeds. The numbers below a figure are where it would lie "
              "at 95 per cent on other examples of the same kind (1,000 resamples); what other "
              "seeds would do, they do not say.");
  body += paragraph(
      "p is how often chance alone would make a difference from the baseline as large, had the "
      "test been other examples: a paired bootstrap over the same examples, seed with seed "
      "(Koehn 2004). Where many variants are compared, some p below 0.05 are to be expected by "
      "chance: one in twenty.");
  body += paragraph(
      "Times are medians of training steps that were measured in turn, variant after variant, on "
      "the same batches, on one machine; attention is MultiHeadAttention with its projections, "
      "forward and backward. Peak memory is the allocator's high-water mark of a step beside "
      "weights and optimiser. Operations are the multiplications and additions of the products "
      "that a forward pass made; below them how far a count by formulas is from that, where there "
      "are any.");
  if (!page.machine.empty()) body += paragraph("Measured on " + page.machine + ".");
  return body;
}

}  // namespace

std::string compare_page(const ComparePage& page) {
  const Experiment& experiment = page.experiment;
  std::string body = page_header(
      experiment.question.empty() ? "A comparison" : experiment.question,
      text(experiment.variants.size(), " ways to train the model of ", experiment.base, ", ",
           experiment.seeds.size(), experiment.seeds.size() == 1 ? " seed" : " seeds",
           ", scored on the ", name_of(experiment.split), " set; baseline: ", experiment.baseline));
  body += quality_over_cases(page);
  for (const Variant& setting : experiment.cases) {
    const Results results = of_case(page, setting.name);
    const std::string diverged = diverged_runs(page, setting.name);
    if (!setting.name.empty()) body += heading(setting.name);
    body += diverged;
    if (results.empty()) continue;
    body += quality_table(page, results) + figures_table(results) + cost_table(results) +
            breakdowns(results) + widths_over_training(results);
    if (results[0]->cost.step > 0) body += quality_over_time(results);
  }
  body += what_it_means(page);
  return html_page({.title = experiment.question.empty() ? "Comparison" : experiment.question,
                    .style = std::string(compare_style),
                    .body = body,
                    .footer = page_footer(page.command, page.version)});
}

}  // namespace lectern
