#pragma once

#include <initializer_list>
#include <vector>

#include "tensor/tensor.h"

namespace lectern {

/// \defgroup create Small tensors, written down
/// On the default device.
/// @{

/// `matrix({{1, 2}, {3, 4}})` is `[2, 2]`; every row is as long as the first.
Tensor matrix(std::initializer_list<std::initializer_list<double>> rows, DType dtype = DType::f32,
              Where where = Where::current());
/// `vector({1, 2, 3})` is `[3]`.
Tensor vector(std::initializer_list<double> numbers, DType dtype = DType::f32);
/// Numbers of tokens or classes, i32: `ids({1, 5, 9})` is `[3]`, `ids({{1, 5}, {9, 2}})` `[2, 2]`.
Tensor ids(std::initializer_list<std::int32_t> numbers);
Tensor ids(std::initializer_list<std::initializer_list<std::int32_t>> rows,
           Where where = Where::current());
Tensor ids(const std::vector<std::int32_t>& numbers);

Tensor ones(const Shape& shape, DType dtype = DType::f32, Device device = default_device());
/// 0, 1, … count−1.
Tensor arange(std::int64_t count, DType dtype = DType::f32);
/// `count` numbers from `first` to `last`, both included, at equal distances.
Tensor linspace(double first, double last, std::int64_t count, DType dtype = DType::f32);
/// Ones on the diagonal of `[n, n]`, zeros elsewhere.
Tensor identity(std::int64_t n, DType dtype = DType::f32);
/// A row for every id, with a one in that column: i32 `[…]` to `[…, classes]`.
/// Throws an Error that names an id outside 0 … classes−1. Made on the host.
Tensor one_hot(const Tensor& ids, std::int64_t classes, DType dtype = DType::f32,
               Where where = Where::current());
/// @}

}  // namespace lectern
