#include "reversible/residual_pair.h"

#include "autograd/replay.h"
#include "tensor/ops/arithmetic.h"

namespace lectern {

Variable ResidualHalf::run(const Variable& x, const std::vector<Variable>& outside) {
  const DecisionScope decisions(decisions_);
  const Variable y = function_(x, outside);
  check(y.shape() == x.shape(), [&] {
    return text("a function of a residual stream turned ", x.shape(), " into ", y.shape(),
                "; what is added to a stream must have its shape");
  });
  return y;
}

void ResidualHalf::forward(ResidualStream& target, const ResidualStream& source,
                           const std::vector<Variable>& outside) {
  const NoGradient no_gradient;
  target.add(run(Variable(source.value()), outside).value());
}

void ResidualHalf::inverse(ResidualStream& target, const ResidualStream& source,
                           const std::vector<Variable>& outside) {
  const NoGradient no_gradient;
  target.subtract(run(Variable(source.value()), outside).value());
}

void ResidualHalf::backward(ResidualStream& target, ResidualStream& source,
                            const std::vector<Variable>& outside) {
  check(recording(),
        "cannot go back through a reversible stack while a NoGradient is in force: on the way back "
        "each function is calculated once more, on a tape; call backward() outside the NoGradient");
  const Variable x = Variable::parameter(source.value());
  const Variable y = run(x, outside);
  target.subtract(y.value());
  if (y.requires_gradient()) lectern::backward(y, target.gradient);
  if (x.has_gradient()) source.gradient = add(source.gradient, x.gradient());
}

}  // namespace lectern
