#include "attention/learned_window.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "attention/ops/fused/attend_fused.h"
#include "attention/pattern_operations.h"
#include "attention/recent_cache.h"
#include "autograd/ops/arithmetic.h"
#include "autograd/ops/pointwise.h"
#include "autograd/ops/reduce.h"
#include "tensor/ops/cast.h"

namespace lectern {
namespace {

/// ln(1 + e^x) = max(x, 0) + ln(1 + e^(−|x|)): nothing overflows.
Variable softplus(const Variable& x) {
  const Variable positive = relu(x), negative = relu(scale(x, -1));
  const Variable one(full({1}, 1, x.value().dtype(), x.value().device()));
  return add(positive, log(add(exp(scale(add(positive, negative), -1)), one)));
}

double inverse_softplus(double y) { return y + std::log(-std::expm1(-y)); }

Tensor reach_tensor(const std::vector<std::int64_t>& reach, Device device) {
  std::vector<std::int32_t> numbers;
  for (const std::int64_t r : reach)
    numbers.push_back(static_cast<std::int32_t>(std::clamp<std::int64_t>(r, 0, 1 << 30)));
  return tensor_of<std::int32_t>({static_cast<std::int64_t>(reach.size())}, numbers).to(device);
}

/// A mask through which every head sees as far as its entry of `reach` says.
Mask cut_off(const Mask& mask, const Tensor& reach) {
  Mask result = mask;
  if (!result.window) result.window = Window{.before = 1 << 30, .after = 1 << 30};
  result.window->head_reach = reach;
  return result;
}

}  // namespace

LearnedWindowAttention::LearnedWindowAttention(const Options& options, Initializer& init)
    : farthest_(0), regularization_(options.regularization), rate_(options.rate) {
  check(options.start > 0, [&] {
    return text("a learned window starts with a width of ", options.start,
                " tokens, expected more than none; 8 to 32 learn best");
  });
  check(options.rate > 0, [&] {
    return text("the widths of a learned window learn ", options.rate,
                " times as fast as the rest, expected more than not at all");
  });
  rho_ =
      Variable::parameter(init.constant({options.heads}, inverse_softplus(options.start) / rate_));
}

Variable LearnedWindowAttention::widths() const {
  return softplus(rate_ == 1 ? rho_ : scale(rho_, rate_));
}

Variable LearnedWindowAttention::regularization_loss() const {
  return regularization_ == 0 || frozen() ? Variable() : scale(mean(widths()), regularization_);
}

AttentionOptions LearnedWindowAttention::biased(const AttentionOptions& options) const {
  AttentionOptions result = options;
  result.bias = {.shape = DistanceBias::Shape::bell, .widths = widths().value()};
  if (frozen()) result.mask = cut_off(options.mask, reach_);
  return result;
}

Variable LearnedWindowAttention::operator()(const ProjectedTokens& tokens,
                                            const AttentionOptions& options) const {
  const Variable sigma = frozen() ? widths().detach() : widths();
  return attend_biased(tokens.queries, tokens.keys, tokens.values, sigma, biased(options));
}

Tensor LearnedWindowAttention::weights(const ProjectedTokens& tokens,
                                       const AttentionOptions& options) const {
  return biased_weights(tokens.queries.value(), tokens.keys.value(), biased(options));
}

void LearnedWindowAttention::freeze_width(const std::vector<std::int64_t>& reach) {
  const auto heads = static_cast<std::size_t>(rho_.dim(0));
  check(reach.size() == heads, [&] {
    return text("freeze_width got a reach for ", reach.size(), " heads, but there are ", heads);
  });
  reach_ = reach_tensor(reach, rho_.value().device());
  farthest_ = *std::max_element(reach.begin(), reach.end());
}

std::unique_ptr<KeyValueCache> LearnedWindowAttention::start(int heads, std::int64_t length) const {
  return recent_cache(biased({.heads = heads}), frozen() ? farthest_ : length);
}

namespace {

/// log Σ e^score of every query, `[batch, head, query]`, on the host.
std::vector<double> log_sums(const Tensor& q, const Tensor& k, const AttentionOptions& options) {
  return cast(attend_fused(q, k, k, options).log_sum_exp, DType::f64).to_vector<double>();
}

/// dropped_mass, given the sums over all keys.
std::vector<double> dropped_of(const std::vector<double>& all, const Tensor& q, const Tensor& k,
                               const AttentionOptions& options,
                               const std::vector<std::int64_t>& reach) {
  AttentionOptions cut = options;
  cut.dropout = 0;
  cut.mask = cut_off(options.mask, reach_tensor(reach, q.device()));
  const std::vector<double> near = log_sums(q, k, cut);
  const auto heads = static_cast<std::size_t>(options.heads),
             query = static_cast<std::size_t>(q.dim(1));
  std::vector<double> dropped(heads), counted(heads);
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!std::isfinite(all[i])) continue;  // sees nothing
    const std::size_t head = i / query % heads;
    dropped[head] += std::isfinite(near[i]) ? -std::expm1(std::min(0.0, near[i] - all[i])) : 1;
    counted[head] += 1;
  }
  for (std::size_t head = 0; head < heads; ++head) dropped[head] /= std::max(counted[head], 1.0);
  return dropped;
}

std::vector<double> log_sums_of_all(const Tensor& q, const Tensor& k,
                                    const AttentionOptions& options) {
  AttentionOptions uncut = options;
  uncut.dropout = 0;
  if (uncut.mask.window) uncut.mask.window->head_reach = Tensor();
  return log_sums(q, k, uncut);
}

}  // namespace

std::vector<double> dropped_mass(const Tensor& q, const Tensor& k, const AttentionOptions& options,
                                 const std::vector<std::int64_t>& reach) {
  return dropped_of(log_sums_of_all(q, k, options), q, k, options, reach);
}

std::vector<std::int64_t> choose_reach(const Tensor& q, const Tensor& k,
                                       const AttentionOptions& options, double tolerance,
                                       std::int64_t step) {
  const std::vector<double> all = log_sums_of_all(q, k, options);
  const auto heads = static_cast<std::size_t>(options.heads);
  // In steps: what drops too much, and what surely does not. All heads halve at once.
  std::vector<std::int64_t> too_short(heads, 0), enough(heads, (k.dim(1) + step - 1) / step);
  const auto undecided = [&](std::size_t head) { return enough[head] - too_short[head] > 1; };
  for (bool again = true; again;) {
    std::vector<std::int64_t> middle(heads), reach(heads);
    for (std::size_t head = 0; head < heads; ++head) {
      middle[head] = undecided(head) ? (too_short[head] + enough[head]) / 2 : enough[head];
      reach[head] = middle[head] * step;
    }
    const std::vector<double> dropped = dropped_of(all, q, k, options, reach);
    again = false;
    for (std::size_t head = 0; head < heads; ++head) {
      if (!undecided(head)) continue;
      (dropped[head] <= tolerance ? enough : too_short)[head] = middle[head];
      again = again || undecided(head);
    }
  }
  for (std::int64_t& reach : enough) reach *= step;
  return enough;
}

namespace {

/// Pairs of a query and a key that is at most `reach` away, to one side when causal.
double pairs_within(std::int64_t length, std::int64_t reach, bool causal) {
  return static_cast<double>(pairs_in_window({.before = reach, .after = reach}, length, causal));
}

std::vector<HeadWindow> measure_heads(const LearnedWindowAttention& attention,
                                      const ProjectedTokens& tokens,
                                      const AttentionOptions& options, double tolerance) {
  const Tensor &q = tokens.queries.value(), &k = tokens.keys.value();
  const AttentionOptions biased = attention.biased(options);
  std::vector<std::int64_t> reach;
  if (attention.frozen())
    for (const std::int32_t r : attention.reach().to_vector<std::int32_t>()) reach.push_back(r);
  else
    reach = choose_reach(q, k, biased, tolerance);
  const std::vector<double> dropped = dropped_mass(q, k, biased, reach);
  const auto sigmas = cast(biased.bias.widths, DType::f64).to_vector<double>();

  const std::int64_t length = q.dim(1);
  const bool causal = options.mask.causal;
  const std::int64_t d_head = q.dim(2) / options.heads;
  const double operations = 4.0 * static_cast<double>(q.dim(0) * d_head);
  std::vector<HeadWindow> heads;
  for (std::size_t head = 0; head < reach.size(); ++head) {
    const double area = sigmas[head] * std::sqrt(2 * std::numbers::pi) * (causal ? 0.5 : 1);
    heads.push_back({.sigma = sigmas[head],
                     .effective_tokens = std::min(area, static_cast<double>(length)),
                     .reach = reach[head],
                     .dropped_mass = dropped[head],
                     .cost_before = operations * pairs_within(length, length, causal),
                     .cost_after = operations * pairs_within(length, reach[head], causal)});
  }
  return heads;
}

/// Adds what another call of the same heads needs.
void merge(std::vector<HeadWindow>& heads, const std::vector<HeadWindow>& more) {
  if (heads.empty()) heads.resize(more.size());
  for (std::size_t h = 0; h < heads.size(); ++h) {
    heads[h].sigma = more[h].sigma;
    heads[h].effective_tokens = std::max(heads[h].effective_tokens, more[h].effective_tokens);
    heads[h].reach = std::max(heads[h].reach, more[h].reach);
    heads[h].dropped_mass = std::max(heads[h].dropped_mass, more[h].dropped_mass);
    heads[h].cost_before += more[h].cost_before;
    heads[h].cost_after += more[h].cost_after;
  }
}

}  // namespace

std::vector<LayerWindows> measure_windows(Module& model, const std::function<void()>& run,
                                          double tolerance) {
  std::vector<LayerWindows> layers;
  for (const auto& [name, attention] : parts_of<LearnedWindowAttention>(model))
    layers.push_back({name, attention, {}});
  for (LayerWindows& layer : layers)
    layer.attention->observe([&layer, tolerance](const auto& tokens, const auto& options) {
      merge(layer.heads, measure_heads(*layer.attention, tokens, options, tolerance));
    });
  const NoGradient no_gradient;
  run();
  for (const LayerWindows& layer : layers) layer.attention->observe(nullptr);
  return layers;
}

void freeze_widths(const std::vector<LayerWindows>& layers) {
  for (const LayerWindows& layer : layers) {
    std::vector<std::int64_t> reach;
    for (const HeadWindow& head : layer.heads) reach.push_back(head.reach);
    layer.attention->freeze_width(reach);
  }
}

}  // namespace lectern
