#include <algorithm>
#include <cmath>
#include <limits>

#include "attention/ops/attention_tiles.h"
#include "attention/ops/paths/attend_paths.h"
#include "tensor/ops/matmul.h"
#include "tensor/parallel.h"

namespace lectern {
namespace {

/// Multiply-adds worth handing to another thread: some thirty microseconds, since every number of a
/// key or value is read for one of them.
constexpr std::int64_t worthwhile = 100'000;

/// How many heads of a row one thread takes: all of them, unless there are fewer rows than threads.
/// Heads that share keys stay together.
std::int64_t heads_together(std::int64_t heads, std::int64_t heads_a_group, std::int64_t rows) {
  const std::int64_t groups = heads / heads_a_group;
  std::int64_t parts =
      std::clamp<std::int64_t>(thread_count() / std::max<std::int64_t>(1, rows), 1, groups);
  while (groups % parts > 0) --parts;
  return heads / parts;
}

/// A query with its heads side by side, `[head · d_head]`, and the tokens that it looks at: rows of
/// `keys` and of `values`. They are read where they are, since one query does not repay packing.
/// `heads_a_group` query heads share a head of keys and values.
template <class T>
struct Query {
  const T* q;
  Rows<const T> keys, values;
  const std::int32_t* tokens;
  std::int64_t count, heads, heads_a_group, d_head;
  T scale;

  /// In which column of a key, or value, what head h looks at begins.
  std::int64_t column_of(std::int64_t head) const { return head / heads_a_group * d_head; }
};

/// Memory for one query: of each head a row of scores, then weights, and the sum of the weights.
template <class T>
struct Weights {
  Weights(std::int64_t heads, std::int64_t count)
      : numbers({heads, whole_registers<T>(count)}, dtype_of<T>, cpu),
        sums({heads}, dtype_of<T>, cpu) {}

  T* row(std::int64_t head) { return numbers.data<T>() + head * numbers.dim(1); }
  T& sum(std::int64_t head) { return sums.data<T>()[head]; }

  Tensor numbers, sums;
};

/// A register of a head's numbers. Only where the width of a head is no multiple of a register,
/// `ragged`, some have fewer than `lanes`; then the others are zero.
template <bool ragged, class T>
Vector<T> load(const T* from, int width) {
  return ragged && width < Vector<T>::lanes ? Vector<T>::load_first(from, width)
                                            : Vector<T>::load(from);
}

/// q · k of all heads, for as many keys at a time as a register has lanes. The last ones repeat the
/// last key; `weigh_scores` overwrites their scores.
template <bool ragged, class T>
void score_keys(const Query<T>& query, Weights<T>& scores) {
  using V = Vector<T>;
  for (std::int64_t first = 0; first < query.count; first += V::lanes) {
    const T* keys[V::lanes];
    for (int i = 0; i < V::lanes; ++i)
      keys[i] = rows_from(query.keys, query.tokens[std::min(first + i, query.count - 1)]).data;
    for (std::int64_t head = 0; head < query.heads; ++head) {
      V products[V::lanes] = {};
      const T* const of_head = query.q + head * query.d_head;
      const std::int64_t column = query.column_of(head);
      for (std::int64_t c = 0; c < query.d_head; c += V::lanes) {
        const int width = static_cast<int>(std::min<std::int64_t>(V::lanes, query.d_head - c));
        const V q = load<ragged>(of_head + c, width);
#pragma GCC unroll 16
        for (int i = 0; i < V::lanes; ++i)
          products[i] = multiply_add(q, load<ragged>(keys[i] + column + c, width), products[i]);
      }
      sums(products).store(scores.row(head) + first);
    }
  }
}

/// Turns the scores of each head into weights.
template <class T>
void weigh_scores(const Query<T>& query, Weights<T>& weights) {
  const std::int64_t width = whole_registers<T>(query.count);
  for (std::int64_t head = 0; head < query.heads; ++head) {
    T* row = weights.row(head);
    std::fill(row + query.count, row + width, -std::numeric_limits<T>::infinity());
    const T maximum = largest_score(row, query.count) * query.scale;
    weights.sum(head) = weigh(row, query.count, query.scale, maximum);
  }
}

/// One register of an output row: its head, its columns, and those of the values.
struct Slot {
  std::int64_t head, column, value_column;
  int width;
};

/// Register number `index` of a row, counted head by head.
template <class T>
Slot slot_of(const Query<T>& query, std::int64_t index) {
  constexpr std::int64_t lanes = Vector<T>::lanes;
  const std::int64_t per_head = whole_registers<T>(query.d_head) / lanes;
  const std::int64_t head = index / per_head, within = index % per_head * lanes;
  return {head, head * query.d_head + within, query.column_of(head) + within,
          static_cast<int>(std::min(lanes, query.d_head - within))};
}

/// The mean of the values. Eight registers of columns at a time, since a single sum would wait for
/// itself; the last eight may repeat the last register.
template <bool ragged, class T>
void mean_of_values(const Query<T>& query, Weights<T>& weights, T* output) {
  using V = Vector<T>;
  constexpr int together = 8;
  const std::int64_t slots = query.heads * whole_registers<T>(query.d_head) / V::lanes;
  for (std::int64_t first = 0; first < slots; first += together) {
    Slot slot[together];
    const T* weight[together];
    for (int i = 0; i < together; ++i) {
      slot[i] = slot_of(query, std::min(first + i, slots - 1));
      weight[i] = weights.row(slot[i].head);
    }
    V total[together] = {};
    for (std::int64_t j = 0; j < query.count; ++j) {
      const T* value = rows_from(query.values, query.tokens[j]).data;
#pragma GCC unroll 8
      for (int i = 0; i < together; ++i)
        total[i] = multiply_add(
            V(weight[i][j]), load<ragged>(value + slot[i].value_column, slot[i].width), total[i]);
    }
    for (int i = 0; i < together; ++i) {
      const V mean = total[i] * V(1 / weights.sum(slot[i].head));
      T* to = output + slot[i].column;
      slot[i].width == V::lanes ? mean.store(to) : mean.store_first(to, slot[i].width);
    }
  }
}

template <bool ragged, class T>
void attend(const Query<T>& query, std::int64_t tokens, Weights<T>& weights, T* output) {
  for (std::int64_t j = 0; j < query.count; ++j)
    check(0 <= query.tokens[j] && query.tokens[j] < tokens, [&] {
      return text("token ", query.tokens[j], " of a path is not one of the ", tokens, " tokens");
    });
  if (query.count == 0) {
    std::fill_n(output, query.heads * query.d_head, T{});
    return;
  }
  score_keys<ragged>(query, weights);
  weigh_scores(query, weights);
  mean_of_values<ragged>(query, weights, output);
}

template <class T>
void attend_paths_on_cpu(const AttendPathsInputs& in, Tensor& result) {
  const std::int64_t rows = in.q.dim(0), d_model = in.q.dim(2), d_head = d_model / in.heads;
  const std::int64_t d_keys = in.keys.dim(1), length = in.paths.length(),
                     group = rows / in.paths.count();
  const auto* lengths =
      in.paths.lengths.defined() ? in.paths.lengths.data<std::int32_t>() : nullptr;
  std::int64_t pairs = 0;  // of a row and a token
  for (std::int64_t path = 0; path < in.paths.count(); ++path)
    pairs += group * (lengths ? lengths[path] : length);
  count_operations(4 * d_model * pairs);
  const T* q = in.q.data<T>();
  T* out = result.data<T>();
  const std::int64_t heads_a_group = d_model / d_keys;
  const std::int64_t heads = heads_together(in.heads, heads_a_group, rows);
  const std::int64_t parts = in.heads / heads;
  const auto attend_parts = [&](std::int64_t begin, std::int64_t end) {
    Weights<T> weights(heads, length);
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t row = i / parts, path = row / group, head = i % parts * heads;
      const std::int64_t column = row * d_model + head * d_head,
                         key_column = head / heads_a_group * d_head;
      const Query<T> query{.q = q + column,
                           .keys = {in.keys.data<T>() + key_column, d_keys},
                           .values = {in.values.data<T>() + key_column, d_keys},
                           .tokens = in.paths.tokens.data<std::int32_t>() + path * length,
                           .count = lengths ? lengths[path] : length,
                           .heads = heads,
                           .heads_a_group = heads_a_group,
                           .d_head = d_head,
                           .scale = static_cast<T>(1 / std::sqrt(static_cast<double>(d_head)))};
      const bool ragged = d_head % Vector<T>::lanes > 0;
      (ragged ? attend<true, T> : attend<false, T>)(query, in.keys.dim(0), weights, out + column);
    }
  };
  const std::int64_t work = std::max<std::int64_t>(1, 2 * length * heads * d_head);
  parallel_for(rows * parts, std::max<std::int64_t>(1, worthwhile / work), attend_parts);
}

}  // namespace

void attend_paths_kernel(Cpu, float, const AttendPathsInputs& inputs, Tensor& result) {
  attend_paths_on_cpu<float>(inputs, result);
}
void attend_paths_kernel(Cpu, double, const AttendPathsInputs& inputs, Tensor& result) {
  attend_paths_on_cpu<double>(inputs, result);
}

}  // namespace lectern
