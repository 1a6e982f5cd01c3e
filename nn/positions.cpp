#include "nn/positions.h"

#include <cmath>
#include <vector>

#include "autograd/ops/arithmetic.h"
#include "autograd/ops/concatenate.h"
#include "tensor/ops/cast.h"

namespace lectern {

Tensor sinusoidal_positions(std::int64_t length, std::int64_t d_model, DType dtype) {
  std::vector<double> table;
  table.reserve(length * d_model);
  for (std::int64_t t = 0; t < length; ++t) {
    for (std::int64_t c = 0; c < d_model; ++c) {
      const double exponent = static_cast<double>(c - c % 2) / static_cast<double>(d_model);
      const double angle = static_cast<double>(t) / std::pow(10000.0, exponent);
      table.push_back(c % 2 == 0 ? std::sin(angle) : std::cos(angle));
    }
  }
  return cast(tensor_of<double>({length, d_model}, table), dtype);
}

Positions::Positions(PositionKind kind, std::int64_t max_length, std::int64_t d_model,
                     Initializer& init)
    : kind_(kind) {
  if (kind == PositionKind::sinusoidal) {
    const DType dtype = init.constant({}, 0.0).dtype();
    table_ = Variable(sinusoidal_positions(max_length, d_model, dtype));
  } else {
    table_ = Variable::parameter(init.normal({max_length, d_model}, 0.02));
  }
}

Variable Positions::operator()(const Variable& x, std::int64_t first) const {
  const std::int64_t length = x.dim(1);
  check(first + length <= table_.dim(0), [&] {
    return text("a sequence of ", first + length, " tokens is longer than model.max_length = ",
                table_.dim(0));
  });
  return add(x, narrow(table_, 0, first, first + length));
}

void Positions::visit(Visitor& visitor) {
  if (kind_ == PositionKind::learned) visitor("weight", table_);
}

}  // namespace lectern
