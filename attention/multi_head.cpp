#include "attention/multi_head.h"

#include <cmath>

#include "attention/scaled_dot_product.h"
#include "attention/table_cache.h"
#include "autograd/ops/arithmetic.h"

namespace lectern {
namespace {

/// Width of the keys, and of the values.
std::int64_t d_keys_of(const MultiHeadAttention::Options& options) {
  const int of_keys = options.key_value_heads == 0 ? options.heads : options.key_value_heads;
  check(options.heads > 0 && options.d_model % options.heads == 0, [&] {
    return text("d_model = ", options.d_model, " is not divisible by ", options.heads, " heads");
  });
  check(of_keys > 0 && options.heads % of_keys == 0, [&] {
    return text("key_value_heads = ", of_keys, " does not divide the ", options.heads,
                " heads into equal groups; 1 is multi-query attention, 0 a head of keys for each");
  });
  return options.d_model / options.heads * of_keys;
}

std::optional<Linear> make_key_projection(const MultiHeadAttention::Options& options,
                                          const AttentionPattern* pattern, Initializer& init) {
  const std::int64_t d_keys = d_keys_of(options);
  check(d_keys == options.d_model || !pattern || pattern->groups_heads(), [&] {
    return text("key_value_heads = ", options.key_value_heads, " of ", options.heads,
                " heads, but this pattern of attention has no keys and values that heads could ",
                "share (AttentionPattern::groups_heads); set it to 0");
  });
  if (pattern && pattern->shares_keys()) return std::nullopt;
  return Linear(options.d_model, d_keys, init);
}

}  // namespace

MultiHeadAttention::MultiHeadAttention(const Options& options, Initializer& init)
    : MultiHeadAttention(options, nullptr, init) {}

MultiHeadAttention::MultiHeadAttention(const Options& options,
                                       std::unique_ptr<AttentionPattern> pattern, Initializer& init)
    : heads_(options.heads),
      scale_(options.scale),
      pattern_(pattern && pattern->is_exact() ? nullptr : std::move(pattern)),
      query_(options.d_model, options.d_model, init),
      key_(make_key_projection(options, pattern_.get(), init)),
      value_(options.d_model, d_keys_of(options), init),
      output_(options.d_model, options.d_model, init),
      dropout_(options.dropout) {
  check(!pattern_ || options.scale == 0, [&] {
    return text("a pattern of attention got a scale of ", options.scale,
                ", but only full attention can be scaled in another way; set it to 0");
  });
}

// A cache knows one scale, 1/√d_head; another is a factor of the queries.
Variable MultiHeadAttention::queries_of(const Variable& x, Where where) const {
  const Variable queries = query_(x, where);
  if (scale_ == 0) return queries;
  const std::int64_t d_head = queries.dim(-1) / heads_;
  return scale(queries, scale_ * std::sqrt(static_cast<double>(d_head)));
}

Variable MultiHeadAttention::operator()(const Variable& x, const Variable& memory, const Mask& mask,
                                        Where where) const {
  const PartAtWork at_work(*this);
  const AttentionOptions options = options_with(mask);
  const Variable queries = queries_of(x, where);  // [batch, query, d_model], the heads side by side
  const Variable keys = keys_of(memory, queries, where), values = value_(memory, where);
  if (!pattern_) {
    show([&] { return attention_weights(queries.value(), keys.value(), options); });
    return output_(attend(queries, keys, values, options));
  }
  check(x.is_same(memory), "a pattern of attention is for a sequence that looks at itself", where);
  const ProjectedTokens tokens{x, queries, keys, values};
  if (pattern_->observer()) pattern_->observer()(tokens, options);
  show([&] { return pattern_->weights(tokens, options); });
  return output_((*pattern_)(tokens, options));
}

Tensor MultiHeadAttention::weights(const Variable& x, const Variable& memory, const Mask& mask,
                                   Where where) const {
  const NoGradient no_gradient;
  const Variable queries = queries_of(x, where), keys = keys_of(memory, queries, where);
  if (!pattern_) return attention_weights(queries.value(), keys.value(), options_with(mask));
  check(x.is_same(memory), "a pattern of attention is for a sequence that looks at itself", where);
  return pattern_->weights({x, queries, keys, value_(memory, where)}, options_with(mask));
}

Variable MultiHeadAttention::keys_of(const Variable& memory, const Variable& queries,
                                     Where where) const {
  return key_ ? (*key_)(memory, where) : queries;
}

AttentionOptions MultiHeadAttention::options_with(const Mask& mask) const {
  return {.heads = heads_, .mask = mask, .dropout = dropout_.probability(), .key = dropout_.key()};
}

std::unique_ptr<KeyValueCache> MultiHeadAttention::start(std::int64_t length) const {
  return pattern_ ? pattern_->start(heads_, length) : exact_cache(heads_);
}

std::unique_ptr<KeyValueCache> MultiHeadAttention::start(const Variable& memory,
                                                         const Tensor& lengths) const {
  check(!pattern_, "a pattern of attention is for a sequence that looks at itself");
  return source_cache(heads_, (*key_)(memory).value(), value_(memory).value(), lengths);
}

Variable MultiHeadAttention::step(const Variable& x, KeyValueCache& cache,
                                  const NewestTokens& newest) const {
  const Where where = Where::current();
  ProjectedTokens tokens{x, queries_of(x, where), {}, {}};  // [row, n, d_model]
  if (!cache.is_complete()) {
    tokens.keys = keys_of(x, tokens.queries, where);
    tokens.values = value_(x);
  }
  const Variable seen(cache.attend(tokens, newest));
  show([&] { return cache.weights(tokens.queries.value(), newest); });
  return output_(seen);
}

void MultiHeadAttention::visit(Visitor& visitor) {
  visitor("query", query_);
  if (key_) visitor("key", *key_);
  visitor("value", value_);
  visitor("output", output_);
  visitor("dropout", dropout_);
  if (pattern_) visitor("pattern", *pattern_);
}

}  // namespace lectern
