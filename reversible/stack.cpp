#include "reversible/stack.h"

#include <array>
#include <memory>

#include "autograd/by_definition.h"
#include "autograd/ops/arithmetic.h"
#include "autograd/ops/concatenate.h"
#include "reversible/origin.h"
#include "tensor/ops/concatenate.h"

namespace lectern {
namespace {

void check_streams(const Tensor& x1, const Tensor& x2) {
  check(x1.shape() == x2.shape() && x1.dtype() == x2.dtype() && x1.device() == x2.device(), [&] {
    return text("a reversible stack needs two streams alike, got ", x1.shape(), " ", x1.dtype(),
                " on ", x1.device(), " and ", x2.shape(), " ", x2.dtype(), " on ", x2.device());
  });
}

/// What of `outside` the functions see, apart from the tape that it came from: leaves, so that
/// their gradients gather here and go to the record's inputs in one piece.
std::vector<Variable> leaves_of(const std::vector<Variable>& outside) {
  std::vector<Variable> leaves;
  for (const Variable& variable : outside)
    leaves.push_back(variable.requires_gradient() ? Variable::parameter(variable.value())
                                                  : Variable(variable.value()));
  return leaves;
}

/// One pass through the network, up and back.
class Pass {
 public:
  Pass(const std::vector<StreamFunction>& functions, const std::vector<Variable>& outside,
       StreamNumbers numbers)
      : halves_(functions.begin(), functions.end()),
        outside_(leaves_of(outside)),
        numbers_(numbers) {}

  /// \return  both streams side by side
  Tensor forward(const Tensor& x1, const Tensor& x2) {
    streams_ = {ResidualStream(x1, numbers_), ResidualStream(x2, numbers_)};
    for (std::size_t i = 0; i < halves_.size(); ++i)
      halves_[i].forward(streams_[i % 2], streams_[1 - i % 2], outside_);
    const Tensor output = concatenate(std::vector{streams_[0].value(), streams_[1].value()}, -1);
    if (numbers_ == StreamNumbers::floating) streams_ = {};  // the output holds the same numbers
    return output;
  }

  /// \return  gradients of x1, x2 and all of `outside`
  Gradients backward(const Tensor& output, const Tensor& d_output) {
    const std::int64_t width = output.dim(-1) / 2;
    for (int s = 0; s < 2; ++s) {
      const auto half = [&](const Tensor& x) { return slice(x, -1, s * width, (s + 1) * width); };
      if (numbers_ == StreamNumbers::floating) streams_[s] = {half(output), numbers_};
      streams_[s].gradient = half(d_output);
    }
    for (std::size_t i = halves_.size(); i-- > 0;)
      halves_[i].backward(streams_[i % 2], streams_[1 - i % 2], outside_);
    Gradients gradients{streams_[0].gradient, streams_[1].gradient};
    for (const Variable& leaf : outside_)
      gradients.push_back(leaf.has_gradient() ? leaf.gradient() : Tensor());
    return gradients;
  }

 private:
  std::vector<ResidualHalf> halves_;
  std::vector<Variable> outside_;
  StreamNumbers numbers_;
  std::array<ResidualStream, 2> streams_;
};

}  // namespace

Variable reversible_stack(const std::vector<StreamFunction>& functions, const Variable& x1,
                          const Variable& x2, const std::vector<Variable>& outside,
                          StreamNumbers numbers) {
  if (runs_by_definition()) return reversible_stack_by_definition(functions, x1, x2, outside);
  check_streams(x1.value(), x2.value());
  const auto pass = std::make_shared<Pass>(functions, outside, numbers);
  const Tensor output = pass->forward(x1.value(), x2.value());
  std::vector<Variable> inputs{x1, x2};
  inputs.insert(inputs.end(), outside.begin(), outside.end());
  return record("reversible_stack", output, with_origin(inputs),
                [pass, output](const Tensor& d_output) -> Gradients {
                  return pass->backward(output, d_output);
                });
}

Variable reversible_stack_by_definition(const std::vector<StreamFunction>& functions,
                                        const Variable& x1, const Variable& x2,
                                        const std::vector<Variable>& outside) {
  check_streams(x1.value(), x2.value());
  std::array<Variable, 2> streams{x1, x2};
  for (std::size_t i = 0; i < functions.size(); ++i)
    streams[i % 2] = add(streams[i % 2], functions[i](streams[1 - i % 2], outside));
  return concatenate({streams[0], streams[1]}, -1);
}

std::pair<Tensor, Tensor> invert(const std::vector<StreamFunction>& functions, const Tensor& y,
                                 const std::vector<Variable>& outside, StreamNumbers numbers) {
  check(y.rank() > 0 && y.dim(-1) % 2 == 0, [&] {
    return text("invert needs both streams side by side, [..., 2 * d_model], got ", y.shape());
  });
  const std::int64_t width = y.dim(-1) / 2;
  std::array<ResidualStream, 2> streams{ResidualStream(slice(y, -1, 0, width), numbers),
                                        ResidualStream(slice(y, -1, width, 2 * width), numbers)};
  for (std::size_t i = functions.size(); i-- > 0;)
    ResidualHalf(functions[i]).inverse(streams[i % 2], streams[1 - i % 2], outside);
  return {streams[0].value(), streams[1].value()};
}

}  // namespace lectern
