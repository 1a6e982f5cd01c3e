#include "tasks/benchmark/attention_patterns.h"

#include <algorithm>
#include <cmath>

#include "attention/patterns.h"
#include "attention/scaled_dot_product.h"

namespace lectern {
namespace {

constexpr std::int64_t longest_of_all_pairs = 4096;  // tokens whose L×L matrices are stored

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
    const std::int64_t gradients = 3 * x_.value().size() * 4;
    return static_cast<double>(peak_bytes([&] { step(pattern); }) - gradients);
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
  for (const PatternEntry& entry : patterns()) {
    if (bench.causal && !entry.causal) continue;
    std::vector<PatternVariant> variants = entry.variants;
    if (variants.empty()) variants = {{entry.name, {.name = entry.name}}};
    for (PatternVariant& variant : variants) {
      for (const std::int64_t length : bench.lengths)
        variant.options.longest = std::max(variant.options.longest, length);
      contestants.push_back(
          {.name = variant.name,
           .pattern = make_pattern(variant.options, bench.heads * bench.d_head, bench.heads, init),
           .longest = entry.linear_memory ? Contestant{}.longest : longest_of_all_pairs,
           .hashes = entry.hashes,
           .exact_up_to = variant.exact_up_to});
    }
  }
  contestants.push_back({.name = "by definition",
                         .pattern = std::make_shared<ByDefinition>(),
                         .longest = longest_of_all_pairs});
  return contestants;
}

namespace {

/// Every contestant that is measured at this length, in rounds, so that all see the same machine.
void measure_at(std::int64_t length, const PatternBench& bench,
                const std::vector<Contestant>& contestants, std::vector<PatternCost>& costs) {
  constexpr int rounds = 3;
  Work work(bench, length);
  std::vector<Timer> forward(contestants.size()), step(contestants.size());
  for (int round = 0; round < rounds; ++round)
    for (std::size_t i = 0; i < contestants.size(); ++i) {
      if (length > contestants[i].longest) continue;
      const AttentionPattern& pattern = *contestants[i].pattern;
      forward[i].measure([&] { work.forward(pattern); }, bench.seconds / rounds);
      if (bench.backward) step[i].measure([&] { work.step(pattern); }, bench.seconds / rounds);
    }
  for (std::size_t i = 0; i < contestants.size(); ++i) {
    if (length > contestants[i].longest) continue;
    costs[i].lengths.push_back(static_cast<double>(length));
    costs[i].forward.push_back(forward[i].timing());
    if (!bench.backward) continue;
    costs[i].step.push_back(step[i].timing());
    costs[i].memory.push_back(work.memory_of_step(*contestants[i].pattern));
  }
}

}  // namespace

std::vector<PatternCost> measure_patterns(const PatternBench& bench,
                                          const std::vector<Contestant>& contestants) {
  std::vector<PatternCost> costs;
  for (const Contestant& contestant : contestants)
    costs.push_back({.name = contestant.name,
                     .hashes = contestant.hashes,
                     .exact_up_to = contestant.exact_up_to,
                     .lengths = {},
                     .forward = {},
                     .step = {},
                     .memory = {}});
  for (const std::int64_t length : bench.lengths) measure_at(length, bench, contestants, costs);
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

std::optional<Crossover> crossover(const PatternCost& cost, const PatternCost& exact) {
  const std::size_t count = std::min(cost.step.size(), exact.step.size());
  // By how much it leads at length i, in logarithms, if all that is unsure speaks for or against it.
  const auto lead = [&](std::size_t i, double sign) {
    return std::log(exact.step[i].median / cost.step[i].median) +
           sign * (exact.step[i].spread + cost.step[i].spread);
  };
  const auto leads_clearly = [&](std::size_t i) {
    return lead(i, -1) > 0 && cost.lengths[i] > static_cast<double>(cost.exact_up_to);
  };
  if (count == 0 || !leads_clearly(count - 1)) return std::nullopt;
  std::size_t i = count - 1;
  while (i > 0 && leads_clearly(i - 1)) --i;
  if (i == 0) return Crossover{cost.lengths[0], cost.lengths[0]};
  // Where the lead, on its way to length i, passes zero: at length i - 1 if it has done so before.
  const auto passes = [&](double sign) {
    const double before = lead(i - 1, sign), here = lead(i, sign);
    if (before >= 0) return cost.lengths[i - 1];
    return cost.lengths[i] *
           std::pow(cost.lengths[i - 1] / cost.lengths[i], here / (here - before));
  };
  const auto shortest = static_cast<double>(cost.exact_up_to);  // nothing is claimed below
  return Crossover{std::max(passes(+1), shortest), std::max(passes(-1), shortest)};
}

}  // namespace lectern
