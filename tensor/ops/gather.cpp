#include "tensor/ops/gather.h"

#include "tensor/launch.h"
#include "tensor/ops/expect.h"
#include "tensor/ops/ids.h"

namespace lectern {

template <class T>
void gather_rows_kernel(Cpu, const Tensor& table, const Tensor& ids, Tensor& result);
template <class T>
void gather_rows_kernel(Cuda, const Tensor& table, const Tensor& ids, Tensor& result);
template <class T>
void put_rows_kernel(Cpu, const Tensor& ids, const Tensor& rows, Tensor& table);
template <class T>
void put_rows_kernel(Cuda, const Tensor& ids, const Tensor& rows, Tensor& table);
template <class T>
void scatter_add_rows_kernel(Cpu, const Tensor& gradient, const Tensor& ids, Tensor& result);
template <class T>
void scatter_add_rows_kernel(Cuda, const Tensor& gradient, const Tensor& ids, Tensor& result);

Tensor gather_rows(const Tensor& table, const Tensor& ids, Where where) {
  check(table.rank() >= 1, "gather_rows needs a table with rows; a scalar has none", where);
  expect_ids("gather_rows", ids, table.dim(0), {}, where);
  Shape shape = ids.shape();
  for (int axis = 1; axis < table.rank(); ++axis) shape.append(table.dim(axis));
  Tensor result(shape, table.dtype(), table.device());
  launch_any(table, [&](auto device, auto zero) {
    gather_rows_kernel<decltype(zero)>(device, table, ids, result);
  });
  return result;
}

void put_rows(Tensor& table, const Tensor& ids, const Tensor& rows, Where where) {
  expect_alike("put_rows", table, rows, where);
  expect_ids("put_rows", ids, table.dim(0), {}, where);
  const std::int64_t width = table.shape().inner(0, where);
  check(
      rows.size() == ids.size() * width,
      [&] {
        return text("put_rows needs one row of ", width, " numbers for each of ", ids.shape(),
                    " ids, got ", rows.shape());
      },
      where);
  launch(
      table,
      [&](auto device, auto zero) { put_rows_kernel<decltype(zero)>(device, ids, rows, table); },
      where);
}

Tensor scatter_add_rows(const Tensor& gradient, const Tensor& ids, std::int64_t vocab) {
  expect_ids("scatter_add_rows", ids, vocab);
  check(gradient.rank() >= ids.rank() && gradient.shape().leading(ids.rank()) == ids.shape(), [&] {
    return text("scatter_add_rows needs one row of the gradient for every id, got gradient ",
                gradient.shape(), " and ids ", ids.shape());
  });
  Shape shape{vocab};
  for (int axis = ids.rank(); axis < gradient.rank(); ++axis) shape.append(gradient.dim(axis));
  Tensor result(shape, gradient.dtype(), gradient.device());
  launch(gradient, [&](auto device, auto zero) {
    scatter_add_rows_kernel<decltype(zero)>(device, gradient, ids, result);
  });
  return result;
}

}  // namespace lectern
