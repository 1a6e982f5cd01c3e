#include "tasks/benchmark/attention_patterns.h"

#include <algorithm>
#include <cmath>

#include "attention/pattern_options.h"
#include "attention/scaled_dot_product.h"
#include "tasks/benchmark/benchmark.h"
#include "tensor/device.h"

namespace lectern {
namespace {

/// The paper's equation with its L×L matrices.
class ByDefinition : public AttentionPattern {
 public:
  Variable operator()(const ProjectedTokens& tokens,
                      const AttentionOptions& options) const override {
    return attend_by_definition(tokens.queries, tokens.keys, tokens.values, options);
  }
};

/// One sequence batch, to be attended to again and again.
class Work {
 public:
  Work(const PatternBench& bench, std::int64_t length)
      : options_{.heads = bench.heads, .mask = {.causal = bench.causal}},
        shape_{bench.batch, length, bench.heads * bench.d_head},
        x_(drawn(1)),
        queries_(drawn(2)),
        keys_(drawn(3)),
        values_(drawn(4)),
        d_output_(drawn(5).value()) {}

  void forward(const AttentionPattern& pattern) const {
    const NoGradient no_gradient;
    attend(pattern);
  }
  void step(const AttentionPattern& pattern) {
    backward(attend(pattern), d_output_);
    for (Variable* input : {&x_, &queries_, &keys_, &values_}) input->zero_gradient();
  }

  double memory_of_step(const AttentionPattern& pattern) {
    reset_high_water();
    const auto before = memory_statistics().in_use;
    step(pattern);
    const std::int64_t gradients = 3 * x_.value().size() * 4;
    return static_cast<double>(memory_statistics().high_water - before - gradients);
  }

 private:
  Variable attend(const AttentionPattern& pattern) const {
    const Variable& keys = pattern.shares_keys() ? queries_ : keys_;
    return pattern({x_, queries_, keys, values_}, options_);
  }
  Variable drawn(std::uint32_t site) const {
    return Variable::parameter(random_normal(shape_, 1.0, {.seed = 1, .step = 0, .site = site}));
  }

  AttentionOptions options_;
  Shape shape_;
  Variable x_, queries_, keys_, values_;
  Tensor d_output_;
};

}  // namespace

std::vector<Contestant> all_contestants(const PatternBench& bench) {
  Initializer init(1);
  std::vector<Contestant> contestants;
  const auto add = [&](const std::string& name, const PatternOptions& options) {
    contestants.push_back(
        {.name = name,
         .pattern = make_pattern(options, bench.heads * bench.d_head, bench.heads, init),
         .hashes = options.kind == PatternKind::lsh});
  };
  add("exact, in tiles", {});
  for (const std::int64_t width : {128, 512})
    add(text("window of ", width, " each side"),
        {.kind = PatternKind::window, .window = {.before = width, .after = width}});
  for (const int rounds : {1, 2, 4, 8})
    add(text("LSH, ", rounds, rounds == 1 ? " round" : " rounds"),
        {.kind = PatternKind::lsh, .lsh = {.rounds = rounds, .exact_below = 0}});
  add("LSH, causal rule, 4",
      {.kind = PatternKind::lsh, .lsh = {.rule = CandidateRule::same_bucket, .exact_below = 0}});
  add("linear", {.kind = PatternKind::linear});
  contestants.push_back(
      {.name = "by definition", .pattern = std::make_shared<ByDefinition>(), .longest = 4096});
  return contestants;
}

std::vector<PatternCost> measure_patterns(const PatternBench& bench,
                                          const std::vector<Contestant>& contestants) {
  std::vector<PatternCost> costs;
  for (const Contestant& contestant : contestants)
    costs.push_back({.name = contestant.name,
                     .hashes = contestant.hashes,
                     .lengths = {},
                     .forward = {},
                     .step = {},
                     .memory = {}});
  for (const std::int64_t length : bench.lengths) {
    Work work(bench, length);
    for (std::size_t i = 0; i < contestants.size(); ++i) {
      if (length > contestants[i].longest) continue;
      const AttentionPattern& pattern = *contestants[i].pattern;
      costs[i].lengths.push_back(static_cast<double>(length));
      costs[i].forward.push_back(median_seconds([&] { work.forward(pattern); }, bench.seconds));
      if (!bench.backward) continue;
      costs[i].memory.push_back(work.memory_of_step(pattern));
      costs[i].step.push_back(median_seconds([&] { work.step(pattern); }, bench.seconds));
    }
  }
  return costs;
}

double exponent(const std::vector<double>& x, const std::vector<double>& y) {
  const auto mean_log = [](const std::vector<double>& numbers) {
    double sum = 0;
    for (const double number : numbers) sum += std::log(number);
    return sum / static_cast<double>(numbers.size());
  };
  const double mean_x = mean_log(x), mean_y = mean_log(y);
  double covariance = 0, variance = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    covariance += (std::log(x[i]) - mean_x) * (std::log(y[i]) - mean_y);
    variance += (std::log(x[i]) - mean_x) * (std::log(x[i]) - mean_x);
  }
  return covariance / variance;
}

std::optional<double> crossover(const PatternCost& cost, const PatternCost& exact) {
  const std::size_t count = std::min(cost.step.size(), exact.step.size());
  const auto lead = [&](std::size_t i) { return std::log(exact.step[i] / cost.step[i]); };
  if (count == 0 || lead(count - 1) <= 0) return std::nullopt;
  std::size_t i = count - 1;
  while (i > 0 && lead(i - 1) > 0) --i;
  if (i == 0) return cost.lengths[0];
  const double share = lead(i) / (lead(i) - lead(i - 1));  // how far before length i
  return cost.lengths[i] * std::pow(cost.lengths[i - 1] / cost.lengths[i], share);
}

}  // namespace lectern
