#pragma once

#include <cmath>
#include <cstdint>
#include <type_traits>

#include "tensor/bits.h"
#include "tensor/registers.h"

namespace lectern {

/// The register of T, and the same numbers in memory, at any address. (To copy their bytes, std::memcpy,
/// means the same, but GCC 12 then keeps the sums of a register tile twice, as numbers and as bytes, and
/// 16 registers do not hold them.)
template <class T>
struct RegisterOf;
template <>
struct RegisterOf<float> {
  using type = FloatRegister;
  using InMemory [[gnu::vector_size(vector_bytes), gnu::aligned(4), gnu::may_alias]] = float;
};
template <>
struct RegisterOf<double> {
  using type = DoubleRegister;
  using InMemory [[gnu::vector_size(vector_bytes), gnu::aligned(8), gnu::may_alias]] = double;
};

/// As many numbers as one vector register holds; arithmetic acts on each lane by itself.
///
/// Written with the compiler's vector types, so one text serves every width and both dtypes.
/// A product that is added is `multiply_add`: one fused instruction. (The compiler makes one of
/// `a * b + c` where it sees fit, which may be here and not there.)
template <class T>
struct Vector {
  static constexpr int lanes = vector_bytes / static_cast<int>(sizeof(T));
  using Register = typename RegisterOf<T>::type;
  using InMemory = typename RegisterOf<T>::InMemory;
  Register value;

  Vector() = default;
  Vector(Register register_) : value(register_) {}
  /// The same number in every lane.
  explicit Vector(T number) : value(number - Register{}) {}

  /// `lanes` numbers from any address.
  static Vector load(const T* source) {
    return Register(*reinterpret_cast<const InMemory*>(source));
  }
  void store(T* target) const { *reinterpret_cast<InMemory*>(target) = value; }

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
  return registers::larger(a.value, b.value);
}

/// The smaller of each pair of lanes; `b` where one of them is NaN.
template <class T>
Vector<T> min(Vector<T> a, Vector<T> b) {
  return registers::smaller(a.value, b.value);
}

/// a·b + c, rounded once where the processor can.
template <class T>
Vector<T> multiply_add(Vector<T> a, Vector<T> b, Vector<T> c) {
  return registers::multiply_add(a.value, b.value, c.value);
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
    const auto [lower, upper] = bit_cast<Halves>(numbers);
    return fold<half_lanes>(join(lower, upper), join);
  }
}

/// The sum of all lanes.
template <class T>
T sum(Vector<T> vector) {
  return fold<Vector<T>::lanes>(vector.value, [](auto a, auto b) { return a + b; });
}

/// Joins pairs of vectors, `half` sums of each, into vectors of twice as many sums half as long; and so
/// on, until a vector holds one sum of each.
template <int half, class T>
[[gnu::always_inline]] inline void add_halves(Vector<T>* vectors) {
  if constexpr (half > 0) {
    constexpr auto lower = [](int i) { return i / half * 2 * half + i % half; };
    constexpr auto upper = [](int i) { return i / half * 2 * half + i % half + half; };
#pragma GCC unroll 8
    for (std::int64_t i = 0; i < half; ++i) {
      const auto a = vectors[2 * i].value, b = vectors[2 * i + 1].value;
      vectors[i] = registers::shuffle(a, b, lower) + registers::shuffle(a, b, upper);
    }
    add_halves<half / 2>(vectors);
  }
}

/// The sums of as many vectors as a vector has lanes, each with the bits that sum() gives it.
///
/// Every round halves what is left of each vector and so has room for another one beside it: half
/// the instructions of as many single sums.
template <class T>
[[gnu::always_inline]] inline Vector<T> sums(Vector<T> (&vectors)[Vector<T>::lanes]) {
  add_halves<Vector<T>::lanes / 2>(vectors);
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
  constexpr auto low = [](int i) { return i / 2 + i % 2 * lanes; };
  constexpr auto high = [](int i) { return i / 2 + i % 2 * lanes + lanes / 2; };
#pragma GCC unroll 4
  for (int round = 1; round < lanes; round *= 2) {
    Vector<T> shuffled[lanes];
#pragma GCC unroll 16
    for (int i = 0; i < lanes / 2; ++i) {
      const auto upper = square[i].value, lower = square[i + lanes / 2].value;
      shuffled[2 * i] = registers::shuffle(upper, lower, low);
      shuffled[2 * i + 1] = registers::shuffle(upper, lower, high);
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

inline Vector<float> exp(Vector<float> x) {
  using V = Vector<float>;
  // Beyond these two the result is 0 or inf anyway. NaN fails both comparisons and stays.
  x = min(V(89.0f), max(V(-104.0f), x));

  const V rounded = multiply_add(x, V(1.44269504088896341f), V(registers::rounder));
  const V n = rounded - V(registers::rounder);
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

  return registers::times_power_of_two(p.value, rounded.value);
}

template <class T>
Vector<T> Vector<T>::load_first(const T* source, int count) {
  Vector result;
  registers::load_first(result.value, source, count);
  return result;
}

template <class T>
void Vector<T>::store_first(T* target, int count) const {
  registers::store_first(value, target, count);
}

}  // namespace lectern
