#include "models/reversible_layers.h"

#include "autograd/ops/concatenate.h"

namespace lectern {

Variable run_reversibly(const StreamFunctions& functions, const Variable& x,
                        const std::vector<Variable>& outside) {
  const Variable streams = reversible_stack(functions, x, x, outside);  // [..., 2 · d_model]
  const std::int64_t d_model = x.dim(-1);
  return scale(add(slice(streams, -1, 0, d_model), slice(streams, -1, d_model, 2 * d_model)), 0.5);
}

}  // namespace lectern
