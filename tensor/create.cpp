#include "tensor/create.h"

#include "tensor/ops/cast.h"
#include "tensor/ops/ids.h"

namespace lectern {
namespace {

template <class T>
Tensor tensor_of_rows(std::initializer_list<std::initializer_list<T>> rows, Where where) {
  const std::size_t width = rows.size() == 0 ? 0 : rows.begin()->size();
  std::vector<T> numbers;
  for (const std::initializer_list<T>& row : rows) {
    check(
        row.size() == width,
        [&] {
          return text("the rows of a matrix are equally long; row 0 has ", width, " numbers, row ",
                      &row - rows.begin(), " has ", row.size());
        },
        where);
    numbers.insert(numbers.end(), row);
  }
  return tensor_of({std::ssize(rows), static_cast<std::int64_t>(width)}, numbers);
}

template <class Formula>
Tensor fill_by(const Shape& shape, DType dtype, const Formula& formula) {
  std::vector<double> numbers(static_cast<std::size_t>(shape.size()));
  for (std::int64_t i = 0; i < shape.size(); ++i) numbers[i] = formula(i);
  return cast(tensor_of(shape, numbers), dtype);
}

}  // namespace

Tensor matrix(std::initializer_list<std::initializer_list<double>> rows, DType dtype, Where where) {
  return cast(tensor_of_rows(rows, where), dtype);
}

Tensor vector(std::initializer_list<double> numbers, DType dtype) {
  return cast(tensor_of({std::ssize(numbers)}, numbers), dtype);
}

Tensor ids(std::initializer_list<std::int32_t> numbers) {
  return tensor_of({std::ssize(numbers)}, numbers);
}

Tensor ids(std::initializer_list<std::initializer_list<std::int32_t>> rows, Where where) {
  return tensor_of_rows(rows, where);
}

Tensor ids(const std::vector<std::int32_t>& numbers) {
  return tensor_of({std::ssize(numbers)}, numbers);
}

Tensor ones(const Shape& shape, DType dtype, Device device) {
  return full(shape, 1, dtype, device);
}

Tensor arange(std::int64_t count, DType dtype) {
  return fill_by({count}, dtype, [](std::int64_t i) { return static_cast<double>(i); });
}

Tensor linspace(double first, double last, std::int64_t count, DType dtype) {
  const auto steps = static_cast<double>(count - 1);
  return fill_by({count}, dtype, [=](std::int64_t i) {
    const double way = steps > 0 ? static_cast<double>(i) / steps : 0;
    return (1 - way) * first + way * last;
  });
}

Tensor identity(std::int64_t n, DType dtype) {
  return fill_by({n, n}, dtype, [n](std::int64_t i) { return i / n == i % n ? 1 : 0; });
}

Tensor one_hot(const Tensor& ids, std::int64_t classes, DType dtype, Where where) {
  const Tensor here = ids.to(cpu);
  expect_ids("one_hot", here, classes, {}, where);
  Shape shape = ids.shape();
  shape.append(classes);
  const std::int32_t* id = here.data<std::int32_t>();
  return fill_by(shape, dtype,
                 [=](std::int64_t i) { return id[i / classes] == i % classes ? 1 : 0; })
      .to(ids.device());
}

}  // namespace lectern
