#include <iomanip>
#include <iostream>

#include "tasks/benchmark/benchmark.h"
#include "tasks/commands/bench_attention.h"
#include "tasks/commands/commands.h"
#include "tasks/commands/model_command.h"
#include "tasks/failure.h"
#include "tasks/training/output_file.h"
#include "tensor/matmul_engine.h"
#include "tensor/ops/matmul.h"
#include "tensor/parallel.h"
#include "tensor/precision.h"

namespace lectern {
namespace {

void print(const std::vector<Measured>& rows) {
  for (const Measured& row : rows) {
    std::cout << std::left << std::setw(46) << row.work << std::right << std::fixed
              << std::setprecision(row.rate < 100 ? 1 : 0) << std::setw(10) << row.rate << ' '
              << std::left << std::setw(14) << row.unit << std::right << "± " << std::setw(2)
              << std::setprecision(0) << 100.0 * row.spread << " %";
    if (row.limit > 0)
      std::cout << std::setw(7) << 100.0 * row.rate / row.limit << " % of the peak";
    std::cout << std::endl;
  }
}

int run(const Arguments& arguments) {
  const std::string& what = arguments.given("WHAT") ? arguments.text("WHAT") : "all";
  const bool all = what == "all";
  if (!all && what != "products" && what != "attention" && what != "train" && what != "translate")
    throw Failure(ExitCode::usage,
                  "bench " + what + ": choose all, products, attention, train or translate");
  const std::int64_t longest = arguments.integer("longest", 512, 65536);
  const double seconds = arguments.number("seconds");
  if (arguments.given("threads"))
    set_thread_count(static_cast<int>(arguments.integer("threads", 1, 1024)));

  choose_product(arguments);
  for (const char* flag : {"longest", "causal", "seconds", "output"})
    if (arguments.given(flag) && !all && what != "attention")
      throw Failure(ExitCode::usage,
                    text("--", flag, " has no effect: it is for attention, not for ", what,
                         "; leave it out"));
  const std::string page = arguments.given("output") ? arguments.text("output") : "";
  if (!page.empty()) expect_output(page);

  std::cout << "Medians on " << thread_count() << (thread_count() == 1 ? " thread" : " threads")
            << ", ± half the distance of the quartiles; other programs on this machine lower "
               "them.\n\n";
  print({measure_copying()});
  for (const Precision precision : {Precision::f32, Precision::bf16}) {
    if (!is_supported(precision, default_device())) continue;
    if (precision == Precision::bf16 && matmul_engine() == MatmulEngine::eigen) continue;
    set_matmul_precision(precision);
    const Measured peak = measure_peak();
    std::cout << "\nProducts in " << name_of(precision) << ": " << product_kernel() << '\n';
    print({peak});
    if (all || what == "products") print(measure_products(peak.rate));
    if (all || what == "attention") print(measure_attention(peak.rate, longest));
    if (all || what == "train") print(measure_training(peak.rate));
    if (all || what == "translate") print(measure_decoding());
  }
  set_matmul_precision(Precision::f32);
  if (all || what == "attention") {
    PatternBench bench{.causal = arguments.on("causal"), .lengths = {}, .seconds = seconds};
    for (std::int64_t length = 256; length <= longest; length *= 2) bench.lengths.push_back(length);
    bench_attention(bench, page);
  }
  return 0;
}

}  // namespace

Command bench_command() {
  return {.name = "bench",
          .summary = "Measure this machine, and how near to its limits we come.",
          .example = "lectern bench attention --longest 8192",
          .positionals = {{.name = "WHAT",
                           .help = "all, products, attention, train or translate",
                           .count = Positional::Count::optional}},
          .flags = {{.name = "threads",
                     .aliases = {"cpu-threads", "intra-threads"},
                     .metavar = "N",
                     .help = "how many; all that the process may use if not given"},
                    product_flag(),
                    {.name = "longest",
                     .metavar = "N",
                     .help = "longest sequence for attention [tokens]",
                     .default_value = "2048"},
                    {.name = "causal", .help = "attention: tokens see only what came before"},
                    {.name = "seconds",
                     .metavar = "X",
                     .help = "attention: how long to measure each pattern at each length",
                     .default_value = "0.5"},
                    {.name = "output",
                     .aliases = {"o", "out"},
                     .metavar = "FILE",
                     .help = "attention: a page with the curves"}},
          .run = run};
}

}  // namespace lectern
