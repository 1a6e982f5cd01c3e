#include "attention/ops/fused/attend_fused_kernels.h"
#include "attention/ops/linear/linear_tiles.h"
#include "tensor/ops/matmul.h"
#include "tensor/parallel.h"

namespace lectern {
namespace {

/// Takes keys and values of a tile from memory; what is padding is left out.
/// \return  how many keys there are
template <class T>
std::int32_t load_keys(const LinearHead<T>& head, Range tile, LinearRoom<T>& room) {
  const std::int32_t real = std::clamp(head.real_keys - tile.begin, 0, tile.size());
  copy_features(real, head.d_head, rows_from(head.k, tile.begin), room.k);
  copy_rows(real, head.d_head, rows_from(head.v, tile.begin), room.v);
  return real;
}

template <class T>
void absorb_keys(const LinearHead<T>& head, std::int32_t real, LinearRoom<T>& room) {
  room.state.absorb(real, head.d_head, room.k, room.v);
  for (std::int32_t j = 0; j < real; ++j)
    add_scaled(head.d_head, T{1}, room.k.row(j), room.state.vector.row(0));
}

/// What a tile of queries sees: the state, and, of the tile's own `real` keys, those not after it.
template <class T>
void answer_tile(const LinearHead<T>& head, Range queries, std::int32_t real, LinearRoom<T>& room,
                 Rows<T> output, T* normalizers) {
  const std::int64_t d_head = head.d_head, count = queries.size();
  const Rows<T> result = room.result.rows();
  copy_features(count, d_head, rows_from(head.q, queries.begin), room.q);
  multiply_block<T>({count, d_head, d_head}, room.q.left_factor(), room.state.matrix.right_factor(),
                    {nullptr, 0}, result);
  for (std::int64_t i = 0; i < count; ++i)
    normalizers[queries.begin + i] = static_cast<T>(linear_normalizer_minimum) +
                                     dot(room.q.row(i), room.state.vector.row(0), d_head);
  if (head.causal && real > 0) {
    const Rows<T> keys = room.k.rows();
    multiply_triangle(queries, real, d_head, room.q.left_factor(), {keys.data, keys.row_stride},
                      room);
    multiply_block<T>({count, d_head, real}, room.scores.left_factor(), room.v.right_factor(),
                      {result.data, result.row_stride}, result);
    for (std::int64_t i = 0; i < count; ++i)
      for (std::int32_t j = 0; j < real; ++j)
        normalizers[queries.begin + i] += room.scores.row(i)[j];
  }
  for (std::int64_t i = 0; i < count; ++i)
    copy_scaled(d_head, 1 / normalizers[queries.begin + i], room.result.row(i),
                rows_from(output, queries.begin + i).data);
}

template <class T>
void attend_linear_head(const LinearHead<T>& head, LinearRoom<T>& room, Rows<T> output,
                        T* normalizers) {
  room.state.clear();
  if (!head.causal)
    for_tiles(head.key, [&](Range keys) { absorb_keys(head, load_keys(head, keys, room), room); });
  for_tiles(head.query, [&](Range tile) {
    const std::int32_t real = head.causal ? load_keys(head, tile, room) : 0;
    answer_tile(head, tile, real, room, output, normalizers);
    if (head.causal) absorb_keys(head, real, room);
  });
}

/// What the backward pass knows of a tile of queries: `d_numerator[i]` = do / D, and
/// `d_normalizer[i]` = −do·o / D.
template <class T>
struct QueryDerivatives {
  explicit QueryDerivatives(std::int64_t d_head) : d_numerator(query_tile, d_head) {}

  void load(std::int64_t d_head, Range queries, const LinearGradients<T>& gradients) {
    for (std::int32_t i = 0; i < queries.size(); ++i) {
      const T* o = rows_from(gradients.output, queries.begin + i).data;
      const T* d_o = rows_from(gradients.d_output, queries.begin + i).data;
      ask_for_next_tile(rows_from(gradients.output, queries.begin + i), d_head);
      ask_for_next_tile(rows_from(gradients.d_output, queries.begin + i), d_head);
      const T factor = 1 / gradients.normalizers[queries.begin + i];
      copy_scaled(d_head, factor, d_o, d_numerator.row(i));
      d_normalizer[i] = -factor * dot(d_o, o, d_head);
    }
  }

  CompactRows<T> d_numerator;
  T d_normalizer[query_tile];
};

/// room.scores = the derivative by the products of features, [query, key], inside a tile.
template <class T>
void differentiate_triangle(const LinearHead<T>& head, Range queries, std::int32_t real,
                            QueryDerivatives<T>& derivatives, LinearRoom<T>& room) {
  const Rows<T> values = room.v.rows();
  multiply_triangle(queries, real, head.d_head, derivatives.d_numerator.left_factor(),
                    {values.data, values.row_stride}, room);
  for (std::int32_t i = 0; i < queries.size(); ++i)
    for (std::int32_t j = 0; j <= std::min(i, real - 1); ++j)
      room.scores.row(i)[j] += derivatives.d_normalizer[i];
}

/// d_x = d_feature · φ'(x).
template <class T>
void store_through_features(std::int64_t count, std::int64_t d_head, CompactRows<T>& d_features,
                            CompactRows<T>& features, Rows<T> target) {
  for (std::int64_t i = 0; i < count; ++i)
    for_registers<T>(d_head,
                     [d = d_features.row(i), f = features.row(i), to = rows_from(target, i).data](
                         auto load, auto store) { store(load(d) * slope_of(load(f)), to); });
}

/// dq of a tile. The state is transposed here: Sᵀ, `[value, feature]`.
template <class T>
void differentiate_queries(const LinearHead<T>& head, Range queries, std::int32_t real,
                           QueryDerivatives<T>& derivatives, LinearRoom<T>& room, Rows<T> dq) {
  const std::int64_t d_head = head.d_head, count = queries.size();
  const Rows<T> result = room.result.rows();
  multiply_block<T>({count, d_head, d_head}, derivatives.d_numerator.left_factor(),
                    room.state.matrix.right_factor(), {nullptr, 0}, result);
  for (std::int64_t i = 0; i < count; ++i)
    add_scaled(d_head, derivatives.d_normalizer[i], room.state.vector.row(0), room.result.row(i));
  if (head.causal && real > 0) {
    differentiate_triangle(head, queries, real, derivatives, room);
    multiply_block<T>({count, d_head, real}, room.scores.left_factor(), room.k.right_factor(),
                      {result.data, result.row_stride}, result);
  }
  copy_features(count, d_head, rows_from(head.q, queries.begin), room.q);
  store_through_features(count, d_head, room.result, room.q, rows_from(dq, queries.begin));
}

/// Forward through the sequence once more, for the queries.
template <class T>
void walk_for_queries(const LinearHead<T>& head, const LinearGradients<T>& gradients,
                      QueryDerivatives<T>& derivatives, LinearRoom<T>& room) {
  const auto absorb = [&](std::int32_t real) {
    room.state.absorb(real, head.d_head, room.v, room.k);
    for (std::int32_t j = 0; j < real; ++j)
      add_scaled(head.d_head, T{1}, room.k.row(j), room.state.vector.row(0));
  };
  room.state.clear();
  if (!head.causal) for_tiles(head.key, [&](Range keys) { absorb(load_keys(head, keys, room)); });
  for_tiles(head.query, [&](Range tile) {
    const std::int32_t real = head.causal ? load_keys(head, tile, room) : 0;
    derivatives.load(head.d_head, tile, gradients);
    differentiate_queries(head, tile, real, derivatives, room, gradients.dq);
    if (head.causal) absorb(real);
  });
}

/// dk and dv of a tile of `real` keys, from R and r and, if causal, the tile's own queries.
template <class T>
void differentiate_keys(const LinearHead<T>& head, Range keys, std::int32_t real,
                        QueryDerivatives<T>& derivatives, LinearRoom<T>& room,
                        const LinearGradients<T>& gradients) {
  const std::int64_t d_head = head.d_head, count = keys.size();
  const Rows<T> result = room.result.rows(), queries = room.q.rows();
  const Rows<T> matrix = room.state.matrix.rows(), features = room.k.rows();
  const Rows<const T> so_far{result.data, result.row_stride};
  const Strided<T> transposed_scores = room.scores.transposed_left_factor();
  const bool triangle = head.causal && real > 0;

  multiply_block<T>({real, d_head, d_head}, room.k.left_factor(), room.state.matrix.right_factor(),
                    {nullptr, 0}, result);
  if (triangle) {
    multiply_triangle(keys, real, d_head, Strided<T>{queries.data, queries.row_stride},
                      {features.data, features.row_stride}, room);
    multiply_block<T>({real, d_head, count}, transposed_scores,
                      derivatives.d_numerator.right_factor(), so_far, result);
  }
  room.result.copy_to(rows_from(gradients.dv, keys.begin), real);

  multiply_block<T>({real, d_head, d_head}, room.v.left_factor(),
                    pack_transposed_panels<T>(d_head, d_head, {matrix.data, matrix.row_stride},
                                              room.packed.template data<T>()),
                    {room.state.vector.row(0), 0}, result);
  if (triangle) {
    differentiate_triangle(head, keys, real, derivatives, room);
    multiply_block<T>({real, d_head, count}, transposed_scores, room.q.right_factor(), so_far,
                      result);
  }
  store_through_features(real, d_head, room.result, room.k, rows_from(gradients.dk, keys.begin));
  for (std::int64_t j = keys.begin + real; j < keys.end; ++j) {
    std::fill_n(rows_from(gradients.dk, j).data, d_head, T{});
    std::fill_n(rows_from(gradients.dv, j).data, d_head, T{});
  }
}

/// Backward through the sequence, for keys and values.
template <class T>
void walk_for_keys(const LinearHead<T>& head, const LinearGradients<T>& gradients,
                   QueryDerivatives<T>& derivatives, LinearRoom<T>& room) {
  const auto load_queries = [&](Range queries) {
    derivatives.load(head.d_head, queries, gradients);
    copy_features(queries.size(), head.d_head, rows_from(head.q, queries.begin), room.q);
  };
  const auto absorb_queries = [&](Range queries) {
    room.state.absorb(queries.size(), head.d_head, room.q, derivatives.d_numerator);
    for (std::int32_t i = 0; i < queries.size(); ++i)
      add_scaled(head.d_head, derivatives.d_normalizer[i], room.q.row(i), room.state.vector.row(0));
  };
  room.state.clear();
  if (!head.causal)
    for_tiles_backward(head.query, [&](Range queries) {
      load_queries(queries);
      absorb_queries(queries);
    });
  for_tiles_backward(head.key, [&](Range tile) {
    const std::int32_t real = load_keys(head, tile, room);
    if (head.causal) load_queries(tile);
    differentiate_keys(head, tile, real, derivatives, room, gradients);
    if (head.causal) absorb_queries(tile);
  });
}

/// Head `h` of sequence `b`: its rows within a tensor `[batch, length, d_model]`.
template <class T, class TensorOrConst>
auto head_rows(TensorOrConst& tensor, std::int64_t b, std::int64_t h, std::int64_t d_head) {
  auto* first = tensor.template data<T>() + b * tensor.dim(1) * tensor.dim(2) + h * d_head;
  return Rows<std::remove_pointer_t<decltype(first)>>{first, tensor.dim(2)};
}

/// What a pass multiplies: so many times each key, and each query, with a matrix `[d_head, d_head]`,
/// and, when causal, rows by rows for the pairs inside a tile.
struct LinearProducts {
  std::int64_t keys, queries, pairs;
};

void count_products(const AttendInputs& in, const LinearProducts& times) {
  const std::int64_t d_head = in.d_head();
  std::int64_t keys = 0, pairs = 0;
  for (std::int64_t b = 0; b < in.batch(); ++b) {
    const std::int32_t real =
        prefix_masks(in.options.mask, in.query(), in.key()).program(b, 0).real_keys;
    keys += real;
    if (in.options.mask.causal)
      for_tiles(static_cast<std::int32_t>(in.query()), [&](Range tile) {
        const PrefixMask triangle{std::clamp(real - tile.begin, 0, tile.size()), 0};
        pairs += triangle.visible_pairs(tile.size());
      });
  }
  const std::int64_t queries = in.batch() * in.query();
  count_operations(2 * d_head * in.head() *
                   (d_head * (times.keys * keys + times.queries * queries) + times.pairs * pairs));
}

/// Calls `action(head, b, h, room)` for all heads of all sequences.
template <class T, class Action>
void for_each_head(const AttendInputs& in, const Action& action) {
  const std::int64_t d_head = in.d_head();
  parallel_for(in.batch() * in.head(), 1, [&](std::int64_t begin, std::int64_t end) {
    LinearRoom<T> room(d_head);
    for (std::int64_t task = begin; task < end; ++task) {
      const std::int64_t b = task / in.head(), h = task % in.head();
      const PrefixMask mask = prefix_masks(in.options.mask, in.query(), in.key()).program(b, h);
      const LinearHead<T> head{head_rows<T>(in.q, b, h, d_head),
                               head_rows<T>(in.k, b, h, d_head),
                               head_rows<T>(in.v, b, h, d_head),
                               d_head,
                               static_cast<std::int32_t>(in.query()),
                               static_cast<std::int32_t>(in.key()),
                               mask.real_keys,
                               in.options.mask.causal};
      action(head, b, h, room);
    }
  });
}

}  // namespace

template <class T>
void attend_linear_kernel(Cpu, const AttendInputs& in, AttendLinearResult& result) {
  count_products(in, {.keys = 1, .queries = 1, .pairs = 2});
  for_each_head<T>(
      in, [&](const LinearHead<T>& head, std::int64_t b, std::int64_t h, LinearRoom<T>& room) {
        attend_linear_head(head, room, head_rows<T>(result.output, b, h, head.d_head),
                           result.normalizers.data<T>() + (b * in.head() + h) * in.query());
      });
}

template <class T>
void attend_linear_backward_kernel(Cpu, const AttendInputs& in, const AttendLinearResult& result,
                                   const Tensor& d_output, AttendGradients& gradients) {
  count_products(in, {.keys = 3, .queries = 2, .pairs = 6});
  for_each_head<T>(
      in, [&](const LinearHead<T>& head, std::int64_t b, std::int64_t h, LinearRoom<T>& room) {
        const std::int64_t d_head = head.d_head;
        const LinearGradients<T> of_head{
            head_rows<T>(result.output, b, h, d_head),
            head_rows<T>(d_output, b, h, d_head),
            result.normalizers.data<T>() + (b * in.head() + h) * in.query(),
            head_rows<T>(gradients.dq, b, h, d_head),
            head_rows<T>(gradients.dk, b, h, d_head),
            head_rows<T>(gradients.dv, b, h, d_head)};
        QueryDerivatives<T> derivatives(d_head);
        walk_for_queries(head, of_head, derivatives, room);
        walk_for_keys(head, of_head, derivatives, room);
      });
}

template void attend_linear_kernel<float>(Cpu, const AttendInputs&, AttendLinearResult&);
template void attend_linear_kernel<double>(Cpu, const AttendInputs&, AttendLinearResult&);
template void attend_linear_backward_kernel<float>(Cpu, const AttendInputs&,
                                                   const AttendLinearResult&, const Tensor&,
                                                   AttendGradients&);
template void attend_linear_backward_kernel<double>(Cpu, const AttendInputs&,
                                                    const AttendLinearResult&, const Tensor&,
                                                    AttendGradients&);

}  // namespace lectern
