#pragma once

#include "tensor/random.h"

namespace lectern {

/// Draws the initial weights of a model. Each call takes the next site of one seed, so the weights
/// are a function of the seed and of the order in which the layers are made.
class Initializer {
 public:
  explicit Initializer(std::uint64_t seed = 42, DType dtype = DType::f32)
      : seed_(seed), dtype_(dtype) {}

  /// Draws nothing: for a model whose weights are about to be loaded.
  static Initializer blank(DType dtype = DType::f32) {
    Initializer init(0, dtype);
    init.draws_ = false;
    return init;
  }

  /// Even in ±√(6 / (in + out)) for a weight `[in, out]`: keeps the variance of activations and of
  /// gradients alike (Glorot and Bengio 2010, equation 16).
  Tensor xavier_uniform(std::int64_t in, std::int64_t out);
  Tensor normal(const Shape& shape, double standard_deviation);
  Tensor constant(const Shape& shape, double value) const { return full(shape, value, dtype_); }

 private:
  /// Steps of training count from 0 up; the weights are drawn at a step that no run reaches.
  static constexpr std::uint32_t before_training = 0xffffffffu;
  RandomKey next_key() { return {.seed = seed_, .step = before_training, .site = site_++}; }

  std::uint64_t seed_;
  DType dtype_;
  bool draws_ = true;
  std::uint32_t site_ = 0;
};

}  // namespace lectern
