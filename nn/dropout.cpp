#include "nn/dropout.h"

#include "autograd/ops/arithmetic.h"
#include "autograd/ops/dropout.h"
#include "autograd/ops/pointwise.h"

namespace lectern {

Dropout::Dropout(double probability) : probability_(probability) {
  check(probability >= 0.0 && probability < 1.0,
        [&] { return text("dropout probability ", probability, " is not in [0, 1)"); });
}

Variable Dropout::operator()(const Variable& x) const {
  return probability() == 0.0 ? x : dropout(x, probability(), key());
}

Variable Dropout::add_to(const Variable& residual, const Variable& x) const {
  return probability() == 0.0 ? add(residual, x) : dropout_add(x, residual, probability(), key());
}

Variable Dropout::relu(const Variable& x) const {
  return probability() == 0.0 ? lectern::relu(x) : relu_dropout(x, probability(), key());
}

Dropout Dropout::from(std::int64_t element) const {
  check(element % 4 == 0, [&] {
    return text("a part of a dropout mask cannot begin at element ", element,
                ": random words come in fours");
  });
  Dropout part = *this;
  part.mode_.key.first_quad += static_cast<std::uint64_t>(element / 4);
  return part;
}

}  // namespace lectern
