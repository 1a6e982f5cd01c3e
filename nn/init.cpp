#include "nn/init.h"

#include <cmath>

namespace lectern {

Tensor Initializer::xavier_uniform(std::int64_t in, std::int64_t out) {
  if (!draws_) return Tensor({in, out}, dtype_);
  const double bound = std::sqrt(6.0 / static_cast<double>(in + out));
  return random_uniform({in, out}, -bound, bound, next_key(), dtype_);
}

Tensor Initializer::normal(const Shape& shape, double standard_deviation) {
  if (!draws_) return Tensor(shape, dtype_);
  return random_normal(shape, standard_deviation, next_key(), dtype_);
}

}  // namespace lectern
