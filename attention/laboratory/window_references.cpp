#include <algorithm>
#include <limits>

#include "attention/ops/mask_program.h"
#include "attention/window.h"
#include "autograd/ops/arithmetic.h"
#include "autograd/ops/concatenate.h"
#include "autograd/ops/matmul.h"
#include "autograd/ops/permute.h"
#include "autograd/ops/reduce.h"
#include "autograd/ops/softmax.h"
#include "tensor/ops/cast.h"

namespace lectern {
namespace {

void check_reference(const Variable& q, const Variable& k, const Variable& v,
                     const AttentionOptions& options) {
  check_attention(q.value(), k.value(), v.value(), options);
  check_no_bias(options, "a readable algorithm for windows");
  const std::optional<Window>& window = options.mask.window;
  check(window && window->globals == 0 && !window->head_reach.defined() && options.dropout == 0 &&
            q.dim(1) == k.dim(1),
        "the readable algorithms for windows are for self-attention through a window without "
        "global tokens, with one reach for all heads and no dropout; attend() takes all of these");
}

/// Diagonals of the matrix of scores: column c of a band holds key i + first + c · step of query i.
struct Band {
  std::int64_t first, step, count;
};

/// What is added to the scores of a band, `[batch, 1, row, count]`: 0 where a query sees the key,
/// −∞ elsewhere. Rows beyond the last query see nothing.
Variable hidden_in(const Band& band, const Tensor& q, const Mask& mask, std::int64_t rows) {
  const std::int64_t batch = q.dim(0), length = q.dim(1);
  Mask here = mask;
  if (here.key_lengths.defined()) here.key_lengths = here.key_lengths.to(cpu);
  Tensor hidden({batch, 1, rows, band.count}, DType::f64, cpu);
  double* number = hidden.data<double>();
  with_masks(here, length, length, [&](const auto& masks) {
    for (std::int64_t b = 0; b < batch; ++b)
      for (std::int64_t i = 0; i < rows; ++i)
        for (std::int64_t c = 0; c < band.count; ++c) {
          const std::int64_t j = i + band.first + c * band.step;
          const bool seen = i < length && 0 <= j && j < length &&
                            masks.program(b, 0).visible(static_cast<std::int32_t>(i),
                                                        static_cast<std::int32_t>(j));
          *number++ = seen ? 0 : -std::numeric_limits<double>::infinity();
        }
  });
  return Variable(cast(hidden, q.dtype()).to(q.device()));
}

/// Along an axis, `before` times zero, x, `after` times zero.
Variable pad(const Variable& x, int axis, std::int64_t before, std::int64_t after) {
  const auto zeros_of = [&](std::int64_t count) {
    Shape shape = x.shape();
    shape.set(axis, count);
    return Variable(zeros(shape, x.value().dtype(), x.value().device()));
  };
  return concatenate({zeros_of(before), x, zeros_of(after)}, axis);
}

}  // namespace

Variable attend_window_by_diagonals(const Variable& queries, const Variable& keys,
                                    const Variable& values, const AttentionOptions& options) {
  check_reference(queries, keys, values, options);
  const Window& window = *options.mask.window;
  const std::int64_t batch = queries.dim(0), length = queries.dim(1), head = options.heads;
  const std::int64_t most = (length - 1) / window.dilation;  // steps that stay in the sequence
  const std::int64_t before = std::min(window.before, most);
  const std::int64_t after = options.mask.causal ? 0 : std::min(window.after, most);
  const Band band{-before * window.dilation, window.dilation, before + 1 + after};

  const auto with_zeros_around = [&](const Variable& x) {
    return pad(split_heads(x, head), 2, before * band.step, after * band.step);
  };
  const Variable q = split_heads(queries, head);  // [batch, head, length, d_head]
  const Variable k = with_zeros_around(keys), v = with_zeros_around(values);
  const auto diagonal = [&](const Variable& padded, std::int64_t c) {  // row i: key i + offset
    return slice(padded, 2, c * band.step, c * band.step + length);
  };

  std::vector<Variable> columns;
  for (std::int64_t c = 0; c < band.count; ++c)
    columns.push_back(reshape(sum_axis(multiply(q, diagonal(k, c)), 3), {batch, head, length, 1}));
  const Variable scores = scale(concatenate(columns, 3), score_scale(options, q.dim(3)));
  EXPECT_SHAPE(scores, batch, head, length, band.count);
  const Variable weights =
      softmax(add(scores, hidden_in(band, queries.value(), options.mask, length)));

  Variable attended;
  for (std::int64_t c = 0; c < band.count; ++c) {
    const Variable part = multiply(slice(weights, 3, c, c + 1), diagonal(v, c));
    attended = attended.defined() ? add(attended, part) : part;
  }
  return merge_heads(attended);
}

namespace {

/// Blocks of w tokens, with a block of zeros before and enough zeros after: `[matrix, block, w,
/// d_head]`, where a matrix is a head of a sequence.
Variable blocks_of(const Variable& tokens, std::int64_t head, std::int64_t w) {
  const Variable x = split_heads(tokens, head);  // [batch, head, length, d_head]
  const std::int64_t length = x.dim(2), blocks = (length + w - 1) / w;
  return reshape(pad(x, 2, w, (blocks + 1) * w - length),
                 {x.dim(0) * head, blocks + 2, w, x.dim(3)});
}

/// Every `count` blocks that follow each other: `[matrix, block − count + 1, count · w, d_head]`.
Variable overlapping(const Variable& blocks, std::int64_t count) {
  const std::int64_t chunks = blocks.dim(1) - count + 1;
  std::vector<Variable> parts;
  for (std::int64_t i = 0; i < count; ++i) parts.push_back(slice(blocks, 1, i, i + chunks));
  return concatenate(parts, 2);
}

/// The diagonals of chunks as columns. Read in rows of 2w + 1 instead of 2w numbers, every row of a
/// matrix starts one column later: diagonal o ≥ 0 stands in column o of its own row, diagonal o < 0
/// in column 2w + 1 + o of the row before.
/// \param scores  `[matrix, chunk, 2w, 2w]`
/// \return        `[matrix, chunk − 1, w, 2w + 1]`: for each block but the outer ones, diagonals
///                −w … w
Variable skew(const Variable& scores, std::int64_t w) {
  const std::int64_t matrices = scores.dim(0), chunks = scores.dim(1);
  const Variable skewed = reshape(pad(scores, 2, 0, 1), {matrices, chunks, 2 * w, 2 * w + 1});
  const auto part = [&](std::int64_t chunk, std::int64_t row, std::int64_t column,
                        std::int64_t columns) {
    return slice(slice(slice(skewed, 1, chunk, chunk + chunks - 1), 2, row, row + w), 3, column,
                 column + columns);
  };
  // A block is the second half of one chunk, which has what is before, and the first of the next.
  return concatenate({part(0, w - 1, w + 1, w), part(1, 0, 0, w + 1)}, 3);
}

/// The inverse for weights: each row moves one column to the right of the row above.
/// \param band  `[matrix, block, w, 2w + 1]`
/// \return      `[matrix, block, w, 3w]`: the tokens of the blocks before, at and after
Variable unskew(const Variable& band, std::int64_t w) {
  const std::int64_t matrices = band.dim(0), blocks = band.dim(1);
  const Variable rows = reshape(pad(band, 3, 0, w), {matrices, blocks, w * (3 * w + 1)});
  return reshape(slice(rows, 2, 0, 3 * w * w), {matrices, blocks, w, 3 * w});
}

}  // namespace

Variable attend_window_by_chunks(const Variable& queries, const Variable& keys,
                                 const Variable& values, const AttentionOptions& options) {
  check_reference(queries, keys, values, options);
  const Window& window = *options.mask.window;
  check(window.dilation == 1, "chunks cannot be dilated; attend_window_by_diagonals can");
  const std::int64_t batch = queries.dim(0), length = queries.dim(1), head = options.heads;
  const std::int64_t d_head = queries.dim(2) / head;
  const std::int64_t w = std::clamp<std::int64_t>(std::max(window.before, window.after), 1,
                                                  std::max<std::int64_t>(length, 1));
  const std::int64_t blocks = (length + w - 1) / w, matrices = batch * head;

  const Variable q = overlapping(blocks_of(queries, head, w), 2);
  const Variable k = overlapping(blocks_of(keys, head, w), 2);
  const Variable v = overlapping(blocks_of(values, head, w), 3);
  EXPECT_SHAPE(k, matrices, blocks + 1, 2 * w, d_head);
  EXPECT_SHAPE(v, matrices, blocks, 3 * w, d_head);

  const Variable products = matmul(q, k, {.transpose_b = true});
  EXPECT_SHAPE(products, matrices, blocks + 1, 2 * w, 2 * w);
  const Variable band = reshape(scale(skew(products, w), score_scale(options, d_head)),
                                {batch, head, blocks * w, 2 * w + 1});
  const Variable weights =
      softmax(add(band, hidden_in({-w, 1, 2 * w + 1}, queries.value(), options.mask, blocks * w)));

  const Variable attended =
      matmul(unskew(reshape(weights, {matrices, blocks, w, 2 * w + 1}), w), v);
  EXPECT_SHAPE(attended, matrices, blocks, w, d_head);
  return merge_heads(slice(reshape(attended, {batch, head, blocks * w, d_head}), 2, 0, length));
}

}  // namespace lectern
