#include "tasks/commands/bench_attention.h"

#include <iomanip>
#include <iostream>

#include "tasks/commands/commands.h"
#include "tasks/report/page.h"
#include "tasks/report/svg.h"
#include "tasks/training/safe_file.h"

namespace lectern {
namespace {

constexpr int name_width = 24, number_width = 10;

using Numbers = std::vector<double> PatternCost::*;

/// Three digits, whatever the size: 0.0123, 1.23, 123.
std::string three_digits(double number) {
  std::ostringstream out;
  out << std::fixed << std::setprecision(number >= 99.95 ? 0 : number >= 9.995 ? 1 : 2) << number;
  return out.str();
}

void print_cell(const std::string& cell) { std::cout << std::setw(number_width) << cell; }

/// One row for each pattern, one column for each length, and how fast the numbers grow.
void print_table(const std::string& title, const PatternBench& bench,
                 const std::vector<PatternCost>& costs, Numbers numbers, double unit) {
  std::cout << '\n' << std::left << std::setw(name_width) << title << std::right;
  for (const std::int64_t length : bench.lengths) print_cell(text(length));
  print_cell("exponent");
  std::cout << '\n';
  for (const PatternCost& cost : costs) {
    std::cout << std::left << std::setw(name_width) << cost.name << std::right;
    for (std::size_t i = 0; i < bench.lengths.size(); ++i)
      print_cell(i < cost.lengths.size() ? three_digits((cost.*numbers)[i] / unit) : "-");
    if (cost.lengths.size() > 1) print_cell(three_digits(exponent(cost.lengths, cost.*numbers)));
    std::cout << std::endl;
  }
}

void print_crossovers(const std::vector<PatternCost>& costs) {
  std::cout << "\nForward and backward, faster than exact attention in tiles\n";
  for (std::size_t i = 1; i < costs.size(); ++i) {
    const std::optional<double> from = crossover(costs[i], costs[0]);
    std::cout << std::left << std::setw(name_width) << costs[i].name
              << (from ? text("from ", static_cast<std::int64_t>(*from), " tokens")
                       : std::string("at none of these lengths"))
              << std::endl;
  }
}

/// Exact attention, the first of all, beside the patterns that hash or beside the others.
std::string curves(const std::string& title, const std::string& unit_name,
                   const std::vector<PatternCost>& costs, bool hashes, Numbers numbers,
                   double unit) {
  LineChart chart{.title = title + (hashes ? ", hashing" : ""),
                  .x = {.label = "tokens", .scale = AxisScale::log},
                  .y = {.label = unit_name, .scale = AxisScale::log},
                  .height = 420};
  for (const PatternCost& cost : costs) {
    if (cost.hashes != hashes && &cost != &costs.front()) continue;
    Series series{.name = cost.name, .x = cost.lengths};
    for (const double number : cost.*numbers) series.y.push_back(number / unit);
    chart.series.push_back(std::move(series));
  }
  return line_chart(chart);
}

void write_page(const std::string& path, const std::vector<PatternCost>& costs) {
  std::string charts;
  for (const bool hashes : {false, true}) {
    charts += curves("Time, forward and backward", "ms", costs, hashes, &PatternCost::step, 1e-3);
    charts += curves("Memory", "MiB", costs, hashes, &PatternCost::memory, 1 << 20);
  }
  const std::string page = html_page({.title = "What attention costs",
                                      .style = chart_style(),
                                      .body = charts,
                                      .footer = page_footer(typed_command(), lectern_version)});
  replace_file(path,
               [&](int descriptor) { write_all(descriptor, page.data(), page.size(), path); });
  std::cerr << "wrote " << path << ": open it in a browser\n";
}

}  // namespace

void bench_attention(const PatternBench& bench, const std::string& page) {
  std::cout << "\nAttention, " << bench.heads << " heads of " << bench.d_head << ", "
            << (bench.causal ? "causal, " : "") << "batch " << bench.batch
            << "; memory without inputs and their gradients\n";
  const std::vector<PatternCost> costs = measure_patterns(bench, all_contestants(bench));
  print_table("forward [ms]", bench, costs, &PatternCost::forward, 1e-3);
  print_table("with backward [ms]", bench, costs, &PatternCost::step, 1e-3);
  print_table("memory [MiB]", bench, costs, &PatternCost::memory, 1 << 20);
  print_crossovers(costs);
  if (!page.empty()) write_page(page, costs);
}

}  // namespace lectern
