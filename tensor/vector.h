#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <type_traits>

#if defined(__AVX__)
#include <immintrin.h>
#endif

namespace lectern {

/// Bytes of one vector register of the processor that this file is compiled for.
#if defined(__AVX512F__)
constexpr int vector_bytes = 64;
#elif defined(__AVX__)
constexpr int vector_bytes = 32;
#else
constexpr int vector_bytes = 16;
#endif

using FloatRegister [[gnu::vector_size(vector_bytes)]] = float;
using DoubleRegister [[gnu::vector_size(vector_bytes)]] = double;
using IntegerRegister [[gnu::vector_size(vector_bytes)]] = std::int32_t;

template <class T>
struct RegisterOf;
template <>
struct RegisterOf<float> {
  using type = FloatRegister;
};
template <>
struct RegisterOf<double> {
  using type = DoubleRegister;
};

/// As many numbers as one vector register holds; arithmetic acts on each lane by itself.
///
/// Written with the compiler's vector types, so one text serves every width and both dtypes.
/// A product that is added (`a * b + c`) becomes one fused instruction.
template <class T>
struct Vector {
  static constexpr int lanes = vector_bytes / static_cast<int>(sizeof(T));
  using Register = typename RegisterOf<T>::type;
  Register value;

  Vector() = default;
  Vector(Register register_) : value(register_) {}
  /// The same number in every lane.
  explicit Vector(T number) : value(number - Register{}) {}

  /// `lanes` numbers from any address.
  static Vector load(const T* source) {
    Vector result;
    std::memcpy(&result.value, source, sizeof result.value);
    return result;
  }
  void store(T* target) const { std::memcpy(target, &value, sizeof value); }

  /// The first `count < lanes` numbers; the other lanes are zero and their memory is not touched.
  static Vector load_first(const T* source, int count);
  void store_first(T* target, int count) const;

  T operator[](int lane) const { return value[lane]; }
  Vector& operator+=(Vector b) { return value += b.value, *this; }
  Vector& operator-=(Vector b) { return value -= b.value, *this; }
  Vector& operator*=(Vector b) { return value *= b.value, *this; }
  friend Vector operator+(Vector a, Vector b) { return a.value + b.value; }
  friend Vector operator-(Vector a, Vector b) { return a.value - b.value; }
  friend Vector operator*(Vector a, Vector b) { return a.value * b.value; }
  friend Vector operator/(Vector a, Vector b) { return a.value / b.value; }
  friend Vector operator-(Vector a) { return -a.value; }
};

/// The larger of each pair of lanes; `b` where one of them is NaN.
template <class T>
Vector<T> max(Vector<T> a, Vector<T> b) {
#if defined(__AVX512F__)  // GCC 12 would make two instructions of the line below
  if constexpr (sizeof(T) == 4) return Vector<T>(_mm512_maskz_max_ps(0xffff, a.value, b.value));
#endif
  return a.value > b.value ? a.value : b.value;
}

/// The smaller of each pair of lanes; `b` where one of them is NaN.
template <class T>
Vector<T> min(Vector<T> a, Vector<T> b) {
#if defined(__AVX512F__)
  if constexpr (sizeof(T) == 4) return Vector<T>(_mm512_maskz_min_ps(0xffff, a.value, b.value));
#endif
  return a.value < b.value ? a.value : b.value;
}

/// a·b + c, rounded once where the processor can.
template <class T>
Vector<T> multiply_add(Vector<T> a, Vector<T> b, Vector<T> c) {
  return a.value * b.value + c.value;
}

/// Joins the upper half of the lanes to the lower half until one is left: a fixed order, so the
/// same bits every time.
template <int lanes, class Register, class Join>
auto fold(Register numbers, Join join) {
  if constexpr (lanes == 1) {
    return numbers[0];
  } else {
    using Number = std::remove_reference_t<decltype(numbers[0])>;
    constexpr int half_lanes = lanes > 2 ? lanes / 2 : 1;
    typedef Number Half __attribute__((vector_size(half_lanes * sizeof(Number))));
    struct Halves {
      Half lower, upper;
    };
    const auto [lower, upper] = std::bit_cast<Halves>(numbers);
    return fold<half_lanes>(join(lower, upper), join);
  }
}

/// The sum of all lanes.
template <class T>
T sum(Vector<T> vector) {
  return fold<Vector<T>::lanes>(vector.value, [](auto a, auto b) { return a + b; });
}

/// The sums of as many vectors as a vector has lanes, each with the bits that sum() gives it.
///
/// Every round halves what is left of each vector and so has room for another one beside it: half
/// the instructions of as many single sums.
template <class T>
[[gnu::always_inline]] inline Vector<T> sums(Vector<T> (&vectors)[Vector<T>::lanes]) {
  constexpr int lanes = Vector<T>::lanes;
  using Index = std::conditional_t<sizeof(T) == 4, std::int32_t, std::int64_t>;
  typedef Index Order __attribute__((vector_size(vector_bytes)));
#pragma GCC unroll 4
  for (int half = lanes / 2; half > 0; half /= 2) {
    Order lower, upper;
    for (int i = 0; i < lanes; ++i) {
      lower[i] = i / half * 2 * half + i % half;
      upper[i] = lower[i] + half;
    }
#pragma GCC unroll 8
    for (int i = 0; i < half; ++i) {
      const auto a = vectors[2 * i].value, b = vectors[2 * i + 1].value;
      vectors[i] = __builtin_shuffle(a, b, lower) + __builtin_shuffle(a, b, upper);
    }
  }
  return vectors[0];
}

/// The largest lane.
template <class T>
T largest(Vector<T> vector) {
  return fold<Vector<T>::lanes>(vector.value, [](auto a, auto b) { return a > b ? a : b; });
}

/// Turns a square of as many vectors as a vector has lanes about its diagonal.
///
/// Interleaving the upper half of the vectors with the lower half, like a deck of cards, moves
/// every number's row and column one bit on; after log2(lanes) rounds they have changed places.
template <class T>
void transpose(Vector<T> (&square)[Vector<T>::lanes]) {
  constexpr int lanes = Vector<T>::lanes;
  using Index = std::conditional_t<sizeof(T) == 4, std::int32_t, std::int64_t>;
  typedef Index Order __attribute__((vector_size(vector_bytes)));
  Order low, high;
  for (int i = 0; i < lanes; ++i) {
    low[i] = i / 2 + i % 2 * lanes;
    high[i] = low[i] + lanes / 2;
  }
#pragma GCC unroll 4
  for (int round = 1; round < lanes; round *= 2) {
    Vector<T> shuffled[lanes];
#pragma GCC unroll 16
    for (int i = 0; i < lanes / 2; ++i) {
      const auto upper = square[i].value, lower = square[i + lanes / 2].value;
      shuffled[2 * i] = __builtin_shuffle(upper, lower, low);
      shuffled[2 * i + 1] = __builtin_shuffle(upper, lower, high);
    }
#pragma GCC unroll 16
    for (int i = 0; i < lanes; ++i) square[i] = shuffled[i];
  }
}

/// e to the power of each lane. exp(-inf) = 0, overflow gives inf, NaN stays NaN.
///
/// float: at most 1 unit in the last place, from \f$ e^x = 2^n e^r \f$, n the nearest integer to
/// x / ln 2 and \f$ |r| \le \ln(2)/2 \f$, with a polynomial of degree 7 (coefficients: Cephes,
/// expf) for \f$ e^r \f$. double: std::exp lane by lane.
inline Vector<float> exp(Vector<float> x);
inline Vector<double> exp(Vector<double> x) {
  for (int i = 0; i < Vector<double>::lanes; ++i) x.value[i] = std::exp(x.value[i]);
  return x;
}

/// 2^n in each lane, for -126 <= n <= 127: n goes straight into the bits of the exponent.
inline Vector<float> power_of_two(IntegerRegister n) {
  return std::bit_cast<Vector<float>::Register>((n + 127) << 23);
}

inline Vector<float> exp(Vector<float> x) {
  using V = Vector<float>;
  // Beyond these two the result is 0 or inf anyway. NaN fails both comparisons and stays.
  x = min(V(89.0f), max(V(-104.0f), x));

  // Adding 1.5 · 2^23 leaves no bits for a fraction: the sum is rounded to an integer, and its
  // lowest bits are that integer.
  const V shift(12582912.0f);
  const V shifted = multiply_add(x, V(1.44269504088896341f), shift);
  const V n = shifted - shift;
  // ln 2 in two parts, the first so short that n times it is exact.
  V r = multiply_add(n, V(-0.693359375f), x);
  r = multiply_add(n, V(2.12194440e-4f), r);

  V p(1.9875691500e-4f);
  p = multiply_add(p, r, V(1.3981999507e-3f));
  p = multiply_add(p, r, V(8.3334519073e-3f));
  p = multiply_add(p, r, V(4.1665795894e-2f));
  p = multiply_add(p, r, V(1.6666665459e-1f));
  p = multiply_add(p, r, V(5.0000001201e-1f));
  p = multiply_add(p, r * r, r) + V(1.0f);

#if defined(__AVX512F__)
  return V(_mm512_maskz_scalef_ps(0xffff, p.value, n.value));
#else
  // Two factors, because 2^n itself may be out of range while the product is not.
  const auto whole =
      std::bit_cast<IntegerRegister>(shifted.value) - std::bit_cast<IntegerRegister>(shift.value);
  const IntegerRegister half = whole >> 1;
  return p * power_of_two(half) * power_of_two(whole - half);
#endif
}

#if defined(__AVX2__) && !defined(__AVX512F__)
/// All bits of the first `count` lanes of `bytes` bytes.
inline __m256i first_lanes(int count, int bytes) {
  alignas(32) static constexpr std::int32_t bits[16] = {-1, -1, -1, -1, -1, -1, -1, -1};
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(bits + 8 - count * bytes / 4));
}
#endif

template <class T>
Vector<T> Vector<T>::load_first(const T* source, int count) {
#if defined(__AVX512F__)
  if constexpr (sizeof(T) == 4)
    return Vector(_mm512_maskz_loadu_ps(static_cast<__mmask16>((1u << count) - 1), source));
  else
    return Vector(_mm512_maskz_loadu_pd(static_cast<__mmask8>((1u << count) - 1), source));
#elif defined(__AVX2__)
  if constexpr (sizeof(T) == 4)
    return Vector(_mm256_maskload_ps(source, first_lanes(count, 4)));
  else
    return Vector(_mm256_maskload_pd(source, first_lanes(count, 8)));
#else
  T lane[lanes] = {};
  for (int i = 0; i < count; ++i) lane[i] = source[i];
  return load(lane);
#endif
}

template <class T>
void Vector<T>::store_first(T* target, int count) const {
#if defined(__AVX512F__)
  if constexpr (sizeof(T) == 4)
    _mm512_mask_storeu_ps(target, static_cast<__mmask16>((1u << count) - 1), value);
  else
    _mm512_mask_storeu_pd(target, static_cast<__mmask8>((1u << count) - 1), value);
#elif defined(__AVX2__)
  if constexpr (sizeof(T) == 4)
    _mm256_maskstore_ps(target, first_lanes(count, 4), value);
  else
    _mm256_maskstore_pd(target, first_lanes(count, 8), value);
#else
  T lane[lanes];
  store(lane);
  for (int i = 0; i < count; ++i) target[i] = lane[i];
#endif
}

}  // namespace lectern
