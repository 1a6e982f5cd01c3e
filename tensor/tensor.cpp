#include "tensor/tensor.h"

#include <cstring>
#include <ostream>

#include "tensor/cuda/device_layer.h"
#include "tensor/has_cuda.h"
#include "tensor/launch.h"
#include "tensor/ops/convert.h"
#include "tensor/ops/fill.h"

namespace lectern {

Tensor::Tensor(const Shape& shape, DType dtype, Device device)
    : shape_(shape),
      dtype_(dtype),
      device_(device),
      memory_(allocate(shape.size() * size_of(dtype), device)) {}

Tensor Tensor::reshape(std::initializer_list<std::int64_t> extents, Where where) const {
  std::int64_t known = 1;
  for (const std::int64_t extent : extents)
    if (extent != -1) known *= extent;
  Shape shape;
  for (const std::int64_t extent : extents)
    shape.append(extent != -1 ? extent : known == 0 ? 0 : size() / known);
  return reshape(shape, where);
}

Tensor Tensor::reshape(const Shape& shape, Where where) const {
  check(
      shape.size() == size(),
      [&] { return text(shape_, " has ", size(), " numbers and cannot become ", shape); }, where);
  Tensor view = *this;
  view.shape_ = shape;
  return view;
}

Tensor Tensor::slice(std::int64_t begin, std::int64_t end, Where where) const {
  check(
      rank() > 0 && 0 <= begin && begin <= end && end <= dim(0),
      [&] { return text("rows ", begin, " to ", end, " are not inside ", shape_); }, where);
  Tensor view = *this;
  view.shape_.set(0, end - begin);
  view.offset_ += begin * shape_.inner(0) * size_of(dtype_);
  return view;
}

Tensor Tensor::outline() const {
  Tensor outline = *this;
  outline.memory_ = nullptr;
  return outline;
}

Tensor Tensor::clone() const {
  Tensor copy(shape_, dtype_, device_);
  copy.copy_from(*this);
  return copy;
}

namespace {

/// The tag of a GPU, for a device that is one.
[[maybe_unused]] Cuda gpu(Device device) { return Cuda{device.index}; }

void copy_bytes(Device target, void* to, Device source, const void* from, std::int64_t bytes) {
  constexpr auto cuda = Device::Kind::cuda;
  if constexpr (has_cuda) {
    if (target.kind == cuda && source.kind == cuda) {
      check(target == source, [&] { return text("cannot copy from ", source, " to ", target); });
      return cuda::copy(gpu(target), to, from, bytes, cuda::Way::on_device);
    }
    if (target.kind == cuda) return cuda::copy(gpu(target), to, from, bytes, cuda::Way::to_device);
    if (source.kind == cuda) return cuda::copy(gpu(source), to, from, bytes, cuda::Way::to_host);
  }
  std::memcpy(to, from, static_cast<std::size_t>(bytes));
}

}  // namespace

Tensor Tensor::to(Device device) const {
  if (device == device_) return *this;
  Tensor copy(shape_, dtype_, device);
  copy.copy_from(*this);
  return copy;
}

void Tensor::copy_from(const Tensor& source, Where where) {
  check(
      source.shape() == shape_ && source.dtype() == dtype_,
      [&] {
        return text("cannot copy ", source.dtype(), " ", source.shape(), " into ", dtype_, " ",
                    shape_);
      },
      where);
  copy_bytes(device_, raw(), source.device_, source.raw(), size() * size_of(dtype_));
}

Tensor Tensor::element(std::initializer_list<std::int64_t> index, Where where) const {
  check(
      std::ssize(index) == rank(),
      [&] { return text(shape_, " needs ", rank(), " indices, got ", index.size()); }, where);
  Tensor element = reshape({-1});
  std::int64_t position = 0;
  int axis = 0;
  for (const std::int64_t i : index) {
    const std::int64_t extent = shape_[axis], from_start = i < 0 ? i + extent : i;
    check(
        0 <= from_start && from_start < extent,
        [&] { return text("index ", i, " is not inside axis ", axis, " of ", shape_); }, where);
    position = position * extent + from_start;
    ++axis;
  }
  return element.slice(position, position + 1).reshape(Shape{});
}

double Tensor::number() const {
  double number = 0;
  launch_any(*this, [&](auto, auto zero) { number = convert<double>(item<decltype(zero)>()); });
  return number;
}

void Tensor::set(std::initializer_list<std::int64_t> index, double number, Where where) {
  Tensor place = element(index, where);
  place.copy_from(full({}, number, dtype_, device_));
}

void Tensor::expect_on(Device::Kind kind, DType wanted) const {
  check(defined(), "this tensor has no numbers: it was never given a value");
  check(dtype_ == wanted, [&] { return text("expected a tensor of ", wanted, ", got ", dtype_); });
  check(device_.kind == kind, [&] {
    return kind == Device::Kind::cpu
               ? text("the numbers lie on ", device_, "; the host reads them after to(cpu)")
               : text("expected a tensor on a GPU, got one on ", device_,
                      "; copy it with to(device)");
  });
}

Tensor zeros(const Shape& shape, DType dtype, Device device) {
  return full(shape, 0.0, dtype, device);
}

Tensor full(const Shape& shape, double value, DType dtype, Device device) {
  Tensor result(shape, dtype, device);
  fill(result, value);
  return result;
}

Tensor empty_like(const Tensor& tensor) {
  return Tensor(tensor.shape(), tensor.dtype(), tensor.device());
}

Tensor zeros_like(const Tensor& tensor) {
  return zeros(tensor.shape(), tensor.dtype(), tensor.device());
}

void expect_shape(const Shape& shape, const Shape& expected, const char* name, const char* axes,
                  Where where) {
  check(
      shape == expected,
      [&] { return text(name, " is ", shape, ", expected ", axes, " = ", expected); }, where);
}

std::ostream& operator<<(std::ostream& out, DType dtype) {
  constexpr const char* names[] = {"f32", "f64", "i32", "bf16"};
  return out << names[static_cast<int>(dtype)];
}

}  // namespace lectern
