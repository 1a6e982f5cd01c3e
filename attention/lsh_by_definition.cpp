#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "attention/lsh.h"
#include "attention/ops/lsh/attend_lsh_kernels.h"
#include "autograd/ops/arithmetic.h"
#include "autograd/ops/dropout.h"
#include "autograd/ops/matmul.h"
#include "autograd/ops/permute.h"
#include "autograd/ops/pointwise.h"
#include "autograd/ops/reduce.h"
#include "autograd/ops/softmax.h"
#include "tensor/ops/cast.h"

namespace lectern {
namespace {

/// One round of one head, as the paper tells it: sort, cut, look.
struct Round {
  std::vector<std::int32_t> bucket;    ///< of each token that is not padding
  std::vector<std::int64_t> position;  ///< of each token in the sorted sequence
  std::vector<std::int64_t> member;    ///< which member of its bucket a token is

  Round(const std::int32_t* buckets, std::int64_t real)
      : bucket(buckets, buckets + real),
        position(static_cast<std::size_t>(real)),
        member(static_cast<std::size_t>(real)) {
    std::vector<std::size_t> sorted(bucket.size());
    std::iota(sorted.begin(), sorted.end(), std::size_t{0});
    std::stable_sort(sorted.begin(), sorted.end(),
                     [&](std::size_t a, std::size_t b) { return bucket[a] < bucket[b]; });
    for (std::size_t p = 0; p < sorted.size(); ++p) {
      const bool first = p == 0 || bucket[sorted[p]] != bucket[sorted[p - 1]];
      position[sorted[p]] = static_cast<std::int64_t>(p);
      member[sorted[p]] = first ? 0 : member[sorted[p - 1]] + 1;
    }
  }

  /// True when token i may look at token j, time aside.
  bool meets(std::size_t i, std::size_t j, const LshOptions& lsh) const {
    if (lsh.rule == CandidateRule::same_bucket)
      return bucket[i] == bucket[j] && std::abs(member[i] - member[j]) <= lsh.window;
    const std::int64_t chunks = position[i] / lsh.chunk - position[j] / lsh.chunk;
    return -1 <= chunks && chunks <= 1 && (lsh.across_buckets || bucket[i] == bucket[j]);
  }
};

/// Whether the mask lets token i see token j, neither of which is padding.
bool sees(const Mask& mask, std::int64_t i, std::int64_t j) {
  return (!mask.causal || j <= i) && (!mask.pairs || mask.pairs(i, j));
}

/// Adds the meetings of one round of one head to `[query, key]`.
void count_meetings(const Round& round, const LshOptions& lsh, const Mask& mask,
                    std::int64_t length, double* meetings) {
  const auto real = std::ssize(round.bucket);
  for (std::int64_t i = 0; i < real; ++i)
    for (std::int64_t j = 0; j < real; ++j) {
      const auto query = static_cast<std::size_t>(i), key = static_cast<std::size_t>(j);
      // A causal query looks one chunk back and none ahead.
      const bool ahead = mask.causal && lsh.rule == CandidateRule::chunks &&
                         round.position[key] / lsh.chunk > round.position[query] / lsh.chunk;
      if (i != j && !ahead && sees(mask, i, j) && round.meets(query, key, lsh))
        meetings[i * length + j] += 1;
    }
}

/// What is left when a sequence is too short to be hashed.
void let_all_meet(std::int64_t real, const Mask& mask, std::int64_t length, double* meetings) {
  for (std::int64_t i = 0; i < real; ++i)
    for (std::int64_t j = 0; j < real; ++j)
      if (i != j && sees(mask, i, j)) meetings[i * length + j] = 1;
}

}  // namespace

Variable keys_of_queries(const Variable& q) {
  const std::int64_t batch = q.dim(0), head = q.dim(1), length = q.dim(2), d_head = q.dim(3);
  const DType dtype = q.value().dtype();
  const Variable epsilon(full({1}, key_epsilon, dtype, q.value().device()));
  const Variable squares = scale(sum_axis(multiply(q, q), 3), 1.0 / static_cast<double>(d_head));
  const Variable mean_square = reshape(squares, {batch, head, length, 1});
  return scale(divide(q, sqrt(add(mean_square, epsilon))),
               1 / std::sqrt(static_cast<double>(d_head)));
}

Tensor lsh_meetings(const Tensor& buckets, const LshOptions& lsh, const Mask& mask) {
  const std::int64_t batch = buckets.dim(0), head = buckets.dim(1), length = buckets.dim(3);
  const Tensor here = buckets.to(cpu);
  Tensor meetings = zeros({batch, head, length, length}, DType::f64, cpu);
  const std::vector<std::int32_t> lengths = tokens_of_each(mask, batch, length);
  for (std::int64_t group = 0; group < batch * head; ++group) {
    const std::int64_t real = lengths[static_cast<std::size_t>(group / head)];
    double* counts = meetings.data<double>() + group * length * length;
    const bool all_meet = real < exact_below(lsh);
    if (all_meet) let_all_meet(real, mask, length, counts);
    for (std::int64_t s = 0; !all_meet && s < buckets.dim(2); ++s)
      count_meetings(Round(here.data<std::int32_t>() + (group * buckets.dim(2) + s) * length, real),
                     lsh, mask, length, counts);
    for (std::int64_t i = 0; i < real; ++i) {
      double* row = counts + i * length;
      if (std::all_of(row, row + length, [](double met) { return met == 0; })) row[i] = 1;
    }
  }
  return meetings;
}

namespace {

/// The softmax over what the rounds show, `[batch, head, query, key]`; zeros for padding.
/// \param q  `[batch, head, length, d_head]`
Variable probabilities(const Variable& q, const Tensor& buckets, const LshOptions& lsh,
                       const Mask& mask) {
  const std::int64_t batch = q.dim(0), head = q.dim(1), length = q.dim(2);
  // What is added to a score: log N, which counts a pair N times, or −∞. Padding looks at itself
  // here, so that its row is a row of probabilities, and is multiplied by zero at the end.
  Tensor logarithms = lsh_meetings(buckets, lsh, mask);
  Tensor sees = full({batch, head, length, 1}, 1, DType::f64, cpu);
  for (std::int64_t row = 0; row < batch * head * length; ++row) {
    double* numbers = logarithms.data<double>() + row * length;
    const bool padding = std::all_of(numbers, numbers + length, [](double n) { return n == 0; });
    if (padding) sees.data<double>()[row] = 0, numbers[row % length] = 1;
    for (std::int64_t j = 0; j < length; ++j)
      numbers[j] = lsh.correct_duplicates && numbers[j] > 0 ? 0 : std::log(numbers[j]);
  }
  const auto constant = [&](const Tensor& tensor) {
    return Variable(cast(tensor, q.value().dtype()).to(q.value().device()));
  };

  const Variable scores = matmul(q, keys_of_queries(q), {.transpose_b = true});
  EXPECT_SHAPE(scores, batch, head, length, length);
  return multiply(softmax(add(scores, constant(logarithms))), constant(sees));
}

}  // namespace

Variable attend_lsh_by_definition(const Variable& queries, const Variable& values,
                                  const Tensor& buckets, const LshOptions& lsh,
                                  const AttentionOptions& options) {
  const std::int64_t head = options.heads;
  Variable weights = probabilities(split_heads(queries, head), buckets, lsh, options.mask);
  if (options.dropout > 0) weights = dropout(weights, options.dropout, options.key);
  return merge_heads(matmul(weights, split_heads(values, head)));
}

Tensor lsh_weights(const Tensor& queries, const Tensor& buckets, const LshOptions& lsh,
                   const AttentionOptions& options) {
  check_no_bias(options, "LSH attention");
  const NoGradient no_gradient;
  return probabilities(split_heads(Variable(queries), options.heads), buckets, lsh, options.mask)
      .value();
}

}  // namespace lectern
