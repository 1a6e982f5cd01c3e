#include "attention/dynamic_convolution.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "attention/ops/mask_scores.h"
#include "autograd/ops/arithmetic.h"
#include "autograd/ops/concatenate.h"
#include "autograd/ops/dropout.h"
#include "autograd/ops/matmul.h"
#include "autograd/ops/permute.h"
#include "autograd/ops/softmax.h"
#include "tensor/ops/cast.h"
#include "tensor/ops/concatenate.h"
#include "tensor/ops/gather.h"

namespace lectern {
namespace {

/// Where tap 0 lies, positions before the query.
std::int64_t left_of(std::int64_t kernel_size, bool causal) {
  return causal ? kernel_size - 1 : (kernel_size - 1) / 2;
}

/// Along axis 2, `before` times zero, x, `after` times zero; or without its first rows.
Variable pad(const Variable& x, std::int64_t before, std::int64_t after) {
  const std::int64_t cut = std::max<std::int64_t>(-before, 0);
  std::vector<Variable> parts;
  const auto add_zeros = [&](std::int64_t count) {
    if (count <= 0) return;
    Shape shape = x.shape();
    shape.set(2, count);
    parts.push_back(Variable(zeros(shape, x.value().dtype(), x.value().device())));
  };
  add_zeros(before);
  parts.push_back(cut > 0 ? slice(x, 2, cut, x.dim(2)) : x);
  add_zeros(after);
  return parts.size() == 1 ? parts[0] : concatenate(parts, 2);
}

/// 0 for a tap that lies on a real token, −∞ elsewhere: `[batch or 1, 1, query, tap]`.
Tensor hidden_taps(const Tensor& like, std::int64_t query, std::int64_t key, std::int64_t taps,
                   const Mask& mask) {
  const bool padded = mask.key_lengths.defined();
  const std::int64_t batch = padded ? like.dim(0) : 1, left = left_of(taps, mask.causal);
  const auto constant = [&](std::int64_t count, double value) {
    return full({batch, 1, 1, count}, value, like.dtype(), like.device());
  };
  Tensor tokens = constant(key, 0);
  if (padded) tokens = mask_scores(tokens, padding_mask(mask.key_lengths));
  const Tensor nowhere = constant(taps, -std::numeric_limits<double>::infinity());
  tokens = concatenate({nowhere, tokens, nowhere}, 3);
  std::vector<Tensor> columns;  // of each tap, the tokens under it
  for (std::int64_t tap = 0; tap < taps; ++tap) {
    const std::int64_t first = taps + key - query + tap - left;
    columns.push_back(slice(tokens, 3, first, first + query).reshape({batch, 1, query, 1}));
  }
  return concatenate(columns, 3);
}

}  // namespace

std::int64_t convolution_chunk(std::int64_t kernel_size) {
  return std::max<std::int64_t>(kernel_size - 1, 32);
}

Variable convolve(const Variable& kernels, const Variable& values, std::int64_t left) {
  const std::int64_t batch = kernels.dim(0), head = kernels.dim(1), query = kernels.dim(2);
  const std::int64_t taps = kernels.dim(3), matrices = batch * head, key = values.dim(1);
  const std::int64_t chunk = convolution_chunk(taps), count = (query + chunk - 1) / chunk;
  const std::int64_t seen = chunk + taps - 1, d_head = values.dim(2) / head;

  // Blocks of values, the first of which begins where the first query's tap 0 lies. Those that a chunk
  // of queries sees lie in its own block and the next.
  const std::int64_t before = left - (key - query);
  const Variable blocks =
      reshape(pad(split_heads(values, head), before, (count + 1) * chunk - before - key),
              {matrices, count + 1, chunk, d_head});
  std::vector<Variable> parts = {slice(blocks, 1, 0, count)};
  if (taps > 1) parts.push_back(slice(slice(blocks, 1, 1, count + 1), 2, 0, taps - 1));
  const Variable around = concatenate(parts, 2);
  EXPECT_SHAPE(around, matrices, count, seen, d_head);

  // A band of taps: read without its last zeros, each row begins one column after the row above.
  const Variable padded = pad(kernels, 0, count * chunk - query);
  const Variable rows = reshape(padded, {matrices, count, chunk, taps});
  const Variable with_zeros =
      concatenate({rows, Variable(zeros({matrices, count, chunk, chunk}, rows.value().dtype(),
                                        rows.value().device()))},
                  3);
  const Variable band = reshape(
      slice(reshape(with_zeros, {matrices, count, chunk * (taps + chunk)}), 2, 0, chunk * seen),
      {matrices, count, chunk, seen});

  const Variable sums = reshape(matmul(band, around), {batch, head, count * chunk, d_head});
  return merge_heads(count * chunk == query ? sums : slice(sums, 2, 0, query));
}

DynamicConvolutionAttention::DynamicConvolutionAttention(const Options& options,
                                                         Initializer& init) {
  check(options.kernel_size >= 1, [&] {
    return text("dynamic_convolution: a kernel of ", options.kernel_size,
                " taps; expected one or more");
  });
  const std::int64_t d_head = options.d_model / options.heads;
  taps_ = Variable::parameter(init.normal({options.heads, options.kernel_size, d_head}, 1));
}

Variable DynamicConvolutionAttention::kernels(const Variable& queries, std::int64_t key,
                                              const Mask& mask) const {
  check(!mask.window && !mask.blocks && !mask.pairs,
        "dynamic_convolution got a mask of pairs beside its own; leave it out");
  const Variable q = split_heads(queries, taps_.dim(0));  // [batch, head, query, d_head]
  const double factor = 1 / std::sqrt(static_cast<double>(q.dim(3)));
  const Variable scores = scale(matmul(q, taps_, {.transpose_b = true}), factor);
  const Variable hidden(hidden_taps(q.value(), q.dim(2), key, taps_.dim(1), mask));
  return softmax(add(scores, hidden));  // [batch, head, query, tap]
}

Variable DynamicConvolutionAttention::operator()(const ProjectedTokens& tokens,
                                                 const AttentionOptions& options) const {
  check_no_bias(options, "dynamic_convolution");
  const std::int64_t key = tokens.values.dim(1);
  Variable w = kernels(tokens.queries, key, options.mask);
  if (options.dropout > 0) w = dropout(w, options.dropout, options.key);
  return convolve(w, tokens.values, left_of(taps_.dim(1), options.mask.causal));
}

Tensor DynamicConvolutionAttention::weights(const ProjectedTokens& tokens,
                                            const AttentionOptions& options) const {
  check_no_bias(options, "dynamic_convolution");
  const NoGradient no_gradient;
  const Tensor w = kernels(tokens.queries, tokens.values.dim(1), options.mask).value();
  const std::int64_t query = w.dim(2), taps = w.dim(3), key = tokens.values.dim(1);
  const std::vector<double> of_taps = cast(w, DType::f64).to_vector<double>();
  Tensor weights = zeros({w.dim(0), w.dim(1), query, key}, DType::f64, cpu);
  double* row = weights.data<double>();
  const std::int64_t first = key - query - left_of(taps, options.mask.causal);
  for (std::size_t n = 0; n < of_taps.size(); n += static_cast<std::size_t>(taps), row += key)
    for (std::int64_t tap = 0; tap < taps; ++tap) {
      const std::int64_t j = static_cast<std::int64_t>(n) / taps % query + first + tap;
      if (0 <= j && j < key) row[j] = of_taps[n + static_cast<std::size_t>(tap)];
    }
  return cast(weights, w.dtype()).to(w.device());
}

namespace {

/// The values of the last tokens, as many as the taps before a query's own.
class ConvolutionCache : public KeyValueCache {
 public:
  ConvolutionCache(const DynamicConvolutionAttention& pattern, std::int64_t taps)
      : pattern_(pattern), reach_(taps - 1) {}

  Tensor attend(const ProjectedTokens& tokens, const NewestTokens&) override {
    const NoGradient no_gradient;
    const Tensor& newest = tokens.values.value();
    const Tensor values = values_.defined() ? concatenate({values_, newest}, 1) : newest;
    const std::int64_t length = values.dim(1);
    const ProjectedTokens all{tokens.x, tokens.queries, tokens.queries, Variable(values)};
    const Tensor output = pattern_(all, {.mask = causal_mask()}).value();
    if (reach_ > 0) values_ = slice(values, 1, std::max<std::int64_t>(length - reach_, 0), length);
    return output;
  }

  void reorder(const Tensor& order) override {
    if (values_.defined()) values_ = gather_rows(values_, order);
  }

 private:
  const DynamicConvolutionAttention& pattern_;
  std::int64_t reach_;
  Tensor values_;  // [row, token, d_model], reach_ tokens at most
};

}  // namespace

std::unique_ptr<KeyValueCache> DynamicConvolutionAttention::start(int, std::int64_t) const {
  return std::make_unique<ConvolutionCache>(*this, taps_.dim(1));
}

}  // namespace lectern
