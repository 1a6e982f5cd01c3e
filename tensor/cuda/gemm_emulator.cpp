// The matrix product of the emulated GPU: the CPU's micro-kernel, in the calling thread. It does not
// round for TF32.

#include <algorithm>
#include <vector>

#include "tensor/check.h"
#include "tensor/cuda/device_layer.h"
#include "tensor/cuda/emulator_memory.h"
#include "tensor/microkernel/block.h"
#include "tensor/microkernel/pack.h"

namespace lectern::cuda {
namespace {

std::size_t count(std::int64_t rows, std::int64_t columns) {
  return static_cast<std::size_t>(rows * columns);
}

/// One product of the batch.
template <class T>
void multiply(const Gemm& gemm, const T* a, const T* b, const T* bias, T* c) {
  const std::int64_t rows = gemm.rows, columns = gemm.columns, depth = gemm.depth;
  std::vector<T> turned;
  if (gemm.transpose_b) {
    turned.resize(count(depth, columns));
    transpose_block<T>(columns, depth, {b, depth}, {turned.data(), columns});
    b = turned.data();
  }
  if (gemm.accumulate && bias != nullptr)
    for (std::int64_t i = 0; i < rows * columns; ++i) c[i] += bias[i % columns];
  const Rows<const T> start = gemm.accumulate ? Rows<const T>{c, columns} : Rows<const T>{bias, 0};
  multiply_block<T>({rows, columns, depth},
                    gemm.transpose_a ? Strided<T>{a, 1, rows} : Strided<T>{a, depth},
                    Panels<T>{b, columns}, start, Rows<T>{c, columns});
}

template <class T>
void multiply_batch(const Gemm& gemm) {
  for (std::int64_t i = 0; i < gemm.batch; ++i)
    multiply(gemm, static_cast<const T*>(gemm.a) + i * gemm.a_stride,
             static_cast<const T*>(gemm.b) + i * gemm.b_stride, static_cast<const T*>(gemm.bias),
             static_cast<T*>(gemm.c) + i * gemm.c_stride);
}

template <class T>
std::vector<float> widen(const void* numbers, std::int64_t first, std::size_t count) {
  const T* begin = static_cast<const T*>(numbers) + first;
  return std::vector<float>(begin, begin + count);
}

/// bf16 in, sums in f32; in a bf16 result they are rounded once at the end.
/// \tparam Result  of C and the bias
template <class Result>
void multiply_bf16_batch(const Gemm& gemm) {
  const std::vector<float> bias = gemm.bias == nullptr
                                      ? std::vector<float>{}
                                      : widen<Result>(gemm.bias, 0, count(1, gemm.columns));
  for (std::int64_t i = 0; i < gemm.batch; ++i) {
    const auto a = widen<bfloat16>(gemm.a, i * gemm.a_stride, count(gemm.rows, gemm.depth));
    const auto b = widen<bfloat16>(gemm.b, i * gemm.b_stride, count(gemm.depth, gemm.columns));
    auto c = widen<Result>(gemm.c, i * gemm.c_stride, count(gemm.rows, gemm.columns));
    multiply(gemm, a.data(), b.data(), gemm.bias == nullptr ? nullptr : bias.data(), c.data());
    std::transform(c.begin(), c.end(), static_cast<Result*>(gemm.c) + i * gemm.c_stride,
                   [](float x) { return Result(x); });
  }
}

}  // namespace

void gemm(Cuda, const Gemm& gemm) {
  for (const void* operand : {gemm.a, gemm.b, gemm.bias, static_cast<const void*>(gemm.c)})
    emulator::check_device_pointer("gemm", operand);
  emulator::submit([gemm] {
    const emulator::OpenMemory open;
    switch (gemm.dtype) {
      case DType::f32: return multiply_batch<float>(gemm);
      case DType::f64: return multiply_batch<double>(gemm);
      case DType::bf16:
        return gemm.f32_result ? multiply_bf16_batch<float>(gemm)
                               : multiply_bf16_batch<bfloat16>(gemm);
      case DType::i32: fail("a GPU multiplies matrices of f32, f64 or bf16 numbers, not i32");
    }
  });
}

}  // namespace lectern::cuda
