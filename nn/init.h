#pragma once

#include "tensor/random.h"

namespace lectern {

class Module;

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
  Tensor constant(const Shape& shape, double value);

  DType dtype() const { return dtype_; }
  /// How many numbers it has handed out so far.
  std::int64_t numbers_drawn() const { return numbers_drawn_; }

 private:
  /// Steps of training count from 0 up; the weights are drawn at a step that no run reaches.
  static constexpr std::uint32_t before_training = 0xffffffffu;
  RandomKey next_key() { return {.seed = seed_, .step = before_training, .site = site_++}; }

  std::uint64_t seed_;
  DType dtype_;
  bool draws_ = true;
  std::uint32_t site_ = 0;
  std::int64_t numbers_drawn_ = 0;
};

/// Throws unless `model` learns as many numbers as `init`, which made nothing else, has handed out:
/// a part that its visit() forgets would be neither trained nor saved, without a word.
void check_complete(Module& model, const Initializer& init, Where where = Where::current());

}  // namespace lectern
