#include "attention/window.h"

#include <algorithm>
#include <string>

#include "attention/scaled_dot_product.h"
#include "autograd/ops/concatenate.h"
#include "tensor/ops/concatenate.h"

namespace lectern {
namespace {

/// The last tokens of every sequence. Tokens that a dilated window shows together have equal
/// remainders, so every remainder has a ring of its own. The order in a ring does not matter:
/// attention is a sum.
class WindowMemory : public AttentionPattern::Memory {
 public:
  WindowMemory(const Window& window, std::int64_t batch, std::int64_t length, int heads)
      : batch_(batch),
        heads_(heads),
        rings_(std::clamp<std::int64_t>(window.dilation, 1, std::max<std::int64_t>(length, 1))),
        slots_(std::min(window.before, std::max<std::int64_t>(length - 1, 0)) + 1) {
    for (std::int64_t ring = 0; ring < rings_; ++ring) paths_.push_back(tokens_of_ring(ring));
  }

  Tensor read(const Tensor& queries, const Tensor& keys, const Tensor& values) override {
    const std::int64_t ring = count_ % rings_, turn = count_ / rings_;
    const std::int64_t slot = ring * slots_ + turn % slots_;
    remember(keys, slot, keys_);
    remember(values, slot, values_);
    ++count_;
    const auto known = static_cast<std::int32_t>(std::min(turn + 1, slots_));
    const std::vector<std::int32_t> lengths(static_cast<std::size_t>(batch_), known);
    return attend_paths(queries, keys_, values_,
                        {paths_[static_cast<std::size_t>(ring)],
                         tensor_of<std::int32_t>({batch_}, lengths).to(queries.device())},
                        heads_);
  }

 private:
  /// Where the slots of a ring lie in the table `[ring, slot, batch]`: i32 `[batch, slot]`.
  Tensor tokens_of_ring(std::int64_t ring) const {
    std::vector<std::int32_t> tokens;
    for (std::int64_t b = 0; b < batch_; ++b)
      for (std::int64_t slot = 0; slot < slots_; ++slot)
        tokens.push_back(static_cast<std::int32_t>((ring * slots_ + slot) * batch_ + b));
    return tensor_of<std::int32_t>({batch_, slots_}, tokens);
  }

  /// \param rows  `[batch, 1, d_model]`
  void remember(const Tensor& rows, std::int64_t slot, Tensor& table) {
    const std::int64_t d_model = rows.dim(2);
    if (!table.defined())
      table = zeros({rings_ * slots_ * batch_, d_model}, rows.dtype(), rows.device());
    table.slice(slot * batch_, (slot + 1) * batch_).copy_from(rows.reshape({batch_, d_model}));
  }

  std::int64_t batch_;
  int heads_;
  std::int64_t rings_, slots_;
  std::vector<Tensor> paths_;  // of each ring
  Tensor keys_, values_;       // [ring · slot · batch, d_model]
  std::int64_t count_ = 0;     // tokens read
};

}  // namespace

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

std::unique_ptr<AttentionPattern::Memory> WindowAttention::start(std::int64_t batch,
                                                                 std::int64_t length,
                                                                 int heads) const {
  check(window_.globals == 0 && !window_.head_reach.defined(), [&] {
    return text("a window with ", window_.globals, " global tokens",
                window_.head_reach.defined() ? " and a reach for each head" : "",
                " cannot go on one token at a time; give it the whole sequence for every token");
  });
  return std::make_unique<WindowMemory>(window_, batch, length, heads);
}

void WindowAttention::visit(Visitor& visitor) {
  if (!global_) return;
  visitor("query", global_->query);
  visitor("key", global_->key);
  visitor("value", global_->value);
}

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
        global.variable.set_value(local.variable.value().clone());
  return attention;
}

}  // namespace lectern
