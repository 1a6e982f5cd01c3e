#include "attention/multi_head.h"

#include "attention/exact.h"
#include "attention/scaled_dot_product.h"
#include "tensor/ops/gather.h"

namespace lectern {
namespace {

std::optional<Linear> make_key_projection(std::int64_t d_model, const AttentionPattern* pattern,
                                          Initializer& init) {
  if (pattern && pattern->shares_keys()) return std::nullopt;
  return Linear(d_model, d_model, init);
}

}  // namespace

MultiHeadAttention::MultiHeadAttention(const Options& options, Initializer& init)
    : MultiHeadAttention(options, nullptr, init) {}

MultiHeadAttention::MultiHeadAttention(const Options& options,
                                       std::unique_ptr<AttentionPattern> pattern, Initializer& init)
    : heads_(options.heads),
      pattern_(pattern && pattern->is_exact() ? nullptr : std::move(pattern)),
      query_(options.d_model, options.d_model, init),
      key_(make_key_projection(options.d_model, pattern_.get(), init)),
      value_(options.d_model, options.d_model, init),
      output_(options.d_model, options.d_model, init),
      dropout_(options.dropout) {
  check(options.heads > 0 && options.d_model % options.heads == 0, [&] {
    return text("d_model = ", options.d_model, " is not divisible by ", options.heads, " heads");
  });
}

Variable MultiHeadAttention::operator()(const Variable& x, const Variable& memory,
                                        const Mask& mask) const {
  const AttentionOptions options = options_with(mask);
  const Variable queries = query_(x);  // [batch, query, d_model], the heads side by side
  const Variable keys = keys_of(memory, queries), values = value_(memory);
  if (!pattern_) {
    if (watcher_) watcher_->push_back(attention_weights(queries.value(), keys.value(), options));
    return output_(attend(queries, keys, values, options));
  }
  check(x.is_same(memory), "a pattern of attention is for a sequence that looks at itself");
  const ProjectedTokens tokens{x, queries, keys, values};
  if (pattern_->observer()) pattern_->observer()(tokens, options);
  if (watcher_) watcher_->push_back(pattern_->weights(tokens, options));
  return output_((*pattern_)(tokens, options));
}

Variable MultiHeadAttention::keys_of(const Variable& memory, const Variable& queries) const {
  return key_ ? (*key_)(memory) : queries;
}

AttentionOptions MultiHeadAttention::options_with(const Mask& mask) const {
  return {.heads = heads_, .mask = mask, .dropout = dropout_.probability(), .key = dropout_.key()};
}

MultiHeadAttention::KeysValues MultiHeadAttention::project(const Variable& memory) const {
  check(!pattern_, "a pattern of attention remembers in its own way: see start_pattern");
  return {(*key_)(memory), value_(memory)};
}

std::unique_ptr<AttentionPattern::Memory> MultiHeadAttention::start_pattern(
    std::int64_t batch, std::int64_t length) const {
  if (!pattern_) return ExactAttention().start(batch, length, heads_);
  return pattern_->start(batch, length, heads_);
}

Variable MultiHeadAttention::look_back(const Variable& x, AttentionPattern::Memory& memory) const {
  const Variable queries = query_(x);  // [batch, 1, d_model]
  const Variable keys = keys_of(x, queries);
  return output_(Variable(memory.read(queries.value(), keys.value(), value_(x).value())));
}

Variable MultiHeadAttention::look_along(const Variable& x, const KeysValues& memory,
                                        const Paths& paths) const {
  const Tensor &keys = memory.keys.value(), &values = memory.values.value();
  const Tensor queries = query_(x).value();  // [row, 1, d_model]
  if (watcher_)
    watcher_->push_back(attention_weights(queries.reshape({paths.count(), -1, queries.dim(2)}),
                                          gather_rows(keys, paths.tokens),
                                          {.heads = heads_, .mask = padding_mask(paths.lengths)}));
  return output_(Variable(attend_paths(queries, keys, values, paths, heads_)));
}

void MultiHeadAttention::visit(Visitor& visitor) {
  visitor("query", query_);
  if (key_) visitor("key", *key_);
  visitor("value", value_);
  visitor("output", output_);
  visitor("dropout", dropout_);
  if (pattern_) visitor("pattern", *pattern_);
}

AttentionWatch::AttentionWatch(Module& model) {
  const auto found = parts_of<MultiHeadAttention>(model);
  for (const auto& [name, attention] : found) seen_.push_back({name, {}});
  for (std::size_t i = 0; i < seen_.size(); ++i) {
    watched_.push_back(found[i].part);
    watched_.back()->watcher_ = &seen_[i].weights;
  }
}

AttentionWatch::~AttentionWatch() {
  for (MultiHeadAttention* attention : watched_) attention->watcher_ = nullptr;
}

}  // namespace lectern
