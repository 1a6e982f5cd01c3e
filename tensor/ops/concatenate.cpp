#include "tensor/ops/concatenate.h"

#include "tensor/launch.h"
#include "tensor/ops/expect.h"

namespace lectern {

template <class T>
void copy_part_kernel(Cpu, int axis, const Tensor& from, std::int64_t from_begin, Tensor& to,
                      std::int64_t to_begin, std::int64_t extent);
template <class T>
void copy_part_kernel(Cuda, int axis, const Tensor& from, std::int64_t from_begin, Tensor& to,
                      std::int64_t to_begin, std::int64_t extent);

namespace {

/// Copies `extent` places of an axis.
void copy_part(int axis, const Tensor& from, std::int64_t from_begin, Tensor& to,
               std::int64_t to_begin, std::int64_t extent) {
  launch_any(from, [&](auto device, auto zero) {
    copy_part_kernel<decltype(zero)>(device, axis, from, from_begin, to, to_begin, extent);
  });
}

Shape with_extent(Shape shape, int axis, std::int64_t extent) {
  shape.set(axis, extent);
  return shape;
}

}  // namespace

Tensor concatenate(const std::vector<Tensor>& parts, int axis, Where where) {
  check(!parts.empty(), "concatenate needs at least one tensor", where);
  const Tensor& first = parts.front();
  std::int64_t extent = 0;
  for (const Tensor& part : parts) {
    expect_alike("concatenate", first, part, where);
    check(
        part.rank() == first.rank() &&
            with_extent(part.shape(), axis, first.dim(axis, where)) == first.shape(),
        [&] {
          return text("concatenate along axis ", axis, ": ", part.shape(), " does not fit to ",
                      first.shape(), "; all other extents must be equal");
        },
        where);
    extent += part.dim(axis);
  }
  Tensor result(with_extent(first.shape(), axis, extent), first.dtype(), first.device());
  std::int64_t begin = 0;
  for (const Tensor& part : parts) {
    copy_part(axis, part, 0, result, begin, part.dim(axis));
    begin += part.dim(axis);
  }
  return result;
}

Tensor slice(const Tensor& x, int axis, std::int64_t begin, std::int64_t end, Where where) {
  check(
      0 <= begin && begin <= end && end <= x.dim(axis, where),
      [&] {
        return text("slice: ", begin, " to ", end, " is not inside axis ", axis, " of ", x.shape());
      },
      where);
  Tensor result(with_extent(x.shape(), axis, end - begin), x.dtype(), x.device());
  copy_part(axis, x, begin, result, 0, end - begin);
  return result;
}

Tensor stack(const std::vector<Tensor>& parts, int axis, Where where) {
  std::vector<Tensor> slices;
  for (const Tensor& part : parts)
    slices.push_back(part.reshape(part.shape().with(axis, 1, where)));
  return concatenate(slices, axis, where);
}

Tensor select(const Tensor& x, int axis, std::int64_t index, Where where) {
  const std::int64_t extent = x.dim(axis, where), i = index < 0 ? index + extent : index;
  check(
      0 <= i && i < extent,
      [&] { return text("select: ", index, " is not inside axis ", axis, " of ", x.shape()); },
      where);
  const bool view = x.shape().resolve(axis) == 0;
  return (view ? x.slice(i, i + 1) : slice(x, axis, i, i + 1)).reshape(x.shape().without(axis));
}

Tensor surround_with_zeros(const Tensor& x, int axis, std::int64_t begin, std::int64_t extent) {
  check(0 <= begin && begin + x.dim(axis) <= extent, [&] {
    return text("surround_with_zeros: axis ", axis, " of ", x.shape(), " from ", begin,
                " on does not fit into ", extent);
  });
  Tensor result = zeros(with_extent(x.shape(), axis, extent), x.dtype(), x.device());
  copy_part(axis, x, 0, result, begin, x.dim(axis));
  return result;
}

}  // namespace lectern
