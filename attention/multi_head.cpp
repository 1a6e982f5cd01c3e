#include "attention/multi_head.h"

#include "attention/scaled_dot_product.h"
#include "tensor/ops/gather.h"

namespace lectern {

MultiHeadAttention::MultiHeadAttention(const Options& options, Initializer& init)
    : heads_(options.heads),
      query_(options.d_model, options.d_model, init),
      key_(options.d_model, options.d_model, init),
      value_(options.d_model, options.d_model, init),
      output_(options.d_model, options.d_model, init),
      dropout_(options.dropout) {
  check(options.heads > 0 && options.d_model % options.heads == 0, [&] {
    return text("d_model = ", options.d_model, " is not divisible by ", options.heads, " heads");
  });
}

Variable MultiHeadAttention::operator()(const Variable& x, const Variable& memory,
                                        const Mask& mask) const {
  return look(x, project(memory), mask);
}

MultiHeadAttention::KeysValues MultiHeadAttention::project(const Variable& memory) const {
  return {key_(memory), value_(memory)};
}

Variable MultiHeadAttention::look(const Variable& x, const KeysValues& memory,
                                  const Mask& mask) const {
  const AttentionOptions options{.heads = heads_,
                                 .mask = mask,
                                 .dropout = dropout_.probability(),
                                 .key = dropout_.key()};
  const Variable queries = query_(x);  // [batch, query, d_model], the heads side by side
  if (watcher_)
    watcher_->push_back(attention_weights(queries.value(), memory.keys.value(), options));
  return output_(attend(queries, memory.keys, memory.values, options));
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
  visitor("key", key_);
  visitor("value", value_);
  visitor("output", output_);
  visitor("dropout", dropout_);
}

namespace {

/// Finds the attentions below a module, and their names.
class AttentionFinder : public Visitor {
 public:
  void operator()(std::string_view, Variable&) override {}
  void operator()(std::string_view name, Module& module) override {
    const std::string path = path_;
    path_ += path_.empty() ? std::string(name) : "." + std::string(name);
    if (auto* attention = dynamic_cast<MultiHeadAttention*>(&module))
      found.emplace_back(path_, attention);
    module.visit(*this);
    path_ = path;
  }
  std::vector<std::pair<std::string, MultiHeadAttention*>> found;

 private:
  std::string path_;
};

}  // namespace

AttentionWatch::AttentionWatch(Module& model) {
  AttentionFinder finder;
  model.visit(finder);
  for (const auto& [name, attention] : finder.found) seen_.push_back({name, {}});
  for (std::size_t i = 0; i < seen_.size(); ++i) {
    watched_.push_back(finder.found[i].second);
    watched_.back()->watcher_ = &seen_[i].weights;
  }
}

AttentionWatch::~AttentionWatch() {
  for (MultiHeadAttention* attention : watched_) attention->watcher_ = nullptr;
}

}  // namespace lectern
