#pragma once

#include "tensor/cuda/kernel.h"

namespace lectern {

// The instructions that a whole warp executes together, and copies that go on while a kernel
// calculates: as PTX for a GPU (compute capability 8.0 and later), and spelled out for the emulator.
// A register of 32 bits holds two bf16 numbers, the one with the lower index in the lower half.

/// Two numbers, rounded to bf16, in one register.
__device__ inline std::uint32_t pack_bf16(float low, float high) {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 800
  std::uint32_t pair;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(high), "f"(low));
  return pair;
#else
  return bfloat16(low).bits | static_cast<std::uint32_t>(bfloat16(high).bits) << 16;
#endif
}

#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ < 800

// For older GPUs a program is compiled, too, but must not come here.
__device__ inline void multiply_accumulate(float (&)[4], const std::uint32_t (&)[4],
                                           const std::uint32_t (&)[2]) {
  __trap();
}
template <bool transposed = false>
__device__ inline void load_matrices(std::uint32_t (&)[4], const void*) {
  __trap();
}
__device__ inline void copy_async(void*, const void*, bool = true) { __trap(); }
__device__ inline void commit_copies() {}
template <int pending>
__device__ inline void wait_for_copies() {}

#elif defined(__CUDACC__)

__device__ inline unsigned shared_address(const void* pointer) {
  return static_cast<unsigned>(__cvta_generic_to_shared(pointer));
}

/// sums += A B for bf16 matrices A [16, 16] and B [16, 8], spread over a warp
/// (`mma.sync.m16n8k16`). With group = lane / 4 and pair = lane % 4, a lane holds
/// - A: rows group (a[0], a[2]) and group + 8 (a[1], a[3]), columns 2 pair + {0, 1} (a[0], a[1])
///   and 8 + 2 pair + {0, 1} (a[2], a[3]);
/// - B: column group, rows 2 pair + {0, 1} (b[0]) and 8 + 2 pair + {0, 1} (b[1]);
/// - sums: rows group (sums[0], sums[1]) and group + 8 (sums[2], sums[3]), columns 2 pair + {0, 1}.
__device__ inline void multiply_accumulate(float (&sums)[4], const std::uint32_t (&a)[4],
                                           const std::uint32_t (&b)[2]) {
  asm volatile(
      "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 "
      "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
      : "+f"(sums[0]), "+f"(sums[1]), "+f"(sums[2]), "+f"(sums[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}

/// Loads four 8 × 8 matrices of bf16 from shared memory (`ldmatrix.x4`). Lane i gives the address
/// of row i % 8 of matrix i / 8, aligned to 16 bytes, and gets of every matrix the numbers
/// 2 (lane % 4) + {0, 1} of row lane / 4; transposed, of the column.
template <bool transposed = false>
__device__ inline void load_matrices(std::uint32_t (&registers)[4], const void* row) {
  if constexpr (transposed)
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(registers[0]), "=r"(registers[1]), "=r"(registers[2]), "=r"(registers[3])
                 : "r"(shared_address(row))
                 : "memory");
  else
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(registers[0]), "=r"(registers[1]), "=r"(registers[2]), "=r"(registers[3])
                 : "r"(shared_address(row))
                 : "memory");
}

/// Starts to copy 16 bytes from global to shared memory, zeros unless `valid` (`cp.async`). Both
/// addresses are multiples of 16.
__device__ inline void copy_async(void* shared, const void* global, bool valid = true) {
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(shared_address(shared)),
               "l"(global), "r"(valid ? 16 : 0)
               : "memory");
}
/// Makes one group of the copies that this thread started since the last group.
__device__ inline void commit_copies() { asm volatile("cp.async.commit_group;" ::: "memory"); }
/// Waits until at most the youngest `pending` groups of this thread are unfinished. Other threads
/// see the numbers after the next barrier.
template <int pending>
__device__ inline void wait_for_copies() {
  asm volatile("cp.async.wait_group %0;" ::"n"(pending) : "memory");
}

#else

inline float half_of(std::uint32_t pair, int index) {
  return __uint_as_float(index == 0 ? pair << 16 : pair & 0xffff0000u);
}

inline void multiply_accumulate(float (&sums)[4], const std::uint32_t (&a)[4],
                                const std::uint32_t (&b)[2],
                                emulator::Place place = emulator::here()) {
  struct Registers {
    std::uint32_t a[4], b[2];
  };
  const emulator::Lanes<Registers> lanes(~0u, {{a[0], a[1], a[2], a[3]}, {b[0], b[1]}}, place);
  const unsigned group = emulator::lane() / 4, pair = emulator::lane() % 4;
  for (int k = 0; k < 16; ++k) {
    const Registers row = lanes[group * 4 + k % 8 / 2];
    for (int column = 0; column < 2; ++column) {
      const Registers other = lanes[(pair * 2 + column) * 4 + k % 8 / 2];
      for (int i = 0; i < 2; ++i)
        sums[i * 2 + column] +=
            half_of(row.a[k / 8 * 2 + i], k % 2) * half_of(other.b[k / 8], k % 2);
    }
  }
}

template <bool transposed = false>
void load_matrices(std::uint32_t (&registers)[4], const void* row,
                   emulator::Place place = emulator::here()) {
  if (reinterpret_cast<std::uintptr_t>(row) % 16 != 0)
    emulator::fail("load_matrices needs rows at multiples of 16 bytes", place);
  const emulator::Lanes<const void*> rows(~0u, row, place);
  for (unsigned matrix = 0; matrix < 4; ++matrix) {
    std::uint32_t halves[2];
    for (unsigned i = 0; i < 2; ++i) {
      const unsigned p = emulator::lane() / 4, q = emulator::lane() % 4 * 2 + i;
      const void* source = rows[matrix * 8 + (transposed ? q : p)];
      halves[i] = static_cast<const std::uint16_t*>(source)[transposed ? p : q];
    }
    registers[matrix] = halves[0] | halves[1] << 16;
  }
}

/// The target holds NaN from here until the wait, so that a missing wait shows in the results and a
/// copy that starts too early is a race.
inline void copy_async(void* shared, const void* global, bool valid = true,
                       emulator::Place place = emulator::here()) {
  emulator::begin_copy(shared, valid ? global : nullptr, place);
  for (int i = 0; i < 4; ++i) static_cast<std::uint32_t*>(shared)[i] = ~0u;
}
inline void commit_copies() { emulator::commit_copies(); }
template <int pending>
void wait_for_copies() {
  void* to;
  const void* from;
  while (emulator::finish_copy(pending, &to, &from))
    for (int i = 0; i < 4; ++i)
      static_cast<std::uint32_t*>(to)[i] = from ? static_cast<const std::uint32_t*>(from)[i] : 0;
}

#endif

}  // namespace lectern
