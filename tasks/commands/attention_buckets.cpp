#include "tasks/commands/attention_buckets.h"

#include <algorithm>
#include <iostream>

#include "attention/laboratory/lsh_quality.h"
#include "tasks/commands/commands.h"
#include "tasks/commands/device.h"
#include "tasks/commands/train.h"
#include "tasks/config/patterns_of.h"
#include "tasks/failure.h"
#include "tasks/report/buckets_page.h"
#include "tasks/task/task_kind.h"
#include "tasks/task/trained_run.h"
#include "tasks/training/output_file.h"
#include "tensor/ops/cast.h"
#include "tensor/ops/is_finite.h"

namespace lectern {
namespace {

[[noreturn]] void nothing_to_show(const Config& config, const std::string& run) {
  throw Failure(ExitCode::usage,
                text(run, ": nothing is hashed here: this run has model.attention = \"",
                     config.model.attention,
                     "\", and only LSH attention has buckets; try a run with model.attention = "
                     "\"lsh\", for example tasks/synthetic/duplicate.toml"));
}

void expect_lsh(const Config& config, const std::string& run) {
  if (std::ranges::none_of(patterns_of(config), &PatternEntry::hashes))
    nothing_to_show(config, run);
}

/// What one LSH layer was given.
struct Seen {
  int layer = 0;
  const LshAttention* pattern = nullptr;
  Tensor queries = {};
  AttentionOptions options = {};
};

/// "encoder.layers.1.self_attention.pattern" → 1
int layer_of(const std::string& name) {
  const std::string layers = "layers.";
  return std::stoi(name.substr(name.find(layers) + layers.size()));
}

std::vector<Seen> watch(const TrainedExample& example) {
  std::vector<Seen> seen;
  for (const auto& [name, pattern] : parts_of<LshAttention>(*example.model)) {
    const Seen place{.layer = layer_of(name), .pattern = pattern};
    pattern->observe(
        [&seen, place](const ProjectedTokens& tokens, const AttentionOptions& options) {
          seen.push_back(place);
          seen.back().queries = cast(tokens.queries.value(), DType::f32);
          seen.back().options = options;
        });
  }
  example.run();
  for (const auto& [name, pattern] : parts_of<LshAttention>(*example.model)) pattern->observe({});
  for (const Seen& place : seen)
    if (!is_finite(place.queries))
      throw Failure(ExitCode::diverged,
                    text("the queries of layer ", place.layer + 1,
                         " are not finite: the model's weights are damaged or far too large; take "
                         "another checkpoint"));
  return seen;
}

/// Every pair is looked at, in matrices of doubles.
void expect_short(const Seen& seen) {
  const std::int64_t length = seen.queries.dim(1), most_numbers = std::int64_t{1} << 27;
  if (seen.options.heads * length * length <= most_numbers) return;
  throw Failure(ExitCode::usage, text("--buckets compares every pair of tokens, and ", length,
                                      " tokens in ", seen.options.heads,
                                      " heads are too many; try a shorter text, or "
                                      "--set task.length=2048"));
}

void add_heads(const Seen& seen, BucketsPage& page) {
  expect_short(seen);
  const LshOptions& lsh = seen.pattern->options();
  const RandomKey key = seen.pattern->key();
  const auto quality = lsh_quality(seen.queries, lsh, seen.options, key, page.top);
  auto views = lsh_views(seen.queries, lsh, seen.options, key);
  for (std::size_t h = 0; h < views.size(); ++h)
    page.heads.push_back({.layer = seen.layer,
                          .head = static_cast<int>(h),
                          .recall = quality[h].recall,
                          .chance = quality[h].chance,
                          .mass = quality[h].mass,
                          .keys_a_query = quality[h].keys_a_query,
                          .entropy = quality[h].entropy,
                          .overflow = quality[h].overflow,
                          .occupancy = quality[h].occupancy,
                          .buckets = std::move(views[h].buckets),
                          .sorted = std::move(views[h].sorted),
                          .meetings = std::move(views[h].meetings),
                          .weights = std::move(views[h].weights)});
}

BucketsPage page_of(const TrainedExample& example, const std::vector<Seen>& seen) {
  const LshOptions& lsh = seen[0].pattern->options();
  const std::int64_t exact = exact_below(lsh);
  const auto length = static_cast<std::int64_t>(example.tokens.size());
  const bool chunks = lsh.rule == CandidateRule::chunks;
  BucketsPage page{.example = example.name,
                   .tokens = example.tokens,
                   .rounds = lsh.rounds,
                   .bucket_count = bucket_factors(lsh, length).count(),
                   .chunks = chunks,
                   .room = chunks ? lsh.chunk : lsh.window,
                   .command = typed_command(),
                   .version = lectern_version};
  if (length < exact)
    page.note = text("This model attends sequences of fewer than ", exact,
                     " tokens exactly; shown is what hashing would make of this one "
                     "(attention.exact_below = 1 always hashes).");
  for (const Seen& layer : seen) add_heads(layer, page);
  return page;
}

}  // namespace

int show_buckets(const Arguments& arguments) {
  use_device(arguments);
  const TrainedRun trained_run = open_run(arguments.text("RUN"), arguments.overrides());
  const auto& [checkpoint, config] = trained_run;
  set_up_machine(config);
  expect_lsh(config, checkpoint.path);
  const TaskKind& kind = task_kind(config);
  if (!kind.example)
    throw Failure(ExitCode::usage, text(checkpoint.path, ": the task ", config.task.name,
                                        " has no example to look at; try another run"));
  const std::string read = arguments.given("TEXT") ? arguments.text("TEXT") : "";
  expect_none_of({"decode"}, arguments.overrides(), "with --buckets nothing is translated");
  if (arguments.given("TEXT"))
    expect_none_of({"data", "task"}, arguments.overrides(), "the text is given");
  const std::string path = arguments.given("output") ? arguments.text("output") : "buckets.html";
  expect_output(path, files_of(trained_run));
  const TrainedExample example = kind.example(
      {.checkpoint = checkpoint, .config = config, .text = read, .strict = arguments.on("strict")});
  const std::vector<Seen> seen = watch(example);
  if (seen.empty()) nothing_to_show(config, checkpoint.path);

  const BucketsPage page = page_of(example, seen);
  write_output(path, has_ending(path, ".svg") ? buckets_file(page) : buckets_page(page));
  std::cout << buckets_table(page);
  std::cerr << "wrote " << path << ": open it in a browser\n";
  return 0;
}

}  // namespace lectern
