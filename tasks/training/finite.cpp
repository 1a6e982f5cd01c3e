#include "tasks/training/finite.h"

#include <cmath>
#include <vector>

#include "tasks/failure.h"
#include "tensor/ops/cast.h"
#include "tensor/ops/is_finite.h"

namespace lectern {
namespace {

/// `[0, 3]`: the place of the number that is `index` numbers behind the first.
Shape place_in(const Shape& shape, std::int64_t index) {
  Shape place = shape;
  for (int axis = shape.rank() - 1; axis >= 0; --axis) {
    place.set(axis, index % shape[axis]);
    index /= shape[axis];
  }
  return place;
}

constexpr const char* advice = "; its weights are no use: take an earlier checkpoint of the run";

}  // namespace

std::string first_not_finite(const NamedTensors& tensors) {
  for (const auto& [name, tensor] : tensors) {
    if (tensor.dtype() == DType::i32 || name.starts_with("optimizer.")) continue;
    const Tensor numbers = tensor.dtype() == DType::bf16 ? cast(tensor, DType::f32) : tensor;
    if (is_finite(numbers)) continue;
    const std::vector<double> values = cast(numbers, DType::f64).to_vector<double>();
    std::size_t i = 0;
    while (i + 1 < values.size() && std::isfinite(values[i])) ++i;
    return text('"', name, "\" ", tensor.shape(), " is ", values[i], " at ",
                place_in(tensor.shape(), static_cast<std::int64_t>(i)));
  }
  return "";
}

double finite_loss(double loss) {
  if (!std::isfinite(loss))
    throw Failure(ExitCode::diverged, text("the loss of this model is ", loss, advice));
  return loss;
}

double perplexity_of(double loss) {
  const double perplexity = std::exp(loss);
  if (!std::isfinite(perplexity))
    throw Failure(ExitCode::diverged, text("the loss of this model is ", loss,
                                           " a token, and no number is its perplexity", advice));
  return perplexity;
}

}  // namespace lectern
