#include <cmath>
#include <iomanip>
#include <iostream>

#include "tasks/benchmark/attention_patterns.h"
#include "tasks/commands/commands.h"
#include "tensor/parallel.h"

namespace lectern {
namespace {

constexpr double paper_speed = 10e6;  // operations a second
constexpr int name_width = 24, cell_width = 14;

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

void print_name(const std::string& name) {
  std::cout << std::left << std::setw(name_width) << name << std::right;
}

void print_lengths(const std::string& title, const std::vector<std::int64_t>& lengths) {
  print_name(title);
  for (const std::int64_t length : lengths)
    std::cout << std::setw(cell_width) << grouped(static_cast<double>(length));
  std::cout << '\n';
}

/// What grows how, if every operation takes a ten-millionth of a second.
void print_paper(const std::vector<std::int64_t>& lengths) {
  struct Growth {
    const char* name;
    double (*operations)(double length);
  };
  constexpr Growth growths[] = {
      {"L^2", [](double length) { return length * length; }},
      {"L log2 L", [](double length) { return length * std::log2(length); }},
      {"L", [](double length) { return length; }},
  };
  print_lengths("operations", lengths);
  for (const Growth& growth : growths) {
    print_name(growth.name);
    for (const std::int64_t length : lengths)
      std::cout << std::setw(cell_width) << grouped(growth.operations(static_cast<double>(length)));
    std::cout << '\n';
  }
  std::cout << '\n';
  print_lengths("at 10 M operations/s", lengths);
  for (const Growth& growth : growths) {
    print_name(growth.name);
    for (const std::int64_t length : lengths)
      std::cout << std::setw(cell_width)
                << span(growth.operations(static_cast<double>(length)) / paper_speed);
    std::cout << '\n';
  }
}

void print_measured(const PatternBench& bench) {
  std::cout << '\n';
  print_lengths("measured here", bench.lengths);
  for (const PatternCost& cost : measure_patterns(bench, all_contestants(bench))) {
    print_name(cost.name);
    for (std::size_t i = 0; i < bench.lengths.size(); ++i)
      std::cout << std::setw(cell_width) << (i < cost.forward.size() ? span(cost.forward[i]) : "-");
    std::cout << std::endl;
  }
  std::cout
      << "\nMeasured: the forward pass of one head of " << bench.d_head << " on " << thread_count()
      << (thread_count() == 1 ? " thread" : " threads")
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
  print_paper(bench.lengths);
  print_measured(bench);
  return 0;
}

}  // namespace

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
