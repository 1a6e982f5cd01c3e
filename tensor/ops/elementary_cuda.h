#pragma once

#include <cmath>
#include <numbers>

#include "tensor/cuda/kernel.h"

namespace lectern {

/// The elementary functions that formulas.h is written in, on a GPU: CUDA's own.
struct CudaMath {
  template <class T>
  __host__ __device__ static T exp(T x) {
    return ::exp(x);
  }
  template <class T>
  __host__ __device__ static T log(T x) {
    return ::log(x);
  }
  template <class T>
  __host__ __device__ static T sqrt(T x) {
    return ::sqrt(x);
  }
  template <class T>
  __host__ __device__ static T power(T x, T exponent) {
    return ::pow(x, exponent);
  }
  template <class T>
  __host__ __device__ static T sin(T x) {
    return ::sin(x);
  }
  template <class T>
  __host__ __device__ static T cos(T x) {
    return ::cos(x);
  }
  template <class T>
  __host__ __device__ static T tanh(T x) {
    return ::tanh(x);
  }
  /// The normal distribution function Φ(x).
  template <class T>
  __host__ __device__ static T normal_distribution(T x) {
    return T{0.5} * ::erfc(-x / std::numbers::sqrt2_v<T>);
  }
};

}  // namespace lectern
