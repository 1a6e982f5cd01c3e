#include "tasks/commands/complexity.h"

#include <cmath>
#include <iomanip>
#include <iostream>

#include "tasks/benchmark/attention_patterns.h"
#include "tasks/commands/commands.h"
#include "tasks/commands/text_table.h"
#include "tensor/parallel.h"

namespace lectern {
namespace {

constexpr double paper_speed = 10e6;  // operations a second

/// A span of time in the unit that suits it: "1.0 ms", "16.7 min".
std::string span(double seconds) {
  struct Unit {
    double size;
    const char* name;
  };
  constexpr Unit units[] = {{60, "min"}, {1, "s"}, {1e-3, "ms"}, {1e-6, "us"}};
  const Unit* unit = units;
  while (unit != &units[3] && seconds < unit->size) ++unit;
  std::ostringstream out;
  out.exceptions(std::ios::badbit);
  out << std::fixed << std::setprecision(1) << seconds / unit->size << ' ' << unit->name;
  return out.str();
}

/// 1234567 as 1,234,567.
std::string grouped(double count) {
  std::string digits = text(static_cast<std::int64_t>(std::llround(count)));
  for (auto i = static_cast<std::int64_t>(digits.size()) - 3; i > 0; i -= 3)
    digits.insert(static_cast<std::size_t>(i), ",");
  return digits;
}

using Row = std::vector<std::string>;

Row heading(const std::string& title, const std::vector<std::int64_t>& lengths) {
  Row row = {title};
  for (const std::int64_t length : lengths) row.push_back(grouped(static_cast<double>(length)));
  return row;
}

void print_measured(const PatternBench& bench) {
  std::vector<Row> rows = {{}, heading("measured here", bench.lengths)};
  for (const PatternCost& cost : measure_patterns(bench, all_contestants(bench))) {
    rows.push_back({cost.name});
    for (std::size_t i = 0; i < bench.lengths.size(); ++i)
      rows.back().push_back(i < cost.forward.size() ? span(cost.forward[i].median) : "-");
  }
  std::cout
      << text_table(rows) << "\nMeasured: the forward pass of one head of " << bench.d_head
      << " on " << thread_count() << (thread_count() == 1 ? " thread" : " threads")
      << ". An operation on paper is one score; here a score and\nits share of the result are "
      << 4 * bench.d_head << " multiplications and additions.\n";
}

int run(const Arguments& arguments) {
  if (arguments.given("threads"))
    set_thread_count(static_cast<int>(arguments.integer("threads", 1, 1024)));
  const std::int64_t longest = arguments.integer("longest", 100, 1'000'000);
  PatternBench bench{
      .heads = 1, .causal = arguments.on("causal"), .backward = false, .lengths = {}};
  for (std::int64_t length = 100; length <= longest; length *= 10) bench.lengths.push_back(length);
  std::cout << operations_on_paper(bench.lengths) << std::flush;
  print_measured(bench);
  return 0;
}

}  // namespace

std::string operations_on_paper(const std::vector<std::int64_t>& lengths) {
  struct Growth {
    const char* name;
    double (*operations)(double length);
  };
  constexpr Growth growths[] = {
      {"L^2", [](double length) { return length * length; }},
      {"L log2 L", [](double length) { return length * std::log2(length); }},
      {"L", [](double length) { return length; }},
  };
  std::vector<Row> counts = {heading("operations", lengths)};
  std::vector<Row> times = {heading("at 10 M operations/s", lengths)};
  for (const Growth& growth : growths) {
    counts.push_back({growth.name});
    times.push_back({growth.name});
    for (const std::int64_t length : lengths) {
      const double operations = growth.operations(static_cast<double>(length));
      counts.back().push_back(grouped(operations));
      times.back().push_back(span(operations / paper_speed));
    }
  }
  counts.push_back({});
  counts.insert(counts.end(), times.begin(), times.end());
  return text_table(counts);
}

Command complexity_command() {
  return {.name = "complexity",
          .summary = "Show what L^2 means: operations on paper, and seconds on this machine.",
          .example = "lectern complexity",
          .flags = {{.name = "longest",
                     .metavar = "N",
                     .help = "longest sequence [tokens]",
                     .default_value = "100000"},
                    {.name = "causal", .help = "tokens see only what came before"},
                    {.name = "threads",
                     .aliases = {"cpu-threads", "intra-threads"},
                     .metavar = "N",
                     .help = "how many; all that the process may use if not given"}},
          .run = run};
}

}  // namespace lectern
