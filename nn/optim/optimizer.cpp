#include "nn/optim/optimizer.h"

namespace lectern {

void Optimizer::zero_gradients() {
  for (NamedParameter& parameter : parameters_) parameter.variable.zero_gradient();
}

}  // namespace lectern
