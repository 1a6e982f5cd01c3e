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
    : kind_(kind), max_length_(max_length) {
  switch (kind) {
    case PositionKind::sinusoidal:
      table_ = Variable(sinusoidal_positions(max_length, d_model, init.dtype()));
      break;
    case PositionKind::learned:
      table_ = Variable::parameter(init.normal({max_length, d_model}, 0.02));
      break;
    case PositionKind::axial:
      *this = Positions(AxialPositions::for_length(max_length, d_model), init);
      break;
    case PositionKind::none: break;
  }
}

Positions::Positions(const AxialPositions& axial, Initializer& init)
    : kind_(PositionKind::axial),
      max_length_(axial.rows * axial.columns),
      table_(Variable::parameter(init.normal({axial.rows, axial.row_width}, 1))),
      columns_(Variable::parameter(init.normal({axial.columns, axial.column_width}, 1))) {}

void Positions::expect_known(std::int64_t length, Where where) const {
  check(
      length <= max_length(),
      [&] {
        return text("a sequence of ", length, " tokens is longer than max_length = ", max_length(),
                    ", the most that this model has positions for");
      },
      where);
}

Tensor Positions::find(std::int64_t first, std::int64_t length) const {
  expect_known(first + length, Where::current());
  const bool axial = kind_ == PositionKind::axial;
  const std::int64_t columns = axial ? columns_.dim(0) : 1;  // in one table, a position is its row
  std::vector<std::int32_t> places;
  for (std::int64_t t = first; t < first + length; ++t)
    places.push_back(static_cast<std::int32_t>(t / columns));
  if (!axial) return tensor_of<std::int32_t>({length}, places);
  for (std::int64_t t = first; t < first + length; ++t)
    places.push_back(static_cast<std::int32_t>(t % columns));
  return tensor_of<std::int32_t>({2, length}, places);
}

Variable Positions::look_up(const Tensor& places) const {
  if (kind_ != PositionKind::axial) return embedding(table_, places);
  const auto line = [&](std::int64_t i) { return places.slice(i, i + 1).reshape({-1}); };
  return concatenate({embedding(table_, line(0)), embedding(columns_, line(1))}, 1);
}

Variable Positions::operator()(const Variable& x, std::int64_t first, Where where) const {
  check(
      x.value().rank() == 3,
      [&] { return text("positions are added to [batch, length, d_model], not to ", x.shape()); },
      where);
  const PartAtWork at_work(*this);
  const std::int64_t length = x.dim(1);
  expect_known(first + length, where);
  if (kind_ == PositionKind::none) return x;
  if (kind_ == PositionKind::axial) {
    const Device device = table_.value().device();
    return add(x, look_up(find(first, length).to(device)), where);
  }
  return add(x, slice(table_, 0, first, first + length), where);
}

Variable Positions::at(const Variable& x, const Tensor& place) const {
  return kind_ == PositionKind::none ? x : add(x, look_up(place));
}

void Positions::visit(Visitor& visitor) {
  if (kind_ == PositionKind::learned) visitor("weight", table_);
  if (kind_ != PositionKind::axial) return;
  visitor("rows", table_);
  visitor("columns", columns_);
}

}  // namespace lectern
