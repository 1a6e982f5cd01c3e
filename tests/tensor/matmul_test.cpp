#include "tensor/ops/matmul.h"

#include <Eigen/Dense>
#include <array>
#include <cmath>
#include <limits>
#include <random>
#include <string>

#include "tensor/parallel.h"
#include "tests/catch.h"
#include "tests/tensor/helpers.h"

using namespace lectern;

namespace {

template <class T>
using Matrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

template <class T>
Tensor tensor_from(const Shape& shape, const Matrix<T>& matrix) {
  return tensor_of<T>(shape, std::span<const T>(matrix.data(), matrix.size()));
}

template <class T>
Tensor random_tensor(const Shape& shape, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<T> normal;
  std::vector<T> numbers(shape.size());
  std::generate(numbers.begin(), numbers.end(), [&] { return normal(random); });
  return tensor_of<T>(shape, numbers);
}

template <class T>
Matrix<T> matrix(const Tensor& x) {
  const std::vector<T> numbers = x.to_vector<T>();
  return Eigen::Map<const Matrix<T>>(numbers.data(), x.dim(-2), x.dim(-1));
}

template <class T>
Tensor turned(const Tensor& x) {
  return tensor_from<T>({x.dim(1), x.dim(0)}, matrix<T>(x).transpose());
}

/// The largest difference of a product from `expected`, in units of what rounding may do to a sum
/// of `depth` terms of size 1.
template <class T>
double error(const Tensor& product, const Matrix<T>& expected, std::int64_t depth) {
  const double largest = (matrix<T>(product) - expected).cwiseAbs().maxCoeff();
  return largest / (std::numeric_limits<T>::epsilon() * static_cast<double>(24 + 2 * depth));
}

template <class T>
bool same_bits(const Tensor& a, const Tensor& b) {
  return a.shape() == b.shape() && a.to_vector<T>() == b.to_vector<T>();
}

/// The same bits where matmul promises them, on a CPU; on a GPU the same up to rounding.
bool same_product(const Tensor& a, const Tensor& b, std::int64_t depth) {
  if (a.device() == cpu) return same_bits<float>(a, b);
  return a.shape() == b.shape() && error<float>(a, matrix<float>(b), depth) < 1;
}

/// Restores the number of threads.
struct Threads {
  explicit Threads(int count) { set_thread_count(count); }
  ~Threads() { set_thread_count(before); }
  int before = thread_count();
};

}  // namespace

TEST_CASE("matmul: two by three times three by two, by hand") {
  const WithEngine by(GENERATE(MatmulEngine::tiles, MatmulEngine::eigen));
  const Tensor a = tensor_of<float>({2, 3}, {1, 2, 3, 4, 5, 6});
  const Tensor b = tensor_of<float>({3, 2}, {1, 0, 0, 1, 2, -1});
  const std::vector<float> expected{7, -1, 16, -1};
  CHECK(matmul(a, b).to_vector<float>() == expected);

  const Tensor bias = tensor_of<float>({2}, {10, 20});
  CHECK(matmul(a, b, {.bias = bias}).to_vector<float>() == std::vector<float>{17, 19, 26, 19});

  Tensor sum = tensor_of<float>({2, 2}, {1, 1, 1, 1});
  const Tensor returned = matmul(a, b, {.accumulate_into = sum});
  CHECK(sum.to_vector<float>() == std::vector<float>{8, 0, 17, 0});
  CHECK_FALSE(sum.owns_storage_alone());
  CHECK(same_bits<float>(returned, sum));
}

TEMPLATE_TEST_CASE("matmul agrees with Eigen for all transposes and odd sizes", "", float, double) {
  const WithEngine by(GENERATE(MatmulEngine::tiles, MatmulEngine::eigen));
  using T = TestType;
  const std::int64_t sizes[] = {1, 5, 16, 31, 33, 70};
  for (const std::int64_t rows : sizes)
    for (const std::int64_t columns : sizes)
      for (const std::int64_t depth : {1, 17, 32, 300}) {
        const Tensor a = random_tensor<T>({rows, depth}, 1);
        const Tensor b = random_tensor<T>({depth, columns}, 2);
        const Tensor a_turned = turned<T>(a), b_turned = turned<T>(b);
        const Tensor bias = random_tensor<T>({columns}, 3);
        const Tensor before = random_tensor<T>({rows, columns}, 4);
        const Matrix<T> product = matrix<T>(a) * matrix<T>(b);
        const Matrix<T> product_and_bias =
            product.rowwise() + matrix<T>(bias.reshape({1, columns})).row(0);
        for (const bool turn_a : {false, true})
          for (const bool turn_b : {false, true}) {
            INFO(rows << " x " << columns << " x " << depth << ", " << turn_a << turn_b);
            const Tensor &left = turn_a ? a_turned : a, &right = turn_b ? b_turned : b;
            MatmulOptions options{.transpose_a = turn_a, .transpose_b = turn_b};
            REQUIRE(error<T>(matmul(left, right, options), product, depth) < 1);
            options.bias = bias;
            REQUIRE(error<T>(matmul(left, right, options), product_and_bias, depth) < 1);
            options.bias = {};
            options.accumulate_into = before.clone();
            REQUIRE(error<T>(matmul(left, right, options), product + matrix<T>(before), depth) < 1);
          }
      }
}

TEST_CASE("matmul: blocks larger than one task") {
  const WithEngine by(GENERATE(MatmulEngine::tiles, MatmulEngine::eigen));
  for (const auto& [rows, columns, depth] : {std::array<std::int64_t, 3>{700, 513, 300},
                                             {13, 2100, 600},
                                             {257, 65, 2000},
                                             {1200, 70, 300}}) {
    const Tensor a = random_tensor<float>({rows, depth}, 1);
    const Tensor b = random_tensor<float>({depth, columns}, 2);
    CHECK(error<float>(matmul(a, b), matrix<float>(a) * matrix<float>(b), depth) < 1);
  }
}

TEMPLATE_TEST_CASE("matmul: the bits do not depend on rows, transposes or threads", "", float,
                   double) {
  const WithEngine by(GENERATE(MatmulEngine::tiles, MatmulEngine::eigen));
  using T = TestType;
  if (default_device() != cpu) return;                         // a promise for CPUs alone
  const std::int64_t rows = 1101, columns = 290, depth = 517;  // so many rows share a packed B
  const Tensor a = random_tensor<T>({rows, depth}, 1), b = random_tensor<T>({depth, columns}, 2);
  const Tensor a_turned = turned<T>(a), b_turned = turned<T>(b);
  const Tensor whole = matmul(a, b);

  SECTION("any number of rows, of either B") {
    for (const std::int64_t count : {1, 2, 3, 7, 12, 20, 33, 100})
      for (const std::int64_t first : {std::int64_t{0}, std::int64_t{95}, rows - count}) {
        const Tensor part = a.slice(first, first + count);
        const Tensor expected = whole.slice(first, first + count);
        CHECK(same_bits<T>(matmul(part, b), expected));
        CHECK(same_bits<T>(matmul(part, b_turned, {.transpose_b = true}), expected));
      }
  }
  SECTION("transposes") {
    CHECK(same_bits<T>(matmul(a_turned, b, {.transpose_a = true}), whole));
    CHECK(same_bits<T>(matmul(a_turned, b_turned, {.transpose_a = true, .transpose_b = true}),
                       whole));
  }
  SECTION("threads") {
    const Threads one(1);
    const Tensor alone = matmul(a, b);
    set_thread_count(2);
    CHECK(same_bits<T>(matmul(a, b), alone));
    set_thread_count(5);
    CHECK(same_bits<T>(matmul(a, b), alone));
    CHECK(same_bits<T>(alone, whole));
  }
}

TEST_CASE("matmul: a batch, and one matrix for the whole batch") {
  const WithEngine by(GENERATE(MatmulEngine::tiles, MatmulEngine::eigen));
  const Tensor a = random_tensor<float>({2, 3, 5, 7}, 1);
  const Tensor b = random_tensor<float>({2, 3, 7, 4}, 2);
  const Tensor products = matmul(a, b);
  REQUIRE(products.shape() == Shape{2, 3, 5, 4});
  for (int i = 0; i < 6; ++i) {
    const Tensor alone = matmul(a.reshape({6, 5, 7}).slice(i, i + 1).reshape({5, 7}),
                                b.reshape({6, 7, 4}).slice(i, i + 1).reshape({7, 4}));
    CHECK(same_product(alone, products.reshape({6, 5, 4}).slice(i, i + 1).reshape({5, 4}), 7));
  }
  const Tensor weight = random_tensor<float>({7, 4}, 3);
  const Tensor by_weight = matmul(a, weight).reshape({30, 4});
  CHECK(same_product(by_weight, matmul(a.reshape({30, 7}), weight), 7));
  CHECK(same_product(by_weight, matmul(a, weight.reshape({1, 7, 4})).reshape({30, 4}), 7));

  // Leading axes [2, 1] and [3] are matched to [2, 3].
  const Tensor left = random_tensor<float>({2, 1, 5, 7}, 4);
  const Tensor right = random_tensor<float>({3, 7, 4}, 5);
  const Tensor crossed = matmul(left, right);
  REQUIRE(crossed.shape() == Shape{2, 3, 5, 4});
  for (int i = 0; i < 6; ++i)
    CHECK(same_product(crossed.reshape({6, 5, 4}).slice(i, i + 1).reshape({5, 4}),
                       matmul(left.slice(i / 3, i / 3 + 1).reshape({5, 7}),
                              right.slice(i % 3, i % 3 + 1).reshape({7, 4})),
                       7));

  // A transposed batch by one matrix.
  const Tensor standing = random_tensor<float>({2, 3, 7, 5}, 6);
  const Tensor rows = matmul(standing, weight, {.transpose_a = true});
  REQUIRE(rows.shape() == Shape{2, 3, 5, 4});
  CHECK(same_product(rows.reshape({6, 5, 4}).slice(4, 5).reshape({5, 4}),
                     matmul(standing.reshape({6, 7, 5}).slice(4, 5).reshape({7, 5}), weight,
                            {.transpose_a = true}),
                     7));
}

TEST_CASE("matmul: empty extents") {
  const WithEngine by(GENERATE(MatmulEngine::tiles, MatmulEngine::eigen));
  CHECK(matmul(Tensor(Shape{0, 3}), Tensor(Shape{3, 2})).shape() == Shape{0, 2});
  const Tensor nothing = matmul(Tensor(Shape{2, 0}), Tensor(Shape{0, 2}));
  CHECK(nothing.to_vector<float>() == std::vector<float>(4, 0.0f));
  const MatmulOptions biased{.bias = tensor_of<float>({2}, {3, 4})};
  CHECK(matmul(Tensor(Shape{2, 0}), Tensor(Shape{0, 2}), biased).to_vector<float>() ==
        std::vector<float>{3, 4, 3, 4});
}

TEST_CASE("matmul: a NaN or an infinity arrives in the result, and only in its row") {
  const WithEngine by(GENERATE(MatmulEngine::tiles, MatmulEngine::eigen));
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const Tensor a = tensor_of<float>({3, 2}, {1, 1, nan, 1, 1, 1});
  const std::vector<float> c = matmul(a, full({2, 40}, 1)).to_vector<float>();
  CHECK(std::isnan(c[40 + 39]));
  CHECK(c[39] == 2);
  CHECK(c[80] == 2);
}

TEST_CASE("matmul: errors show both shapes") {
  const Tensor a(Shape{4, 3}), b(Shape{4, 5});
  const auto message = [&](const Tensor& left, const Tensor& right, MatmulOptions options = {}) {
    try {
      matmul(left, right, options);
      return std::string("no error");
    } catch (const Error& error) {
      return std::string(error.what());
    }
  };
  const auto has = [](const std::string& message, const char* part) {
    INFO(message);
    return message.find(part) != std::string::npos;
  };
  CHECK(has(message(a, b), "matmul of [4, 3] by [4, 5]"));
  CHECK(has(message(a, b), "inner extents 3 and 4 differ"));
  CHECK(has(message(a, b, {.transpose_b = true}), "[4, 5] transposed"));
  CHECK(has(message(a, Tensor(Shape{3})), "at least two axes"));
  CHECK(has(message(a, Tensor(Shape{3, 5}, DType::f64)), "f64"));
  const MatmulOptions wrong_sum{.transpose_a = true, .accumulate_into = Tensor(Shape{5, 3})};
  CHECK(has(message(a, b, wrong_sum), "the product is [3, 5], accumulate_into is [5, 3]"));
  CHECK(has(message(a, b, {.transpose_a = true, .bias = Tensor(Shape{4})}), "bias is [4]"));
  CHECK(has(message(Tensor(Shape{2, 4, 3}), Tensor(Shape{3, 3, 5})), "[2]"));
}

TEST_CASE("matmul: a packed matrix gives the same bits, at any size") {
  const WithEngine by(GENERATE(MatmulEngine::tiles, MatmulEngine::eigen));
  for (const std::int64_t rows : {1, 7, 60, 300})
    for (const std::int64_t columns : {1, 31, 64, 500})
      for (const std::int64_t depth : {1, 40, 600}) {
        const Tensor a = random_tensor<float>({2, rows, depth}, 1);
        const Tensor b = random_tensor<float>({depth, columns}, 2);
        const Tensor turned = random_tensor<float>({columns, depth}, 3);
        const Tensor bias = random_tensor<float>({columns}, 4);
        CHECK(same_bits<float>(matmul(a, pack(b), {.bias = bias}), matmul(a, b, {.bias = bias})));
        CHECK(same_bits<float>(matmul(a, pack(b), {}), matmul(a, b)));
        CHECK(same_bits<float>(matmul(a, pack(turned, {.transpose_b = true}), {.bias = bias}),
                               matmul(a, turned, {.transpose_b = true, .bias = bias})));
      }
}

TEST_CASE("matmul: the product by a packed matrix is added to what is there") {
  const WithEngine by(GENERATE(MatmulEngine::tiles, MatmulEngine::eigen));
  const Tensor a = random_tensor<float>({60, 40}, 1), b = random_tensor<float>({40, 500}, 2);
  const Tensor there = random_tensor<float>({60, 500}, 3), same = there.clone();
  matmul(a, b, {.accumulate_into = there});
  matmul(a, pack(b), {.accumulate_into = same});
  CHECK(same_bits<float>(same, there));
}

TEST_CASE("matmul: a packed matrix is multiplied by whoever packed it, and bf16 by the tiles") {
  if (default_device() != cpu) return;
  const WithEngine before(MatmulEngine::tiles);
  const Tensor a = random_tensor<float>({9, 300}, 1), b = random_tensor<float>({300, 50}, 2);
  const Tensor by_tiles = matmul(a, b);
  const PackedMatrix packed_by_tiles = pack(b);
  const WithEngine eigen(MatmulEngine::eigen);
  const PackedMatrix packed_by_eigen = pack(b);
  const Tensor by_eigen = matmul(a, b);
  CHECK(product_kernel().starts_with("Eigen 3."));
  CHECK(same_bits<float>(matmul(a, packed_by_tiles), by_tiles));
  CHECK_FALSE(same_bits<float>(by_eigen, by_tiles));  // another order of sums: both were asked
  const Tensor rounded = [&] {
    const WithPrecision bf16(Precision::bf16);
    CHECK_FALSE(product_kernel().starts_with("Eigen"));
    return matmul(a, b);
  }();
  set_matmul_engine(MatmulEngine::tiles);
  CHECK(same_bits<float>(matmul(a, packed_by_eigen), by_eigen));
  const WithPrecision bf16(Precision::bf16);
  CHECK(same_bits<float>(matmul(a, b), rounded));
}

TEST_CASE("matmul: a packed matrix of doubles, and what does not fit") {
  const WithEngine by(GENERATE(MatmulEngine::tiles, MatmulEngine::eigen));
  const Tensor a = random_tensor<double>({9, 20}, 1), b = random_tensor<double>({20, 33}, 2);
  CHECK(same_bits<double>(matmul(a, pack(b), {}), matmul(a, b)));
  const auto complaint = [](const auto& action) -> std::string {
    try {
      action();
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  CHECK(complaint([&] { matmul(b, pack(b), {}); }).find("packed [20, 33]") != std::string::npos);
  CHECK(complaint([&] { pack(b.reshape({4, 5, 33})); }).find("[4, 5, 33]") != std::string::npos);
}
