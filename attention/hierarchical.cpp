#include "attention/hierarchical.h"

#include <algorithm>
#include <cmath>

#include "attention/ops/fused/attend_fused.h"
#include "attention/ops/fused/merge_results.h"
#include "attention/ops/mask_scores.h"
#include "attention/scaled_dot_product.h"
#include "autograd/by_definition.h"
#include "autograd/ops/arithmetic.h"
#include "autograd/ops/cast.h"
#include "autograd/ops/concatenate.h"
#include "autograd/ops/dropout.h"
#include "autograd/ops/matmul.h"
#include "autograd/ops/permute.h"
#include "autograd/ops/reduce.h"
#include "autograd/ops/softmax.h"
#include "tensor/ops/arithmetic.h"
#include "tensor/ops/cast.h"
#include "tensor/ops/concatenate.h"
#include "tensor/ops/gather.h"
#include "tensor/ops/pointwise.h"
#include "tensor/precision.h"

namespace lectern {
namespace {

/// Tokens in blocks, the last one filled with zeros: `[batch, block, size, width]`.
Variable in_blocks(const Variable& x, std::int64_t size) {
  const std::int64_t batch = x.dim(0), length = x.dim(1), width = x.dim(2);
  const std::int64_t blocks = (length + size - 1) / size, rest = blocks * size - length;
  const Variable filler(zeros({batch, rest, width}, x.value().dtype(), x.value().device()));
  return reshape(rest == 0 ? x : concatenate({x, filler}, 1), {batch, blocks, size, width});
}

/// One for a real token, zero for padding: `[batch, length, 1]`.
Tensor real_tokens(const Tensor& x, const Mask& mask) {
  const std::int64_t batch = x.dim(0), length = x.dim(1);
  if (!mask.key_lengths.defined()) return full({batch, length, 1}, 1, x.dtype(), x.device());
  const Tensor scores = zeros({batch, 1, 1, length}, x.dtype(), x.device());
  return exp(mask_scores(scores, padding_mask(mask.key_lengths))).reshape({batch, length, 1});
}

/// The means of blocks over their real tokens; zeros of a block that has none. `[batch, block, width]`
Variable means_of(const Variable& x, std::int64_t size, const Tensor& real) {
  const Variable counted(real);
  const Tensor count = sum_axis(in_blocks(counted, size), 2).value();  // [batch, block, 1]
  const Tensor smallest = full({}, 1e-30, count.dtype(), count.device());
  return divide(sum_axis(in_blocks(multiply(x, counted), size), 2), Variable(add(count, smallest)));
}

/// The mask of the near tokens, or of the far blocks.
Mask level(const Mask& mask, std::int64_t block, bool far, Device device) {
  Mask result = mask;
  result.blocks = Blocks{.size = block, .far = far};
  if (!far || !mask.key_lengths.defined()) return result;
  std::vector<std::int32_t> blocks = mask.key_lengths.to_vector<std::int32_t>();
  for (std::int32_t& count : blocks) count = static_cast<std::int32_t>(result.blocks->count(count));
  result.key_lengths = tensor_of<std::int32_t>(mask.key_lengths.shape(), blocks).to(device);
  return result;
}

struct TwoLevels {
  AttentionOptions near, far;
};

TwoLevels levels_of(const Tensor& q, const Tensor& k, std::int64_t block,
                    const AttentionOptions& options) {
  check(!options.mask.window && !options.mask.blocks && q.dim(1) == k.dim(1), [&] {
    return text(
        "attention in two levels is self-attention without a mask of pairs beside its own; "
        "got ",
        q.dim(1), " queries and ", k.dim(1), " keys",
        options.mask.window || options.mask.blocks ? ", and a window or blocks" : "");
  });
  check_no_bias(options, "attention in two levels");
  TwoLevels levels{options, options};
  levels.near.mask = level(options.mask, block, false, q.device());
  levels.far.mask = level(options.mask, block, true, q.device());
  levels.far.key.seed += 1;  // the weights that the near level drops have the same numbers
  return levels;
}

/// Attention to the union of two sets of keys, each of the second counted `weight` times.
Variable attend_union(const std::vector<Variable>& inputs, const TwoLevels& levels, double weight) {
  std::vector<Tensor> in;  // q, k and v near, k and v far
  for (const Variable& input : inputs) in.push_back(input.value());
  const AttendResult near = attend_fused(in[0], in[1], in[2], levels.near);
  const AttendResult far = attend_fused(in[0], in[3], in[4], levels.far);
  const double log_weight = std::log(weight);
  const AttendResult both = merge_results(near, far, log_weight);
  return record("attend_hierarchically", both.output, inputs,
                [in, levels, both, log_weight](const Tensor& d_output) -> Gradients {
                  const Tensor& sums = both.log_sum_exp;
                  const Tensor shift = full({}, log_weight, sums.dtype(), sums.device());
                  const AttendGradients near =
                      attend_fused_backward(in[0], in[1], in[2], both, d_output, levels.near);
                  const AttendGradients far = attend_fused_backward(
                      in[0], in[3], in[4], {both.output, subtract(sums, shift)}, d_output,
                      levels.far);
                  return {add(near.dq, far.dq), near.dk, near.dv, far.dk, far.dv};
                });
}

/// What the definition weighs near tokens and far blocks by, and how blocks are made of tokens.
struct Weights {
  Variable near;   // [batch, head, query, key]
  Variable far;    // [batch, head, query, block]
  Variable share;  // [batch, block, key]: of a token in its block's mean
};

Variable shares_of(const Tensor& real, std::int64_t size) {
  const std::int64_t batch = real.dim(0), length = real.dim(1), blocks = (length + size - 1) / size;
  Tensor member = zeros({blocks, length}, DType::f64, cpu);
  for (std::int64_t j = 0; j < length; ++j) member.data<double>()[j / size * length + j] = 1;
  const Variable members(cast(member, real.dtype()).to(real.device()));
  const Variable counted = multiply(members, Variable(real.reshape({batch, 1, length})));
  return divide(counted, sum_axis(counted, 2, KeepAxis::yes) + 1e-30);
}

Weights weights_of(const Variable& queries, const Variable& keys, std::int64_t block,
                   const TwoLevels& levels) {
  const std::int64_t length = keys.dim(1), heads = levels.near.heads;
  const std::int64_t d_head = queries.dim(2) / heads;
  const Variable q = split_heads(queries, heads), all = repeat_heads(keys, heads, d_head);
  const Variable share = shares_of(real_tokens(keys.value(), levels.near.mask), block);
  const auto scores = [&](const Variable& k, const Mask& mask, double more) {
    const Variable products = matmul(q, split_heads(k, heads), {.transpose_b = true});
    return mask_scores(scale(products, score_scale(levels.near, d_head)) + more, mask);
  };
  const double log_weight = std::log(static_cast<double>(block));
  const Variable weights = softmax(concatenate(
      {scores(all, levels.near.mask, 0), scores(matmul(share, all), levels.far.mask, log_weight)},
      3));
  return {slice(weights, 3, 0, length), slice(weights, 3, length, weights.dim(3)), share};
}

}  // namespace

Variable attend_hierarchically_by_definition(const Variable& q, const Variable& k,
                                             const Variable& v, std::int64_t block,
                                             const AttentionOptions& options) {
  check_attention(q.value(), k.value(), v.value(), options);
  const TwoLevels levels = levels_of(q.value(), k.value(), block, options);
  Weights weights = weights_of(q, k, block, levels);
  if (options.dropout > 0) {
    weights.near = dropout(weights.near, options.dropout, levels.near.key);
    weights.far = dropout(weights.far, options.dropout, levels.far.key);
  }
  const Variable values = repeat_heads(v, options.heads, q.dim(2) / options.heads);
  const Variable means = split_heads(matmul(weights.share, values), options.heads);
  return merge_heads(matmul(weights.near, split_heads(values, options.heads)) +
                     matmul(weights.far, means));
}

Variable attend_hierarchically(const Variable& q, const Variable& k, const Variable& v,
                               std::int64_t block, const AttentionOptions& options) {
  if (runs_by_definition()) return attend_hierarchically_by_definition(q, k, v, block, options);
  check_attention(q.value(), k.value(), v.value(), options);
  const TwoLevels levels = levels_of(q.value(), k.value(), block, options);
  if (levels.far.mask.blocks->count(k.dim(1)) <= 2)
    return attend(q, k, v, options);  // all are near
  const Tensor real = real_tokens(k.value(), options.mask);
  std::vector<Variable> inputs = {q, k, v, means_of(k, block, real), means_of(v, block, real)};
  const DType dtype = product_dtype(q.value()), before = q.value().dtype();
  for (Variable& input : inputs)
    if (dtype != before) input = cast(input, dtype);
  const Variable output = attend_union(inputs, levels, static_cast<double>(block));
  return dtype == before ? output : cast(output, before);
}

HierarchicalAttention::HierarchicalAttention(std::int64_t block) : block_(block) {
  check(block >= 1, [&] {
    return text("hierarchical: a block of ", block, " tokens; expected one or more, try 32");
  });
}

Variable HierarchicalAttention::operator()(const ProjectedTokens& tokens,
                                           const AttentionOptions& options) const {
  return attend_hierarchically(tokens.queries, tokens.keys, tokens.values, block_, options);
}

Tensor HierarchicalAttention::weights(const ProjectedTokens& tokens,
                                      const AttentionOptions& options) const {
  const NoGradient no_gradient;
  const TwoLevels levels = levels_of(tokens.queries.value(), tokens.keys.value(), block_, options);
  const Weights weights = weights_of(tokens.queries, tokens.keys, block_, levels);
  const Variable& share = weights.share;
  const Variable of_blocks = reshape(share, {share.dim(0), 1, share.dim(1), share.dim(2)});
  return add(weights.near, matmul(weights.far, of_blocks)).value();
}

namespace {

/// What HierarchicalAttention keeps: near tokens, from the beginning of a block on, and means.
class HierarchicalCache : public KeyValueCache {
 public:
  HierarchicalCache(int heads, std::int64_t block)
      : near_{.heads = heads, .mask = causal_mask()}, far_(near_), block_(block) {
    near_.mask.blocks = Blocks{.size = block};
    far_.mask.blocks = Blocks{.size = block, .far = true};
  }

  Tensor attend(const ProjectedTokens& tokens, const NewestTokens&) override {
    const NoGradient no_gradient;
    const Tensor& queries = tokens.queries.value();
    append(keys_, tokens.keys.value());
    append(values_, tokens.values.value());
    far_.mask.blocks->first = count_;
    count_ += queries.dim(1);
    add_means();
    AttendResult result = attend_fused(queries, keys_, values_, near_);
    if (key_means_.defined())
      result = merge_results(result, attend_fused(queries, key_means_, value_means_, far_),
                             std::log(static_cast<double>(block_)));
    forget();
    return result.output;
  }

  void reorder(const Tensor& order) override {
    for (Tensor* kept : {&keys_, &values_, &key_means_, &value_means_})
      if (kept->defined()) *kept = gather_rows(*kept, order);
  }

 private:
  static void append(Tensor& kept, const Tensor& next) {
    kept = kept.defined() ? concatenate({kept, next}, 1) : next;
  }

  /// Of the blocks that are whole by now.
  void add_means() {
    const std::int64_t known = key_means_.defined() ? key_means_.dim(1) : 0;
    const std::int64_t begin = known * block_ - first_, end = count_ / block_ * block_ - first_;
    if (begin >= end) return;
    const auto means = [&](const Tensor& x) {
      const Variable whole(slice(x, 1, begin, end));
      return scale(sum_axis(in_blocks(whole, block_), 2), 1 / static_cast<double>(block_)).value();
    };
    append(key_means_, means(keys_));
    append(value_means_, means(values_));
  }

  /// The tokens that are not near the next one.
  void forget() {
    const std::int64_t first = std::max<std::int64_t>(count_ / block_ - 1, 0) * block_;
    if (first == first_) return;
    for (Tensor* kept : {&keys_, &values_}) *kept = slice(*kept, 1, first - first_, kept->dim(1));
    first_ = first;
  }

  AttentionOptions near_, far_;
  std::int64_t block_;
  Tensor keys_, values_;            // [row, token, d_model], from token first_ on
  Tensor key_means_, value_means_;  // [row, block, d_model]
  std::int64_t first_ = 0;          // a block begins with it
  std::int64_t count_ = 0;          // tokens of each row so far
};

}  // namespace

std::unique_ptr<KeyValueCache> HierarchicalAttention::start(int heads, std::int64_t) const {
  return std::make_unique<HierarchicalCache>(heads, block_);
}

}  // namespace lectern
