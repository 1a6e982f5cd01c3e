#include "nn/positions.h"

#include <cmath>
#include <vector>

#include "autograd/ops/arithmetic.h"
#include "autograd/ops/concatenate.h"
#include "autograd/ops/gather.h"
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

AxialPositions AxialPositions::for_length(std::int64_t max_length, std::int64_t d_model) {
  AxialPositions axial{
      .rows = 1, .columns = 1, .row_width = d_model / 2, .column_width = d_model - d_model / 2};
  while (axial.rows * axial.columns < max_length)
    (axial.columns > axial.rows ? axial.rows : axial.columns) *= 2;
  return axial;
}

Positions::Positions(PositionKind kind, std::int64_t max_length, std::int64_t d_model,
                     Initializer& init)
    : kind_(kind) {
  if (kind == PositionKind::axial) {
    *this = Positions(AxialPositions::for_length(max_length, d_model), init);
  } else if (kind == PositionKind::sinusoidal) {
    const DType dtype = init.constant({}, 0.0).dtype();
    table_ = Variable(sinusoidal_positions(max_length, d_model, dtype));
  } else {
    table_ = Variable::parameter(init.normal({max_length, d_model}, 0.02));
  }
}

Positions::Positions(const AxialPositions& axial, Initializer& init)
    : kind_(PositionKind::axial),
      table_(Variable::parameter(init.normal({axial.rows, axial.row_width}, 1))),
      columns_(Variable::parameter(init.normal({axial.columns, axial.column_width}, 1))) {}

std::int64_t Positions::max_length() const {
  return kind_ == PositionKind::axial ? table_.dim(0) * columns_.dim(0) : table_.dim(0);
}

Variable Positions::vectors(std::int64_t first, std::int64_t length) const {
  if (kind_ != PositionKind::axial) return narrow(table_, 0, first, first + length);
  std::vector<std::int32_t> row, column;
  for (std::int64_t t = first; t < first + length; ++t) {
    row.push_back(static_cast<std::int32_t>(t / columns_.dim(0)));
    column.push_back(static_cast<std::int32_t>(t % columns_.dim(0)));
  }
  const auto rows_of = [&](const Variable& table, const std::vector<std::int32_t>& ids) {
    return embedding(table, tensor_of<std::int32_t>({length}, ids).to(table.value().device()));
  };
  return concatenate({rows_of(table_, row), rows_of(columns_, column)}, 1);
}

void Positions::expect_known(std::int64_t length) const {
  check(length <= max_length(), [&] {
    return text("a sequence of ", length,
                " tokens is longer than model.max_length = ", max_length());
  });
}

Variable Positions::operator()(const Variable& x, std::int64_t first) const {
  const std::int64_t length = x.dim(1);
  expect_known(first + length);
  return add(x, vectors(first, length));
}

Tensor Positions::find(std::int64_t position) const {
  expect_known(position + 1);
  const auto number = [](std::int64_t i) { return static_cast<std::int32_t>(i); };
  if (kind_ != PositionKind::axial) return tensor_of<std::int32_t>({1}, {number(position)});
  const std::int64_t columns = columns_.dim(0);
  return tensor_of<std::int32_t>({2}, {number(position / columns), number(position % columns)});
}

Variable Positions::at(const Variable& x, const Tensor& place) const {
  if (kind_ != PositionKind::axial) return add(x, embedding(table_, place));
  return add(
      x, concatenate({embedding(table_, place.slice(0, 1)), embedding(columns_, place.slice(1, 2))},
                     1));
}

void Positions::visit(Visitor& visitor) {
  if (kind_ == PositionKind::learned) visitor("weight", table_);
  if (kind_ != PositionKind::axial) return;
  visitor("rows", table_);
  visitor("columns", columns_);
}

}  // namespace lectern
