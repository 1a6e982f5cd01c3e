#pragma once

#include "tensor/ops/formulas.h"
#include "tensor/ops/recurrent.h"

namespace lectern::kernels {

// The cells of tensor/ops/recurrent.h, number by number and for every device: `at(row, j)` is one
// number of the state, forwards and backwards. `Math` has the elementary functions of a device.

template <class Math, class T>
constexpr T sigmoid(T x) {
  return formulas::Sigmoid{}.value<Math>(x);
}
/// The derivatives by what went into a sigmoid or a tanh, from what came out.
template <class Math, class T>
constexpr T d_sigmoid(T dy, T y) {
  return formulas::Sigmoid{}.dx<Math>(dy, y);
}
template <class Math, class T>
constexpr T d_tanh(T dy, T y) {
  return formulas::Tanh{}.dx<Math>(dy, y);
}

/// Where the numbers of a step lie.
template <class T>
struct StepNumbers {
  std::int64_t hidden;
  T* gates;
  const T* sums;
  const T *h_before, *c_before;
  T *h, *c;
  const T* hidden_bias;
  T* product;
};

template <class Math, class T>
struct RnnStep : StepNumbers<T> {
  constexpr void at(std::int64_t row, std::int64_t j) const {
    const std::int64_t s = row * this->hidden + j;
    this->h[s] = Math::tanh(this->sums[s]);
  }
};

template <class Math, class T>
struct GruStep : StepNumbers<T> {
  constexpr void at(std::int64_t row, std::int64_t j) const {
    const std::int64_t hidden = this->hidden, s = row * hidden + j, first = row * 3 * hidden + j;
    T* gates = this->gates + first;
    const T* sums = this->sums + first;
    const T r = sigmoid<Math>(gates[0] + sums[0]);
    const T z = sigmoid<Math>(gates[hidden] + sums[hidden]);
    const T q = sums[2 * hidden] + this->hidden_bias[j];
    const T n = Math::tanh(gates[2 * hidden] + r * q);
    gates[0] = r;
    gates[hidden] = z;
    gates[2 * hidden] = n;
    this->product[s] = q;
    this->h[s] = (T{1} - z) * n + z * this->h_before[s];
  }
};

template <class Math, class T>
struct LstmStep : StepNumbers<T> {
  constexpr void at(std::int64_t row, std::int64_t j) const {
    const std::int64_t hidden = this->hidden, s = row * hidden + j, first = row * 4 * hidden + j;
    T* gates = this->gates + first;
    const T* sums = this->sums + first;
    const T i = sigmoid<Math>(sums[0]), f = sigmoid<Math>(sums[hidden]);
    const T g = Math::tanh(sums[2 * hidden]), o = sigmoid<Math>(sums[3 * hidden]);
    const T c = f * this->c_before[s] + i * g;
    gates[0] = i;
    gates[hidden] = f;
    gates[2 * hidden] = g;
    gates[3 * hidden] = o;
    this->c[s] = c;
    this->h[s] = o * Math::tanh(c);
  }
};

template <class T>
struct StepDerivatives {
  std::int64_t hidden;
  T *gates, *d_sums;
  const T* d_y;
  T *d_h, *d_c;
  const T *h_before, *c_before, *h, *c, *product;
};

template <class Math, class T>
struct RnnStepBackward : StepDerivatives<T> {
  constexpr void at(std::int64_t row, std::int64_t j) const {
    const std::int64_t s = row * this->hidden + j;
    this->gates[s] = d_tanh<Math>(this->d_h[s] + this->d_y[s], this->h[s]);
    this->d_h[s] = T{0};
  }
};

template <class Math, class T>
struct GruStepBackward : StepDerivatives<T> {
  constexpr void at(std::int64_t row, std::int64_t j) const {
    const std::int64_t hidden = this->hidden, s = row * hidden + j, first = row * 3 * hidden + j;
    T* gates = this->gates + first;
    T* d_sums = this->d_sums + first;
    const T r = gates[0], z = gates[hidden], n = gates[2 * hidden];
    const T dh = this->d_h[s] + this->d_y[s];
    const T d_candidate = d_tanh<Math>(dh * (T{1} - z), n);  // by x W + b + r ⊙ q
    const T d_r = d_sigmoid<Math>(d_candidate * this->product[s], r);
    const T d_z = d_sigmoid<Math>(dh * (this->h_before[s] - n), z);
    gates[0] = d_sums[0] = d_r;
    gates[hidden] = d_sums[hidden] = d_z;
    gates[2 * hidden] = d_candidate;
    d_sums[2 * hidden] = d_candidate * r;
    this->d_h[s] = dh * z;
  }
};

template <class Math, class T>
struct LstmStepBackward : StepDerivatives<T> {
  constexpr void at(std::int64_t row, std::int64_t j) const {
    const std::int64_t hidden = this->hidden, s = row * hidden + j, first = row * 4 * hidden + j;
    T* gates = this->gates + first;
    const T i = gates[0], f = gates[hidden], g = gates[2 * hidden], o = gates[3 * hidden];
    const T shown = Math::tanh(this->c[s]);
    const T dh = this->d_h[s] + this->d_y[s];
    const T dc = this->d_c[s] + d_tanh<Math>(dh * o, shown);
    gates[0] = d_sigmoid<Math>(dc * g, i);
    gates[hidden] = d_sigmoid<Math>(dc * this->c_before[s], f);
    gates[2 * hidden] = d_tanh<Math>(dc * i, g);
    gates[3 * hidden] = d_sigmoid<Math>(dh * shown, o);
    this->d_c[s] = dc * f;
    this->d_h[s] = T{0};
  }
};

/// The addresses of a tensor's numbers, none where it is not defined: `of(tensor)`, with what a
/// device calls them.
template <class T, class Address>
StepNumbers<T> numbers_of(const CellStep& step, const Address& of) {
  return {step.after.h.dim(-1), of(step.gates),       of(step.sums),
          of(step.before.h),    of(step.before.c),    of(step.after.h),
          of(step.after.c),     of(step.hidden_bias), of(step.product)};
}
template <class T, class Address>
StepDerivatives<T> numbers_of(const CellStepBackward& step, const Address& of) {
  return {step.after.h.dim(-1), of(step.gates),   of(step.d_sums),   of(step.d_y),
          of(step.d.h),         of(step.d.c),     of(step.before.h), of(step.before.c),
          of(step.after.h),     of(step.after.c), of(step.product)};
}

/// Calls `run(step)` with the step of its cell.
template <class Math, class T, class Run>
void with_cell(CellKind cell, const StepNumbers<T>& numbers, const Run& run) {
  switch (cell) {
    case CellKind::rnn: return run(RnnStep<Math, T>{numbers});
    case CellKind::gru: return run(GruStep<Math, T>{numbers});
    case CellKind::lstm: return run(LstmStep<Math, T>{numbers});
  }
}
template <class Math, class T, class Run>
void with_cell(CellKind cell, const StepDerivatives<T>& numbers, const Run& run) {
  switch (cell) {
    case CellKind::rnn: return run(RnnStepBackward<Math, T>{numbers});
    case CellKind::gru: return run(GruStepBackward<Math, T>{numbers});
    case CellKind::lstm: return run(LstmStepBackward<Math, T>{numbers});
  }
}

}  // namespace lectern::kernels
