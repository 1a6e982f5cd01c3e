// What a GPU can do, and how near attention comes: copying, matrix products, the cost of starting a
// kernel, attention at long sequences. Medians of many runs, timed by events on the stream. At
// last, by the clock, greedy search: 64 sentences of 16 tokens, encoder and all.
//
//   bench_gpu [largest]      largest: edge of the matrices and longest sequence, 8192 if not given
//
// On the emulator the figures mean nothing; there it shows that the program runs (bench_gpu 64).

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <vector>

#include "attention/ops/fused/attend_fused.h"
#include "models/decoder.h"
#include "models/transformer.h"
#include "tensor/cuda/device_layer.h"
#include "tensor/ops/arithmetic.h"
#include "tensor/ops/cast.h"
#include "tensor/precision.h"

using namespace lectern;

namespace {

constexpr Cuda gpu{0};

double median(std::vector<double> times) {
  std::nth_element(times.begin(), times.begin() + times.size() / 2, times.end());
  return times[times.size() / 2];
}

/// Milliseconds of the median run.
double median_ms(const std::function<void()>& work) {
  for (int i = 0; i < 3; ++i) work();
  std::vector<double> times;
  double total = 0;
  while (times.size() < 5 || (times.size() < 50 && total < 500)) {
    cuda::Event before(gpu), after(gpu);
    before.record();
    work();
    after.record();
    times.push_back(after.milliseconds_since(before));
    total += times.back();
  }
  return median(std::move(times));
}

Tensor numbers(const Shape& shape, DType dtype) {
  return cast(random_normal(shape, 1.0, {.seed = 1}), dtype);
}

void measure_copy(std::int64_t edge) {
  const std::int64_t count = 8 * edge * edge;
  const Tensor from = full({count}, 1.0);
  Tensor to = empty_like(from);
  const double ms = median_ms([&] { to.copy_from(from); });
  std::printf("| copy, %lld MiB | %.3f ms | %.0f GB/s read and written |\n",
              static_cast<long long>(count >> 18), ms, 8e-6 * static_cast<double>(count) / ms);
}

void measure_product(const char* name, std::int64_t edge, DType dtype, Precision precision) {
  const Tensor a = numbers({edge, edge}, dtype), b = numbers({edge, edge}, dtype);
  Tensor c = empty_like(a);
  const auto address = [&](const Tensor& x) {
    return dtype == DType::f32 ? static_cast<const void*>(x.device_data<float>())
                               : static_cast<const void*>(x.device_data<bfloat16>());
  };
  const cuda::Gemm product{.dtype = dtype,
                           .tf32 = precision == Precision::tf32,
                           .rows = edge,
                           .columns = edge,
                           .depth = edge,
                           .a = address(a),
                           .b = address(b),
                           .c = const_cast<void*>(address(c))};
  const double ms = median_ms([&] { cuda::gemm(gpu, product); });
  const double operations = 2.0 * static_cast<double>(edge * edge * edge);
  std::printf("| product %s, %lld³ | %.3f ms | %.1f TFLOP/s |\n", name,
              static_cast<long long>(edge), ms, 1e-9 * operations / ms);
}

void measure_launch() {
  constexpr int launches = 100;
  const Tensor x = full({32}, 1.0);
  Tensor kept;
  const auto many = [&] {
    for (int i = 0; i < launches; ++i) kept = add(x, x);
  };
  const double streamed = median_ms(many);
  const cuda::Graph graph(gpu, many);
  const double replayed = median_ms([&] { graph.launch(); });
  std::printf("| starting a kernel | %.2f µs on the stream | %.2f µs in a graph |\n",
              1e3 * streamed / launches, 1e3 * replayed / launches);
}

void measure_attention(std::int64_t length, DType dtype) {
  constexpr int heads = 8, d_head = 64;
  const Shape shape{1, length, heads * d_head};
  const Tensor q = numbers(shape, dtype), k = numbers(shape, dtype), v = numbers(shape, dtype);
  const AttentionOptions options{.heads = heads};
  AttendResult result;
  const double forward = median_ms([&] { result = attend_fused(q, k, v, options); });
  const double backward = median_ms([&] { attend_fused_backward(q, k, v, result, q, options); });
  const double operations = 4.0 * static_cast<double>(length * length) * heads * d_head;
  std::printf(
      "| attention %s, %lld tokens | forward %.3f ms, %.1f TFLOP/s | with backward "
      "%.3f ms, %.1f TFLOP/s |\n",
      dtype == DType::f32 ? "f32" : "bf16", static_cast<long long>(length), forward,
      1e-9 * operations / forward, forward + backward, 3e-9 * operations / (forward + backward));
}

/// Random weights: every translation is as long as it is made to be.
void measure_decoding(std::int64_t sentences, std::int64_t length) {
  Initializer init(1);
  Transformer model({.source_vocab = 8000,
                     .target_vocab = 8000,
                     .d_model = 256,
                     .num_encoder_layers = 3,
                     .num_decoder_layers = 3,
                     .dim_feedforward = 1024},
                    init);
  prepare_for_inference(model);
  std::vector<std::int32_t> ids;
  for (std::int64_t i = 0; i < sentences * length; ++i)
    ids.push_back(static_cast<std::int32_t>(4 + i * 97 % 7000));
  const Tokens source{tensor_of<std::int32_t>({sentences, length}, ids),
                      full({sentences}, static_cast<double>(length), DType::i32)};
  const SearchOptions search{
      .beam_size = 1,
      .min_length = length,
      .max_lengths = std::vector<std::int64_t>(static_cast<std::size_t>(sentences), length)};
  std::vector<double> seconds;
  for (int run = 0; run < 12; ++run) {
    const auto begin = std::chrono::steady_clock::now();
    Decoder decoder(model, source);
    beam_search(decoder, search);
    const std::chrono::duration<double> time = std::chrono::steady_clock::now() - begin;
    if (run >= 2) seconds.push_back(time.count());
  }
  const double usual = median(std::move(seconds));
  std::printf(
      "| greedy search, d_model 256, 3 + 3, %lld sentences of %lld tokens | %.2f ms | %.0f "
      "sentences/s |\n",
      static_cast<long long>(sentences), static_cast<long long>(length), 1e3 * usual,
      static_cast<double>(sentences) / usual);
}

}  // namespace

int main(int count, char** arguments) {
  try {
    const std::int64_t largest = count > 1 ? std::atoll(arguments[1]) : 8192;
    check(cuda::device_count() > 0, [] { return text("no GPU: ", cuda::why_unavailable()); });
    set_default_device({Device::Kind::cuda, gpu.index});
    std::printf("| %s | | |\n|---|---|---|\n", cuda::device_info(gpu).name.c_str());
    measure_copy(largest);
    measure_product("f32", largest, DType::f32, Precision::f32);
    measure_product("tf32", largest, DType::f32, Precision::tf32);
    measure_product("bf16", largest, DType::bf16, Precision::bf16);
    measure_launch();
    for (std::int64_t length = std::min<std::int64_t>(1024, largest); length <= 2 * largest;
         length *= 4)
      for (const DType dtype : {DType::f32, DType::bf16}) measure_attention(length, dtype);
    measure_decoding(64, 16);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 2;
  }
}
