// The matrix product of the emulated GPU: the CPU's micro-kernel, in the calling thread.

#include <algorithm>
#include <vector>

#include "tensor/cuda/device_layer.h"
#include "tensor/cuda/emulator_memory.h"
#include "tensor/microkernel.h"

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

std::vector<float> widen(const void* numbers, std::size_t count) {
  const auto* first = static_cast<const bfloat16*>(numbers);
  return std::vector<float>(first, first + count);
}

/// bf16 in, sums in f32, rounded to bf16 once at the end.
template <>
void multiply_batch<bfloat16>(const Gemm& gemm) {
  const std::vector<float> bias =
      gemm.bias == nullptr ? std::vector<float>{} : widen(gemm.bias, count(1, gemm.columns));
  for (std::int64_t i = 0; i < gemm.batch; ++i) {
    const auto a = widen(static_cast<const bfloat16*>(gemm.a) + i * gemm.a_stride,
                         count(gemm.rows, gemm.depth));
    const auto b = widen(static_cast<const bfloat16*>(gemm.b) + i * gemm.b_stride,
                         count(gemm.depth, gemm.columns));
    auto* result = static_cast<bfloat16*>(gemm.c) + i * gemm.c_stride;
    std::vector<float> c = widen(result, count(gemm.rows, gemm.columns));
    multiply(gemm, a.data(), b.data(), gemm.bias == nullptr ? nullptr : bias.data(), c.data());
    std::transform(c.begin(), c.end(), result, [](float x) { return bfloat16(x); });
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
      case DType::bf16: return multiply_batch<bfloat16>(gemm);
      case DType::i32: fail("a GPU multiplies matrices of f32, f64 or bf16 numbers, not i32");
    }
  });
}

/// The emulator multiplies in f32 either way.
void set_matmul_precision(Precision) {}

}  // namespace lectern::cuda
