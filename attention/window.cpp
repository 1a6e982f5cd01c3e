#include "attention/window.h"

#include <algorithm>
#include <string>

#include "attention/recent_cache.h"
#include "attention/scaled_dot_product.h"
#include "autograd/ops/concatenate.h"
#include "tensor/ops/concatenate.h"

namespace lectern {

WindowAttention::WindowAttention(const Options& options, Initializer& init)
    : window_(options.window) {
  const std::int64_t d_model = options.d_model;
  if (window_.globals > 0)
    global_.emplace(Projections{Linear(d_model, d_model, init), Linear(d_model, d_model, init),
                                Linear(d_model, d_model, init)});
}

AttentionOptions WindowAttention::local(const AttentionOptions& options) const {
  AttentionOptions result = options;
  result.mask.window = window_;
  return result;
}

WindowAttention::Globals WindowAttention::globals_of(const Variable& x, std::int64_t globals,
                                                     const AttentionOptions& options) const {
  const Variable first = slice(x, 1, 0, globals);
  AttentionOptions everywhere = options;
  everywhere.key.seed += 1;  // the weights that others drop have the same numbers
  // Causal, they see each other. Lengths need not be asked then: padding comes after what is real.
  if (options.mask.causal) everywhere.mask.key_lengths = Tensor();
  const Variable& seen = options.mask.causal ? first : x;
  return {global_->query(first), global_->key(seen), seen, everywhere};
}

Variable WindowAttention::operator()(const ProjectedTokens& tokens,
                                     const AttentionOptions& options) const {
  const auto& [x, queries, keys, values] = tokens;
  const std::int64_t length = x.dim(1), globals = std::min(window_.globals, length);
  if (globals == 0) return attend(queries, keys, values, local(options));

  const Globals global = globals_of(x, globals, options);
  const Variable rows =
      attend(global.queries, global.keys, global_->value(global.seen), global.options);
  if (globals == length) return rows;
  // Fewer queries than keys are the last ones: just those that are not global.
  const Variable others = slice(queries, 1, globals, length);
  return concatenate({rows, attend(others, keys, values, local(options))}, 1);
}

Tensor WindowAttention::weights(const ProjectedTokens& tokens,
                                const AttentionOptions& options) const {
  const Tensor &queries = tokens.queries.value(), &keys = tokens.keys.value();
  const std::int64_t length = keys.dim(1), globals = std::min(window_.globals, length);
  if (globals == 0) return attention_weights(queries, keys, local(options));

  const Globals global = globals_of(tokens.x, globals, options);
  const Tensor rows =
      attention_weights(global.queries.value(), global.keys.value(), global.options);
  const Tensor wide = surround_with_zeros(rows, 3, 0, length);  // [batch, head, global, key]
  if (globals == length) return wide;
  const Tensor others = slice(queries, 1, globals, length);
  return concatenate({wide, attention_weights(others, keys, local(options))}, 2);
}

std::unique_ptr<KeyValueCache> WindowAttention::start(int heads, std::int64_t length) const {
  if (global_) return AttentionPattern::start(heads, length);
  return recent_cache(local({.heads = heads}), window_.before * window_.dilation);
}

void WindowAttention::visit(Visitor& visitor) {
  if (!global_) return;
  visitor("query", global_->query);
  visitor("key", global_->key);
  visitor("value", global_->value);
}

namespace {

/// A copy of a projection's weight, or bias, with a head of keys for every head of queries.
/// \param parameter  `[…, d_keys]`
Tensor for_every_head(const Tensor& parameter, const MultiHeadAttention::Options& options) {
  Shape shape = parameter.shape();
  shape.set(-1, options.d_model);
  const Variable rows(parameter.reshape({1, -1, parameter.dim(-1)}));
  return repeat_heads(rows, options.heads, options.d_model / options.heads)
      .value()
      .reshape(shape)
      .clone();
}

}  // namespace

MultiHeadAttention make_window_attention(const MultiHeadAttention::Options& options,
                                         const Window& window, Initializer& init) {
  MultiHeadAttention attention(
      options,
      std::make_unique<WindowAttention>(
          WindowAttention::Options{.d_model = options.d_model, .window = window}, init),
      init);
  const std::vector<NamedParameter> all = parameters(attention);
  for (NamedParameter global : all)
    for (const NamedParameter& local : all)
      if (global.name == "pattern." + local.name)
        global.variable.set_value(for_every_head(local.variable.value(), options));
  return attention;
}

}  // namespace lectern
