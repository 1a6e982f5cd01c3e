#include "tensor/ops/permute.h"

#include <algorithm>
#include <numeric>

#include "tests/catch.h"
#include "tests/tensor/helpers.h"

using namespace lectern;

namespace {

Tensor counting(const Shape& shape) {
  std::vector<std::int32_t> numbers(shape.size());
  std::iota(numbers.begin(), numbers.end(), 0);
  return tensor_of<std::int32_t>(shape, numbers);
}

/// The number at result[i…] is the one at x[j…] with j[axes[k]] = i[k].
Tensor permute_by_definition(const Tensor& x, const std::vector<int>& axes) {
  Shape shape;
  for (const int axis : axes) shape.append(x.dim(axis));
  const std::vector<std::int32_t> numbers = x.to_vector<std::int32_t>();
  std::vector<std::int32_t> result;
  for (std::int64_t i = 0; i < shape.size(); ++i) {
    std::int64_t rest = i, offset = 0;
    for (int k = shape.rank() - 1; k >= 0; --k) {
      offset += rest % shape[k] * x.shape().inner(axes[k]);
      rest /= shape[k];
    }
    result.push_back(numbers[offset]);
  }
  return tensor_of<std::int32_t>(shape, result);
}

}  // namespace

TEST_CASE("permute: a matrix transposed, by hand") {
  const Tensor x = tensor_of<float>({2, 3}, {1, 2, 3, 4, 5, 6});
  CHECK(transpose(x).to_vector<float>() == std::vector<float>{1, 4, 2, 5, 3, 6});
  CHECK(transpose(x).shape() == Shape{3, 2});
}

TEST_CASE("permute: all orders of the axes follow the definition") {
  for (const Shape shape : {Shape{2, 3, 4, 5}, Shape{1, 18, 1, 33}, Shape{20, 1, 17, 2}}) {
    const Tensor x = counting(shape);
    std::vector<int> axes = {0, 1, 2, 3};
    do {
      INFO(axes[0] << axes[1] << axes[2] << axes[3] << " of " << shape);
      const Tensor y = permute(x, axes);
      CHECK(same_bits(y, permute_by_definition(x, axes)));
      CHECK(same_bits(permute(y, inverse_axes(axes)), x));
    } while (std::next_permutation(axes.begin(), axes.end()));
  }
}

TEST_CASE("permute: empty tensors and scalars") {
  CHECK(permute(Tensor({0, 3}), {1, 0}).shape() == Shape{3, 0});
  CHECK(permute(full({}, 2), {}).item<float>() == 2);
}

TEST_CASE("split_heads: every head gets its features; merge_heads puts them back") {
  const Tensor x = tensor_of<float>({1, 2, 4}, {0, 1, 2, 3, 10, 11, 12, 13});
  const Tensor heads = split_heads(x, 2);  // [batch, head, length, d_head]
  CHECK(heads.shape() == Shape{1, 2, 2, 2});
  CHECK(heads.to_vector<float>() == std::vector<float>{0, 1, 10, 11, 2, 3, 12, 13});
  CHECK(same_bits(merge_heads(heads), x));
}

TEST_CASE("permute: two threads agree with one") {
  const Tensor x = normal({300, 200}, 1, DType::f32);
  CHECK(same_on_two_threads([&] { return transpose(x); }));
}

TEST_CASE("permute: errors") {
  CHECK(contains(message_of([] { permute(Tensor({2, 3}), {0, 0}); }), "entry 1 is 0"));
  CHECK(contains(message_of([] { permute(Tensor({2, 3}), {0}); }), "got 1 axes for shape [2, 3]"));
  CHECK(contains(message_of([] { split_heads(Tensor({1, 2, 5}), 2); }), "multiple of 2 heads"));
}
