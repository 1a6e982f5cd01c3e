#include "tensor/cuda/fill_each.h"
#include "tensor/random.h"

namespace lectern {
namespace {

/// factor · x, and 0 for a factor of 0 even where x is infinite or NaN.
template <class T>
__device__ T masked(T x, T factor) {
  return factor > T{0} ? factor * x : T{0};
}

template <class T>
T factor_of_kept(double probability) {
  return static_cast<T>(1.0 / (1.0 - probability));
}

/// An input that is drawn when it is asked for: 1/(1−p) for an element that is kept, 0 for one that
/// is dropped. Four elements side by side share one draw.
template <class T>
class MaskFactors {
 public:
  MaskFactors(double probability, RandomKey key)
      : key_(key),
        threshold_(drop_threshold(probability)),
        factor_(factor_of_kept<T>(probability)) {}

  bool has_quads() const { return true; }
  __device__ T one(std::int64_t i) const { return factor(key_.word(i)); }
  __device__ Quad<T> four(std::int64_t i) const {
    const PhiloxWords words = key_.words(i / 4);
    return {{factor(words[0]), factor(words[1]), factor(words[2]), factor(words[3])}};
  }

 private:
  __device__ T factor(std::uint32_t word) const { return word >= threshold_ ? factor_ : T{0}; }

  RandomKey key_;
  std::uint32_t threshold_;
  T factor_;
};

}  // namespace

template <class T>
void dropout_kernel(Cuda device, const Tensor& x, double probability, RandomKey key, Tensor& y) {
  fill_each<T>(
      device, y, [] __device__(T in, T factor) { return masked(in, factor); }, numbers<T>(x),
      MaskFactors<T>(probability, key));
}

template <class T>
void dropout_add_kernel(Cuda device, const Tensor& x, const Tensor& residual, double probability,
                        RandomKey key, Tensor& y) {
  fill_each<T>(
      device, y, [] __device__(T in, T start, T factor) { return start + masked(in, factor); },
      numbers<T>(x), numbers<T>(residual), MaskFactors<T>(probability, key));
}

template <class T>
void relu_dropout_kernel(Cuda device, const Tensor& x, double probability, RandomKey key,
                         Tensor& y) {
  fill_each<T>(
      device, y, [] __device__(T in, T factor) { return masked(in > T{0} ? in : T{0}, factor); },
      numbers<T>(x), MaskFactors<T>(probability, key));
}

template <class T>
void relu_dropout_backward_kernel(Cuda device, const Tensor& y, const Tensor& gradient,
                                  double probability, Tensor& d_x) {
  const T factor = factor_of_kept<T>(probability);
  fill_each<T>(
      device, d_x, [=] __device__(T out, T dy) { return masked(dy, out > T{0} ? factor : T{0}); },
      numbers<T>(y), numbers<T>(gradient));
}

template void dropout_kernel<float>(Cuda, const Tensor&, double, RandomKey, Tensor&);
template void dropout_kernel<double>(Cuda, const Tensor&, double, RandomKey, Tensor&);
template void dropout_add_kernel<float>(Cuda, const Tensor&, const Tensor&, double, RandomKey,
                                        Tensor&);
template void dropout_add_kernel<double>(Cuda, const Tensor&, const Tensor&, double, RandomKey,
                                         Tensor&);
template void relu_dropout_kernel<float>(Cuda, const Tensor&, double, RandomKey, Tensor&);
template void relu_dropout_kernel<double>(Cuda, const Tensor&, double, RandomKey, Tensor&);
template void relu_dropout_backward_kernel<float>(Cuda, const Tensor&, const Tensor&, double,
                                                  Tensor&);
template void relu_dropout_backward_kernel<double>(Cuda, const Tensor&, const Tensor&, double,
                                                   Tensor&);

}  // namespace lectern
