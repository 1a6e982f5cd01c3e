#include "autograd/ops/apply.h"

#include "tensor/ops/apply.h"
#include "tensor/ops/arithmetic.h"

namespace lectern {

Variable apply(const std::string& name, const Variable& x,
               const std::function<double(double)>& function,
               const std::function<double(double)>& derivative, Where where) {
  return record(
      name, apply_to_each(x.value(), function, where), {x},
      [x = x.value(), derivative](const Tensor& dy) -> Gradients {
        return {multiply(dy, apply_to_each(x, derivative))};
      },
      where);
}

}  // namespace lectern
