#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <span>
#include <type_traits>
#include <vector>

#include "tensor/check.h"
#include "tensor/device.h"
#include "tensor/dtype.h"
#include "tensor/shape.h"

namespace lectern {

/// Numbers in a box: a shape, a dtype, a device, and shared storage.
///
/// A Tensor is a value handle: copying it copies the handle, not the numbers. It is always
/// contiguous and row-major, so that no kernel ever sees a stride: `reshape` and `slice` are views,
/// a permutation is an operation (tensor/ops/permute.h).
class Tensor {
 public:
  /// No tensor: `defined()` is false.
  Tensor() = default;
  /// A tensor whose numbers are not initialised.
  explicit Tensor(const Shape& shape, DType dtype = DType::f32, Device device = default_device());

  bool defined() const { return memory_ != nullptr; }
  const Shape& shape() const { return shape_; }
  std::int64_t dim(int axis, Where where = Where::current()) const {
    return shape_[shape_.resolve(axis, where)];
  }
  int rank() const { return shape_.rank(); }
  std::int64_t size() const { return shape_.size(); }
  DType dtype() const { return dtype_; }
  Device device() const { return device_; }

  /// The first number. Throws when `T` is not the tensor's dtype, or the numbers lie on a GPU.
  template <class T>
  T* data() {
    expect_on(Device::Kind::cpu, dtype_of<T>);
    return reinterpret_cast<T*>(raw());
  }
  template <class T>
  const T* data() const {
    expect_on(Device::Kind::cpu, dtype_of<T>);
    return reinterpret_cast<const T*>(raw());
  }
  /// The same for numbers on a GPU: an address that only kernels may follow.
  template <class T>
  T* device_data() {
    expect_on(Device::Kind::cuda, dtype_of<T>);
    return reinterpret_cast<T*>(raw());
  }
  template <class T>
  const T* device_data() const {
    expect_on(Device::Kind::cuda, dtype_of<T>);
    return reinterpret_cast<const T*>(raw());
  }

  /// The same numbers in another shape (a view). One extent may be -1: what is left over.
  Tensor reshape(std::initializer_list<std::int64_t> extents, Where where = Where::current()) const;
  Tensor reshape(const Shape& shape, Where where = Where::current()) const;
  /// Rows `begin … end-1` of the first axis (a view).
  Tensor slice(std::int64_t begin, std::int64_t end, Where where = Where::current()) const;
  /// A copy with storage of its own.
  Tensor clone() const;
  /// The same numbers on that device: this tensor itself when they are there already.
  Tensor to(Device device) const;
  /// Overwrites the numbers with those of `source`, which has the same shape and dtype and may lie
  /// on another device.
  void copy_from(const Tensor& source, Where where = Where::current());

  /// The same shape and dtype without numbers: not `defined()`.
  Tensor outline() const;

  /// One number, read as a `T` whatever the dtype is: `x.at({0, -1})`. A negative index counts from
  /// the end. Throws an Error that names the axis when there is no such place. Costs a copy to the
  /// host where the numbers lie on a GPU: for looking at numbers, not for loops over many.
  template <class T = double>
  T at(std::initializer_list<std::int64_t> index, Where where = Where::current()) const {
    return static_cast<T>(element(index, where).number());
  }
  /// Overwrites one number, in the storage that other handles may share.
  void set(std::initializer_list<std::int64_t> index, double number,
           Where where = Where::current());

  /// The number of a tensor that has only one, or the numbers in row-major order.
  template <class T = float>
  T item(Where where = Where::current()) const {
    check(
        size() == 1, [&] { return text("item() needs one number, ", shape_, " has ", size()); },
        where);
    return *to(cpu).data<T>();
  }
  template <class T = float>
  std::vector<T> to_vector() const {
    const Tensor here = to(cpu);
    return std::vector<T>(here.data<T>(), here.data<T>() + size());
  }

  /// True when no other handle shares the storage, so that it may be overwritten unseen.
  bool owns_storage_alone() const { return memory_.use_count() == 1; }

 private:
  void expect_on(Device::Kind kind, DType wanted) const;
  /// The place of one number, a view of shape [], and the number there.
  Tensor element(std::initializer_list<std::int64_t> index, Where where) const;
  double number() const;
  std::byte* raw() const { return static_cast<std::byte*>(memory_.get()) + offset_; }

  Shape shape_;
  DType dtype_ = DType::f32;
  Device device_;
  Memory memory_;
  std::int64_t offset_ = 0;  // bytes
};

/// As NumPy prints: brackets, aligned columns, 4 significant digits, `…` beyond 6 rows or columns; the
/// last line says shape and dtype. With labels or more digits: text_of, tensor/print.h.
std::ostream& operator<<(std::ostream& out, const Tensor& tensor);

/// Tensors made from numbers of the program.
template <class T>
Tensor tensor_of(const Shape& shape, std::span<const T> numbers, Where where = Where::current()) {
  static_assert(!std::is_same_v<T, std::int64_t> && !std::is_same_v<T, long long>,
                "ids are std::int32_t here, not 64-bit as in PyTorch: tensor_of<std::int32_t>(…)");
  check(
      static_cast<std::int64_t>(numbers.size()) == shape.size(),
      [&] {
        return text("shape ", shape, " needs ", shape.size(), " numbers, got ", numbers.size());
      },
      where);
  Tensor result(shape, dtype_of<T>, cpu);
  std::copy(numbers.begin(), numbers.end(), result.data<T>());
  return result.to(default_device());
}
template <class T>
Tensor tensor_of(const Shape& shape, const std::vector<T>& numbers,
                 Where where = Where::current()) {
  return tensor_of<T>(shape, std::span<const T>(numbers), where);
}
template <class T>
Tensor tensor_of(const Shape& shape, std::initializer_list<T> numbers,
                 Where where = Where::current()) {
  return tensor_of<T>(shape, std::span<const T>(numbers.begin(), numbers.size()), where);
}
Tensor zeros(const Shape& shape, DType dtype = DType::f32, Device device = default_device());
Tensor full(const Shape& shape, double value, DType dtype = DType::f32,
            Device device = default_device());
/// Not initialised, with the shape, dtype and device of another tensor.
Tensor empty_like(const Tensor& tensor);
Tensor zeros_like(const Tensor& tensor);

/// A shape comment that is checked: `EXPECT_SHAPE(scores, batch, head, query, key);`
#define EXPECT_SHAPE(tensor, ...) \
  ::lectern::expect_shape((tensor).shape(), {__VA_ARGS__}, #tensor, "[" #__VA_ARGS__ "]")

/// Throws "scores is [2, 8, 5, 7], expected [batch, head, query, key] = [2, 8, 5, 5]".
void expect_shape(const Shape& shape, const Shape& expected, const char* name, const char* axes,
                  Where where = Where::current());

}  // namespace lectern
