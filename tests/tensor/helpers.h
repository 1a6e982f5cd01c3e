#pragma once

#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "tensor/matmul_engine.h"
#include "tensor/ops/cast.h"
#include "tensor/ops/ids.h"
#include "tensor/parallel.h"
#include "tensor/precision.h"
#include "tensor/random.h"
#include "tensor/tensor.h"

namespace lectern {

/// Normal numbers; `site` tells one tensor from another.
inline Tensor normal(const Shape& shape, std::uint32_t site, DType dtype = DType::f64) {
  return random_normal(shape, 1.0, RandomKey{.seed = 1, .site = site}, dtype);
}

inline std::vector<double> numbers(const Tensor& x) {
  return cast(x, DType::f64).to_vector<double>();
}

inline bool same_bits(const Tensor& a, const Tensor& b) {
  const std::vector<double> x = numbers(a), y = numbers(b);
  return a.shape() == b.shape() && a.dtype() == b.dtype() &&
         (x.empty() || std::memcmp(x.data(), y.data(), x.size() * sizeof x[0]) == 0);
}

/// True when every pair differs by at most atol + rtol · |b|: by default the tolerances of f32.
inline bool close(const Tensor& a, const Tensor& b, double rtol = 1.3e-6, double atol = 1e-5) {
  const std::vector<double> x = numbers(a), y = numbers(b);
  if (a.shape() != b.shape()) return false;
  for (std::size_t i = 0; i < x.size(); ++i)
    if (!(std::abs(x[i] - y[i]) <= atol + rtol * std::abs(y[i]))) return false;
  return true;
}

/// Products in another precision, up to the end of a scope.
struct WithPrecision {
  explicit WithPrecision(Precision precision) { set_matmul_precision(precision); }
  ~WithPrecision() { set_matmul_precision(Precision::f32); }
};

/// Products by another implementation, up to the end of a scope.
struct WithEngine {
  explicit WithEngine(MatmulEngine engine) { set_matmul_engine(engine); }
  ~WithEngine() { set_matmul_engine(before); }
  MatmulEngine before = matmul_engine();
};

/// True when `make` gives the same bits on one thread and on two.
template <class Make>
bool same_on_two_threads(const Make& make) {
  const int before = thread_count();
  set_thread_count(1);
  const Tensor one = make();
  set_thread_count(2);
  const Tensor two = make();
  set_thread_count(before);
  return same_bits(one, two);
}

/// True when an op in f32 agrees with the same op in f64 on inputs that f32 can hold.
template <class Op>
bool f32_agrees_with_f64(const Op& op, const std::vector<Tensor>& inputs) {
  std::vector<Tensor> single, exact;
  for (const Tensor& input : inputs) {
    single.push_back(cast(input, DType::f32));
    exact.push_back(cast(single.back(), DType::f64));
  }
  return close(op(single), op(exact));
}

/// What the Error says that `action` throws; empty when it throws none.
template <class Action>
std::string message_of(const Action& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

/// Has ids on a GPU looked at, or not, and restores what was before.
struct CheckedIds {
  explicit CheckedIds(bool checked) { set_device_ids_checked(checked); }
  ~CheckedIds() { set_device_ids_checked(before); }
  bool before = device_ids_are_checked();
};

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace lectern
