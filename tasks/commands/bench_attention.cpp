#include "tasks/commands/bench_attention.h"

#include <cmath>
#include <functional>
#include <iomanip>
#include <iostream>

#include "tasks/commands/commands.h"
#include "tasks/commands/text_table.h"
#include "tasks/report/charts.h"
#include "tasks/report/markup.h"
#include "tasks/report/page.h"
#include "tasks/training/output_file.h"
#include "tensor/parallel.h"

namespace lectern {
namespace {

using Row = std::vector<std::string>;

/// Three digits, whatever the size: 0.0123, 1.23, 123.
std::string three_digits(double number) {
  std::ostringstream out;
  out.exceptions(std::ios::badbit);
  out << std::fixed << std::setprecision(number >= 99.95 ? 0 : number >= 9.995 ? 1 : 2) << number;
  return out.str();
}

/// What is drawn and printed of a pattern: its name in the tables, its numbers at each length, and
/// how far each may be wrong.
struct Figures {
  std::string title, unit_name;
  std::function<std::vector<double>(const PatternCost&)> numbers;
  std::function<std::vector<double>(const PatternCost&)> spreads;  ///< shares; none where exact
};

Figures times(const std::string& title, std::vector<Timing> PatternCost::*which) {
  const auto each = [which](double Timing::*member, double unit) {
    return [=](const PatternCost& cost) {
      std::vector<double> numbers;
      for (const Timing& time : cost.*which) numbers.push_back(time.*member / unit);
      return numbers;
    };
  };
  return {title, "ms", each(&Timing::median, 1e-3), each(&Timing::spread, 1)};
}

Figures memory() {
  const auto megabytes = [](const PatternCost& cost) {
    std::vector<double> numbers;
    for (const double bytes : cost.memory) numbers.push_back(bytes / (1 << 20));
    return numbers;
  };
  return {"Memory", "MiB", megabytes, [](const PatternCost&) { return std::vector<double>(); }};
}

/// One row for each pattern, one column for each length, and how fast the numbers grow.
std::string table(const Figures& figures, const PatternBench& bench,
                  const std::vector<PatternCost>& costs) {
  std::vector<Row> rows = {{figures.title + " [" + figures.unit_name + "]"}};
  for (const std::int64_t length : bench.lengths) rows[0].push_back(text(length));
  rows[0].push_back("exponent");
  for (const PatternCost& cost : costs) {
    const std::vector<double> numbers = figures.numbers(cost), spreads = figures.spreads(cost);
    rows.push_back({cost.name});
    for (std::size_t i = 0; i < bench.lengths.size(); ++i) {
      std::string cell = i < numbers.size() ? three_digits(numbers[i]) : "-";
      if (i < spreads.size()) cell += text(" ±", std::lround(100 * spreads[i]), "%");
      rows.back().push_back(cell);
    }
    if (numbers.size() > 1) rows.back().push_back(three_digits(exponent(cost.lengths, numbers)));
  }
  return text_table(rows);
}

/// From where on a pattern is faster than exact attention, in words.
std::string in_words(const std::optional<Crossover>& found) {
  if (!found) return "not clearly at any of these lengths";
  const auto low = std::llround(found->low), high = std::llround(found->high);
  if (low == high) return text("from ", low, " tokens on");
  return text("from between ", low, " and ", high, " tokens on");
}

std::vector<Row> crossovers(const std::vector<PatternCost>& costs) {
  std::vector<Row> rows;
  for (std::size_t i = 1; i < costs.size(); ++i)
    rows.push_back({costs[i].name, in_words(crossover(costs[i], costs[0]))});
  return rows;
}

/// A line for each pattern, in the same colour and stroke in every chart. There are six colours:
/// what hashes is dashed, and so is what comes after the sixth.
std::vector<Series> styled_lines(const std::vector<PatternCost>& costs) {
  constexpr int colours = 6;
  int plain = 0, hashing = 1;  // exact attention's colour is in every chart
  std::vector<Series> lines;
  for (const PatternCost& cost : costs) {
    const int place = cost.hashes ? hashing++ : plain++;
    const bool dashed = cost.hashes || place >= colours;
    lines.push_back({.name = cost.name,
                     .x = cost.lengths,
                     .stroke = dashed ? Stroke::dashed : Stroke::solid,
                     .colour = place % colours + 1});
  }
  return lines;
}

/// Exact attention, the first of all, beside the patterns that hash or beside the others.
std::string curves(const Figures& figures, const PatternBench& bench,
                   const std::vector<PatternCost>& costs, bool hashing) {
  std::vector<Series> styled = styled_lines(costs), lines;
  for (std::size_t i = 0; i < costs.size(); ++i) {
    if (costs[i].hashes != hashing && i > 0) continue;
    styled[i].y = figures.numbers(costs[i]);
    lines.push_back(std::move(styled[i]));
  }
  ChartOptions options{.title = figures.title + (hashing ? ", hashing" : ""),
                       .x = {.label = "tokens", .scale = AxisScale::log},
                       .y = {.label = figures.unit_name, .scale = AxisScale::log},
                       .height = 420};
  for (const std::int64_t length : bench.lengths)
    options.x.ticks.push_back(static_cast<double>(length));
  return figure(
      [&](double width) {
        options.width = width;
        return line_chart(lines, options);
      },
      980);
}

std::string page(const PatternBench& bench, const std::vector<PatternCost>& costs) {
  const std::string title = "What attention costs";
  const std::string lead =
      text("Time and memory of every pattern of attention against the length of the sequence: ",
           bench.heads, " heads of ", bench.d_head, ", ", bench.causal ? "causal, " : "", "batch ",
           bench.batch, ", ", thread_count(), thread_count() == 1 ? " thread" : " threads",
           ". Medians; both axes are logarithmic, so that a straight line of slope 2 grows with "
           "the square of the length.");
  std::string body = page_header(title, lead);
  for (const bool hashing : {false, true}) {
    std::string charts = element("h2", {}, hashing ? "Hashing" : "Every pair, windows, sums");
    charts +=
        curves(times("Time, forward and backward", &PatternCost::step), bench, costs, hashing);
    charts += curves(memory(), bench, costs, hashing);
    body += element("section", {}, charts);
  }
  std::string rows;
  for (const Row& row : crossovers(costs))
    rows +=
        element("tr", {}, element("td", {}, escape(row[0])) + element("td", {}, escape(row[1])));
  body += element("section", {},
                  element("h2", {}, "Faster than exact attention in tiles") +
                      element("p", {{"class", "note"}},
                              "Forward and backward, by more than the spread of both.") +
                      element("table", {}, rows));
  return html_page({.title = title,
                    .style = "td{padding:2px 24px 2px 0}",
                    .body = body,
                    .footer = page_footer(typed_command(), lectern_version)});
}

}  // namespace

void bench_attention(const PatternBench& bench, const std::string& path) {
  std::cout << "\nAttention, " << bench.heads << " heads of " << bench.d_head << ", "
            << (bench.causal ? "causal, " : "") << "batch " << bench.batch
            << "; memory without inputs and their gradients" << std::endl;
  const std::vector<PatternCost> costs = measure_patterns(bench, all_contestants(bench));
  for (const Figures& figures : {times("Forward", &PatternCost::forward),
                                 times("With backward", &PatternCost::step), memory()})
    std::cout << '\n' << table(figures, bench, costs);
  std::cout << "\nFaster than exact attention in tiles, forward and backward, by more than the "
               "spread of both\n";
  for (const Row& row : crossovers(costs))
    std::cout << std::left << std::setw(26) << row[0] << row[1] << '\n';
  if (path.empty()) return;
  write_output(path, page(bench, costs));
  std::cerr << "wrote " << path << ": open it in a browser\n";
}

}  // namespace lectern
