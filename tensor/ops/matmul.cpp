#include "tensor/ops/matmul.h"

#include <atomic>
#include <utility>

#include "tensor/launch.h"
#include "tensor/ops/expect.h"

namespace lectern {

template <class T>
void matmul_kernel(Cpu, const MatrixProducts& products, const Tensor& a, const Tensor& b,
                   const Tensor& start, Tensor& result);
template <class T>
void matmul_kernel(Cuda, const MatrixProducts& products, const Tensor& a, const Tensor& b,
                   const Tensor& start, Tensor& result);
template <class T>
Tensor pack_kernel(Cpu, const Tensor& b, bool transposed, std::int64_t depth, std::int64_t columns,
                   MatmulEngine by);
template <class T>
Tensor pack_kernel(Cuda, const Tensor& b, bool transposed, std::int64_t depth, std::int64_t columns,
                   MatmulEngine by);

namespace {

std::atomic<std::int64_t> operations_so_far{0};

void count_products(const MatrixProducts& products) {
  count_operations(2 * products.batch * products.rows * products.columns * products.depth);
}

const char* mark(bool transposed) { return transposed ? " transposed" : ""; }

/// Which products `a` and `b` stand for. When one `b` serves every matrix of `a`, their rows are
/// the rows of a single, larger product.
MatrixProducts products_of(const Shape& a, const Shape& b, const MatmulOptions& options,
                           Where where) {
  const auto show = [&] {
    return text("matmul of ", a, mark(options.transpose_a), " by ", b, mark(options.transpose_b));
  };
  check(
      a.rank() >= 2 && b.rank() >= 2,
      [&] { return text(show(), ": both need at least two axes; reshape a vector to one row"); },
      where);
  const std::int64_t depth = a[options.transpose_a ? -2 : -1];
  const std::int64_t depth_of_b = b[options.transpose_b ? -1 : -2];
  check(
      depth == depth_of_b,
      [&] {
        return text(show(), ": the inner extents ", depth, " and ", depth_of_b,
                    " differ; is a transpose missing?");
      },
      where);
  const std::int64_t columns = b[options.transpose_b ? -2 : -1];
  const bool one_product = b.rank() == 2 && (a.rank() == 2 || !options.transpose_a);
  const Shape leading_a = one_product ? Shape{} : a.leading(a.rank() - 2);
  const Shape leading_b = b.leading(b.rank() - 2);
  return {.rows = one_product && !options.transpose_a ? a.outer(-1, where)
                                                      : a[options.transpose_a ? -1 : -2],
          .columns = columns,
          .depth = depth,
          .transpose_a = options.transpose_a,
          .transpose_b = options.transpose_b,
          .batch = broadcast(leading_a, leading_b, where).size(),
          .layout = BroadcastLayout(leading_a, leading_b)};
}

Shape result_shape(const Shape& a, const Shape& b, const MatmulOptions& options) {
  Shape shape = broadcast(a.leading(a.rank() - 2), b.leading(b.rank() - 2));
  shape.append(a[options.transpose_a ? -1 : -2]);
  shape.append(b[options.transpose_b ? -2 : -1]);
  return shape;
}

/// What the products are added to, `a`'s and all of the result's shape: a bias, a sum, or nothing.
const Tensor& start_of(const Tensor& a, const Shape& shape, const MatmulOptions& options,
                       Where where) {
  const Tensor &bias = options.bias, &sum = options.accumulate_into;
  check(!bias.defined() || !sum.defined(),
        "matmul takes a bias or accumulate_into, not both; add the bias first", where);
  if (bias.defined()) {
    expect_alike("matmul", a, bias, where);
    expect_shape(bias.shape(), {shape[-1]}, "bias", "[column]", where);
  }
  if (sum.defined()) {
    expect_alike("matmul", a, sum, where);
    check(
        sum.shape() == shape,
        [&] {
          return text("matmul: the product is ", shape, ", accumulate_into is ", sum.shape());
        },
        where);
  }
  return sum.defined() ? sum : bias;
}

/// Where the products go.
Tensor result_of(const Tensor& a, const Shape& shape, const MatmulOptions& options) {
  return options.accumulate_into.defined() ? options.accumulate_into
                                           : Tensor(shape, a.dtype(), a.device());
}

}  // namespace

std::int64_t operations_of_products() { return operations_so_far.load(std::memory_order_relaxed); }

void count_operations(std::int64_t operations) {
  operations_so_far.fetch_add(operations, std::memory_order_relaxed);
}

Tensor matmul(const Tensor& a, const Tensor& b, const MatmulOptions& options, Where where) {
  expect_alike("matmul", a, b, where);
  const MatrixProducts products = products_of(a.shape(), b.shape(), options, where);
  const Shape shape = result_shape(a.shape(), b.shape(), options);
  const Tensor& start = start_of(a, shape, options, where);
  Tensor result = result_of(a, shape, options);
  count_products(products);
  launch(
      result,
      [&](auto device, auto zero) {
        matmul_kernel<decltype(zero)>(device, products, a, b, start, result);
      },
      where);
  return result;
}

PackedMatrix pack(const Tensor& b, const MatmulOptions& options) {
  check(b.rank() == 2, [&] { return text("only one matrix can be packed, got ", b.shape()); });
  PackedMatrix packed{.panels = {}, .depth = b.dim(0), .columns = b.dim(1), .by = matmul_engine()};
  if (options.transpose_b) std::swap(packed.depth, packed.columns);
  launch(b, [&](auto device, auto zero) {
    packed.panels = pack_kernel<decltype(zero)>(device, b, options.transpose_b, packed.depth,
                                                packed.columns, packed.by);
  });
  return packed;
}

Tensor dot(const Tensor& a, const Tensor& b, Where where) {
  check(
      a.rank() == 1 && a.shape() == b.shape(),
      [&] {
        return text("dot needs two vectors of one length, got ", a.shape(), " and ", b.shape());
      },
      where);
  return matmul(a.reshape({1, -1}), b.reshape({-1, 1}), {}, where).reshape(Shape{});
}

Tensor outer(const Tensor& a, const Tensor& b, Where where) {
  check(
      a.rank() == 1 && b.rank() == 1,
      [&] { return text("outer needs two vectors, got ", a.shape(), " and ", b.shape()); }, where);
  return matmul(a.reshape({-1, 1}), b.reshape({1, -1}), {}, where);
}

Tensor matmul(const Tensor& a, const PackedMatrix& b, const MatmulOptions& options, Where where) {
  check(
      a.rank() >= 2 && a.dim(-1) == b.depth,
      [&] {
        return text("matmul of ", a.shape(), " by a packed [", b.depth, ", ", b.columns,
                    "]: the inner extents differ");
      },
      where);
  if (a.dtype() != DType::f32 || b.panels.dtype() != DType::bf16)  // f32, packed in pairs of bf16
    expect_alike("matmul", a, b.panels, where);
  Shape shape = a.shape();
  shape.set(-1, b.columns);
  const Tensor& start = start_of(a, shape, options, where);
  Tensor result = result_of(a, shape, options);
  const MatrixProducts product{.rows = a.shape().outer(-1, where),
                               .columns = b.columns,
                               .depth = b.depth,
                               .transpose_a = false,
                               .transpose_b = false,
                               .batch = 1,
                               .layout = BroadcastLayout({}, {}),
                               .packed_b = true,
                               .by = b.by};
  count_products(product);
  launch(
      result,
      [&](auto device, auto zero) {
        matmul_kernel<decltype(zero)>(device, product, a, b.panels, start, result);
      },
      where);
  return result;
}

}  // namespace lectern
