#pragma once

// The functions of CUDA that kernels call by name, for tensor/cuda/emulator.h.

#include <math.h>  // ::exp and its like for float and double, as nvcc has them

#include <algorithm>
#include <bit>

#include "tensor/bits.h"
#include "tensor/cuda/emulator.h"

// NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming): these are CUDA's names

struct alignas(8) float2 {
  float x, y;
};
struct alignas(16) float4 {
  float x, y, z, w;
};
struct alignas(16) double2 {
  double x, y;
};
struct alignas(8) int2 {
  int x, y;
};
struct alignas(16) int4 {
  int x, y, z, w;
};
struct alignas(8) uint2 {
  unsigned x, y;
};
struct alignas(16) uint4 {
  unsigned x, y, z, w;
};
inline float2 make_float2(float x, float y) { return {x, y}; }
inline float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }
inline double2 make_double2(double x, double y) { return {x, y}; }
inline int2 make_int2(int x, int y) { return {x, y}; }
inline int4 make_int4(int x, int y, int z, int w) { return {x, y, z, w}; }
inline uint2 make_uint2(unsigned x, unsigned y) { return {x, y}; }
inline uint4 make_uint4(unsigned x, unsigned y, unsigned z, unsigned w) { return {x, y, z, w}; }

namespace lectern::emulator {

/// The line that calls an intrinsic: a default argument, which is evaluated there.
constexpr Place here(const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
  return {file, line};
}

/// What the lanes of a mask offered in one exchange.
template <class T>
class Lanes {
 public:
  static_assert(sizeof(T) <= sizeof(Slot) && std::is_trivially_copyable_v<T>);
  Lanes(unsigned mask, const T& mine, Place place) : mask_(mask & existing_lanes()), place_(place) {
    Slot slot{};
    std::memcpy(&slot, &mine, sizeof(T));
    slots_ = exchange(mask, slot, place);
  }
  T operator[](unsigned lane) const {
    if (!takes_part(lane)) fail("a warp operation reads a lane that takes no part", place_);
    T value;
    std::memcpy(static_cast<void*>(&value), &slots_[lane], sizeof(T));
    return value;
  }
  bool takes_part(unsigned lane) const { return mask_ >> lane & 1; }

 private:
  unsigned mask_;
  Place place_;
  const Slot* slots_;
};

/// Replaces a number of 4 or 8 bytes in one step; returns what it was.
template <class T, class Change>
T change_atomically(T* address, const Change& change) {
  using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  auto* bits = reinterpret_cast<Bits*>(address);
  Bits old = __atomic_load_n(bits, __ATOMIC_RELAXED);
  while (!__atomic_compare_exchange_n(bits, &old, bit_cast<Bits>(change(bit_cast<T>(old))), false,
                                      __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
  }
  return bit_cast<T>(old);
}

}  // namespace lectern::emulator

// Barriers and warps.

inline void __syncthreads(lectern::emulator::Place place = lectern::emulator::here()) {
  lectern::emulator::sync_block(place);
}
inline void __syncwarp(unsigned mask = ~0u,
                       lectern::emulator::Place place = lectern::emulator::here()) {
  lectern::emulator::sync_warp(mask, true, place);
}

template <class T>
T __shfl_sync(unsigned mask, T value, int source, int width = 32,
              lectern::emulator::Place place = lectern::emulator::here()) {
  const lectern::emulator::Lanes<T> lanes(mask, value, place);
  const unsigned segment = lectern::emulator::lane() / width * width;
  return lanes[segment + static_cast<unsigned>(source) % width];
}
template <class T>
T __shfl_xor_sync(unsigned mask, T value, int bits, int width = 32,
                  lectern::emulator::Place place = lectern::emulator::here()) {
  const lectern::emulator::Lanes<T> lanes(mask, value, place);
  const unsigned lane = lectern::emulator::lane(), other = lane ^ static_cast<unsigned>(bits);
  return lanes[other / width <= lane / width ? other : lane];
}
template <class T>
T __shfl_down_sync(unsigned mask, T value, unsigned distance, int width = 32,
                   lectern::emulator::Place place = lectern::emulator::here()) {
  const lectern::emulator::Lanes<T> lanes(mask, value, place);
  const unsigned lane = lectern::emulator::lane();
  return lanes[lane % width + distance < static_cast<unsigned>(width) ? lane + distance : lane];
}
template <class T>
T __shfl_up_sync(unsigned mask, T value, unsigned distance, int width = 32,
                 lectern::emulator::Place place = lectern::emulator::here()) {
  const lectern::emulator::Lanes<T> lanes(mask, value, place);
  const unsigned lane = lectern::emulator::lane();
  return lanes[lane % width >= distance ? lane - distance : lane];
}

inline unsigned __ballot_sync(unsigned mask, int vote,
                              lectern::emulator::Place place = lectern::emulator::here()) {
  const lectern::emulator::Lanes<bool> lanes(mask, vote != 0, place);
  unsigned votes = 0;
  for (unsigned lane = 0; lane < 32; ++lane)
    if (lanes.takes_part(lane)) votes |= unsigned{lanes[lane]} << lane;
  return votes;
}
inline int __any_sync(unsigned mask, int vote,
                      lectern::emulator::Place place = lectern::emulator::here()) {
  return __ballot_sync(mask, vote, place) != 0;
}
inline int __all_sync(unsigned mask, int vote,
                      lectern::emulator::Place place = lectern::emulator::here()) {
  return __ballot_sync(mask, vote == 0, place) == 0;
}

// Memory.

template <class T>
T __ldg(const T* address) {
  return *address;
}
template <class T>
T atomicAdd(T* address, T value) {
  return lectern::emulator::change_atomically(address, [=](T old) { return T(old + value); });
}
template <class T>
T atomicMax(T* address, T value) {
  return lectern::emulator::change_atomically(address, [=](T old) { return std::max(old, value); });
}
template <class T>
T atomicMin(T* address, T value) {
  return lectern::emulator::change_atomically(address, [=](T old) { return std::min(old, value); });
}
template <class T>
T atomicExch(T* address, T value) {
  return lectern::emulator::change_atomically(address, [=](T) { return value; });
}

// Arithmetic.

using std::max;
using std::min;
inline float rsqrt(float x) { return 1.0f / ::sqrt(x); }
inline double rsqrt(double x) { return 1.0 / ::sqrt(x); }
inline float rsqrtf(float x) { return rsqrt(x); }
inline float __expf(float x) { return ::exp(x); }
inline float __logf(float x) { return ::log(x); }
inline float __fdividef(float x, float y) { return x / y; }
inline unsigned __float_as_uint(float x) { return lectern::bit_cast<unsigned>(x); }
inline int __float_as_int(float x) { return lectern::bit_cast<int>(x); }
inline float __uint_as_float(unsigned x) { return lectern::bit_cast<float>(x); }
inline float __int_as_float(int x) { return lectern::bit_cast<float>(x); }
inline unsigned __umulhi(unsigned a, unsigned b) {
  return static_cast<unsigned>(std::uint64_t{a} * b >> 32);
}
inline int __popc(unsigned x) { return std::popcount(x); }
inline int __clz(int x) { return std::countl_zero(static_cast<unsigned>(x)); }
inline int __ffs(int x) { return __builtin_ffs(x); }

// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming)
