#include "attention/ops/linear/linear_tiles_cuda.h"

namespace lectern {

// Linear attention in tiles of 32 tokens that do not wait for each other. First every tile sums up
// the outer products of its own tokens; then these sums are added along the sequence, so that each
// tile finds what came before it (or after it, or all there is); then every tile answers.
//
// The vectors beside the matrices, z and r, are one column more of them: values are [v, 1], the
// derivatives of numerator and normalizer are [do/D, −do·o/D]. So all is products of matrices.

/// Σ φ(k)ᵀ [v, 1] of every tile.
template <class T>
__global__ void linear_key_sums(LinearInputs<T> x, T* states) {
  DYNAMIC_SHARED(T, shared);
  const LinearTile tile = tile_of_block(x, x.in.key);
  const SharedRows<T> k = shared_rows(shared, x, 0), v = shared_rows(shared, x, 1);
  load_features(rows_of_head(x.in.k, tile.index, x.in.key, x.in.d_head), tile.first, tile.real,
                x.in.d_head, k);
  load_values(rows_of_head(x.in.v, tile.index, x.in.key, x.in.d_head), tile.first, tile.real,
              x.in.d_head, v);
  __syncthreads();
  sum_outer_products(k, v, x.in.d_head,
                     states + std::int64_t{blockIdx.x} * x.in.d_head * x.width());
}

/// Σ φ(q)ᵀ [do/D, −do·o/D] of every tile.
template <class T>
__global__ void linear_query_sums(LinearInputs<T> x, T* states) {
  DYNAMIC_SHARED(T, shared);
  const LinearTile tile = tile_of_block(x, x.in.query);
  const SharedRows<T> q = shared_rows(shared, x, 0), d = shared_rows(shared, x, 1);
  load_features(rows_of_head(x.in.q, tile.index, x.in.query, x.in.d_head), tile.first,
                x.in.query - tile.first, x.in.d_head, q);
  load_derivatives(x, tile, d);
  __syncthreads();
  sum_outer_products(q, d, x.in.d_head,
                     states + std::int64_t{blockIdx.x} * x.in.d_head * x.width());
}

/// Which tiles' sums a tile is to find in the place of its own.
enum class Carry { before, after, all };

/// Adds the sums along the sequence. With `all`, the first tile gets them.
template <class T>
void carry_sums(Cuda device, const LinearInputs<T>& x, std::int32_t length, Carry carry,
                T* states) {
  const std::int64_t size = std::int64_t{x.in.d_head} * x.width();
  const std::int64_t tiles = divide_up(length, linear_tokens);
  for_each_element(device, std::int64_t{x.in.batch} * x.in.heads * size,
                   [=] __device__(std::int64_t i) {
                     T* first = states + i / size * tiles * size + i % size;
                     T carried{};
                     for (std::int64_t t = 0; t < tiles; ++t) {
                       T& here = first[(carry == Carry::after ? tiles - 1 - t : t) * size];
                       const T own = here;
                       here = carried;
                       carried += own;
                     }
                     if (carry == Carry::all) first[0] = carried;
                   });
}

template <class T>
__global__ void linear_answer(LinearInputs<T> x, T* states, T* output, T* normalizers) {
  DYNAMIC_SHARED(T, shared);
  const LinearTile tile = tile_of_block(x, x.in.query);
  const std::int32_t d_head = x.in.d_head, width = x.width();
  const SharedRows<T> q = shared_rows(shared, x, 0), k = shared_rows(shared, x, 1),
                      v = shared_rows(shared, x, 2);
  const SharedRows<T> scores{v.first + linear_tokens * width, linear_tokens + 1};
  const std::int32_t real = x.masks.causal ? tile.real : 0;
  load_features(rows_of_head(x.in.q, tile.index, x.in.query, d_head), tile.first,
                x.in.query - tile.first, d_head, q);
  load_features(rows_of_head(x.in.k, tile.index, x.in.key, d_head), tile.first, real, d_head, k);
  load_values(rows_of_head(x.in.v, tile.index, x.in.key, d_head), tile.first, real, d_head, v);
  __syncthreads();
  multiply_pairs(q, k, d_head, scores, [](int i, int j) { return j <= i; });
  __syncthreads();

  const T* state = state_of_tile(x, states, tile, x.in.key);
  const int row = threadIdx.x / warp_size * linear_rows, lane = threadIdx.x % warp_size;
  for (int column = lane; column < width; column += warp_size) {  // into the place of the keys
    T sums[linear_rows] = {};
    add_products(
        sums, d_head, [&](int r, int p) { return q.at(row + r, p); },
        [&](int p) { return state[p * width + column]; });
    add_products(
        sums, linear_tokens, [&](int r, int p) { return scores.at(row + r, p); },
        [&](int p) { return v.at(p, column); });
    for (int r = 0; r < linear_rows; ++r) k.at(row + r, column) = sums[r];
  }
  __syncthreads();

  const auto rows = rows_of_head(output, tile.index, x.in.query, d_head);
  for (int i = threadIdx.x; i < linear_tokens * d_head; i += blockDim.x) {
    const int token = i / d_head, column = i % d_head;
    const std::int32_t query = tile.first + token;
    const T normalizer = k.at(token, d_head) + static_cast<T>(linear_normalizer_minimum);
    if (query < x.in.query) rows.row(query)[column] = k.at(token, column) / normalizer;
    if (query < x.in.query && column == 0)
      normalizers[tile.index.row() * x.in.query + query] = normalizer;
  }
}

template <class T>
__global__ void linear_query_gradients(LinearInputs<T> x, T* states, T* dq) {
  DYNAMIC_SHARED(T, shared);
  const LinearTile tile = tile_of_block(x, x.in.query);
  const std::int32_t d_head = x.in.d_head, width = x.width();
  const SharedRows<T> d = shared_rows(shared, x, 0), k = shared_rows(shared, x, 1),
                      v = shared_rows(shared, x, 2);
  const SharedRows<T> scores{v.first + linear_tokens * width, linear_tokens + 1};
  const std::int32_t real = x.masks.causal ? tile.real : 0;
  load_derivatives(x, tile, d);
  load_features(rows_of_head(x.in.k, tile.index, x.in.key, d_head), tile.first, real, d_head, k);
  load_values(rows_of_head(x.in.v, tile.index, x.in.key, d_head), tile.first, real, d_head, v);
  __syncthreads();
  multiply_pairs(d, v, width, scores, [](int i, int j) { return j <= i; });
  __syncthreads();

  const T* state = state_of_tile(x, states, tile, x.in.key);
  const auto queries = rows_of_head(x.in.q, tile.index, x.in.query, d_head);
  const auto target = rows_of_head(dq, tile.index, x.in.query, d_head);
  const int row = threadIdx.x / warp_size * linear_rows, lane = threadIdx.x % warp_size;
  for (int column = lane; column < d_head; column += warp_size) {
    T sums[linear_rows] = {};
    add_products(
        sums, width, [&](int r, int p) { return d.at(row + r, p); },
        [&](int p) { return state[column * width + p]; });
    add_products(
        sums, linear_tokens, [&](int r, int p) { return scores.at(row + r, p); },
        [&](int p) { return k.at(p, column); });
    for (int r = 0; r < linear_rows; ++r) {
      const std::int32_t query = tile.first + row + r;
      if (query >= x.in.query) continue;
      const T slope = min(linear_feature(queries.row(query)[column]), T{1});
      target.row(query)[column] = sums[r] * slope;
    }
  }
}

/// One gradient of the keys' side: from the state, `right_of_state`, and the tile's queries.
template <class T>
__global__ void linear_key_gradients(LinearInputs<T> x, T* states, T* dk, T* dv) {
  DYNAMIC_SHARED(T, shared);
  const LinearTile tile = tile_of_block(x, x.in.key);
  const std::int32_t d_head = x.in.d_head, width = x.width();
  const SharedRows<T> q = shared_rows(shared, x, 0), d = shared_rows(shared, x, 1),
                      k = shared_rows(shared, x, 2), v = shared_rows(shared, x, 3);
  const SharedRows<T> scores{v.first + linear_tokens * width, linear_tokens + 1};
  if (x.masks.causal) {
    load_features(rows_of_head(x.in.q, tile.index, x.in.query, d_head), tile.first,
                  x.in.query - tile.first, d_head, q);
    load_derivatives(x, tile, d);
  }
  load_features(rows_of_head(x.in.k, tile.index, x.in.key, d_head), tile.first, tile.real, d_head,
                k);
  load_values(rows_of_head(x.in.v, tile.index, x.in.key, d_head), tile.first, tile.real, d_head, v);
  __syncthreads();

  const T* state = state_of_tile(x, states, tile, x.in.query);
  const auto keys = rows_of_head(x.in.k, tile.index, x.in.key, d_head);
  const auto d_keys = rows_of_head(dk, tile.index, x.in.key, d_head);
  const auto d_values = rows_of_head(dv, tile.index, x.in.key, d_head);
  const int row = threadIdx.x / warp_size * linear_rows, lane = threadIdx.x % warp_size;
  const auto seen = [](int j, int i) { return j <= i; };  // key j by query i
  const int pairs = x.masks.causal ? linear_tokens : 0;
  const auto scores_of_key = [&](int r, int p) { return scores.at(row + r, p); };

  if (x.masks.causal) multiply_pairs(v, d, width, scores, seen);
  __syncthreads();
  for (int column = lane; column < d_head; column += warp_size) {
    T sums[linear_rows] = {};
    add_products(
        sums, width, [&](int r, int p) { return v.at(row + r, p); },
        [&](int p) { return state[column * width + p]; });
    add_products(sums, pairs, scores_of_key, [&](int p) { return q.at(p, column); });
    for (int r = 0; r < linear_rows; ++r) {
      const std::int32_t key = tile.first + row + r;
      if (key >= x.in.key) continue;
      const T slope = row + r < tile.real ? min(linear_feature(keys.row(key)[column]), T{1}) : T{};
      d_keys.row(key)[column] = sums[r] * slope;
    }
  }
  __syncthreads();

  if (x.masks.causal) multiply_pairs(k, q, d_head, scores, seen);
  __syncthreads();
  for (int column = lane; column < d_head; column += warp_size) {
    T sums[linear_rows] = {};
    add_products(
        sums, d_head, [&](int r, int p) { return k.at(row + r, p); },
        [&](int p) { return state[p * width + column]; });
    add_products(sums, pairs, scores_of_key, [&](int p) { return d.at(p, column); });
    for (int r = 0; r < linear_rows; ++r) {
      const std::int32_t key = tile.first + row + r;
      if (key < x.in.key) d_values.row(key)[column] = row + r < tile.real ? sums[r] : T{};
    }
  }
}

namespace {

template <class T>
LaunchShape linear_shape(const LinearInputs<T>& x, std::int32_t length, int tiles) {
  const std::int64_t blocks =
      std::int64_t{x.in.batch} * x.in.heads * divide_up(length, linear_tokens);
  return {.blocks = dim3(static_cast<unsigned>(blocks)),
          .threads = dim3(linear_threads),
          .shared_bytes = linear_shared_bytes(x, tiles)};
}

/// Memory for the sums of all tiles of a sequence.
Tensor tile_sums(const AttendInputs& in, std::int64_t length) {
  return Tensor(
      {in.batch() * in.head() * divide_up(length, linear_tokens), in.d_head(), in.d_head() + 1},
      in.q.dtype(), in.q.device());
}

/// S and z where every tile of queries looks for them.
template <class T>
Tensor sums_of_keys(Cuda device, const AttendInputs& inputs, const LinearInputs<T>& x) {
  Tensor states = tile_sums(inputs, x.in.key);
  launch_kernel<linear_key_sums<T>>(device, linear_shape(x, x.in.key, 2), x,
                                    states.device_data<T>());
  carry_sums(device, x, x.in.key, x.masks.causal ? Carry::before : Carry::all,
             states.device_data<T>());
  return states;
}

template <class T>
LinearInputs<T> linear_inputs(const AttendInputs& inputs) {
  const AttendArguments<T> in = arguments_of<T>(inputs);
  return {in, prefix_masks(inputs.options.mask, in.query, in.key), nullptr, nullptr, nullptr};
}

}  // namespace

template <class T>
void attend_linear_kernel(Cuda device, const AttendInputs& inputs, AttendLinearResult& result) {
  if (inputs.q.size() == 0) return;
  const LinearInputs<T> x = linear_inputs<T>(inputs);
  Tensor states = sums_of_keys(device, inputs, x);
  launch_kernel<linear_answer<T>>(device, linear_shape(x, x.in.query, 3), x,
                                  states.device_data<T>(), result.output.device_data<T>(),
                                  result.normalizers.device_data<T>());
}

template <class T>
void attend_linear_backward_kernel(Cuda device, const AttendInputs& inputs,
                                   const AttendLinearResult& result, const Tensor& d_output,
                                   AttendGradients& gradients) {
  if (inputs.q.size() == 0) return;
  LinearInputs<T> x = linear_inputs<T>(inputs);
  x.output = result.output.device_data<T>();
  x.d_output = d_output.device_data<T>();
  x.normalizers = result.normalizers.device_data<T>();
  Tensor states = sums_of_keys(device, inputs, x);
  launch_kernel<linear_query_gradients<T>>(device, linear_shape(x, x.in.query, 3), x,
                                           states.device_data<T>(), gradients.dq.device_data<T>());

  states = tile_sums(inputs, x.in.query);
  launch_kernel<linear_query_sums<T>>(device, linear_shape(x, x.in.query, 2), x,
                                      states.device_data<T>());
  carry_sums(device, x, x.in.query, x.masks.causal ? Carry::after : Carry::all,
             states.device_data<T>());
  launch_kernel<linear_key_gradients<T>>(device, linear_shape(x, x.in.key, 4), x,
                                         states.device_data<T>(), gradients.dk.device_data<T>(),
                                         gradients.dv.device_data<T>());
}

template void attend_linear_kernel<float>(Cuda, const AttendInputs&, AttendLinearResult&);
template void attend_linear_kernel<double>(Cuda, const AttendInputs&, AttendLinearResult&);
template void attend_linear_backward_kernel<float>(Cuda, const AttendInputs&,
                                                   const AttendLinearResult&, const Tensor&,
                                                   AttendGradients&);
template void attend_linear_backward_kernel<double>(Cuda, const AttendInputs&,
                                                    const AttendLinearResult&, const Tensor&,
                                                    AttendGradients&);

}  // namespace lectern
