#include "nn/init.h"

#include <cmath>

#include "nn/module.h"

namespace lectern {

Tensor Initializer::xavier_uniform(std::int64_t in, std::int64_t out) {
  numbers_drawn_ += in * out;
  if (!draws_) return Tensor({in, out}, dtype_);
  const double bound = std::sqrt(6.0 / static_cast<double>(in + out));
  return random_uniform({in, out}, -bound, bound, next_key(), dtype_);
}

Tensor Initializer::normal(const Shape& shape, double standard_deviation) {
  numbers_drawn_ += shape.size();
  if (!draws_) return Tensor(shape, dtype_);
  return random_normal(shape, standard_deviation, next_key(), dtype_);
}

Tensor Initializer::constant(const Shape& shape, double value) {
  numbers_drawn_ += shape.size();
  return full(shape, value, dtype_);
}

void check_complete(Module& model, const Initializer& init, Where where) {
  const std::int64_t learnt = parameter_count(model), drawn = init.numbers_drawn();
  check(
      learnt == drawn,
      [&] {
        return text("the model learns ", learnt, " numbers, but ", drawn, " were drawn for it: ",
                    learnt < drawn ? "is a part missing in a visit()?"
                                   : "was a part made with another Initializer?");
      },
      where);
}

}  // namespace lectern
