#include "tensor/ops/arithmetic.h"
#include "tensor/ops/compare.h"
#include "tensor/ops/concatenate.h"
#include "tensor/ops/dropout.h"
#include "tensor/ops/gather.h"
#include "tensor/ops/ids.h"
#include "tensor/ops/is_finite.h"
#include "tensor/ops/permute.h"
#include "tensor/ops/pointwise.h"
#include "tensor/ops/reduce.h"
#include "tests/tensor/every_formula.h"
#include "tests/tensor/on_gpu.h"

using namespace lectern;

namespace {

using Inputs = std::vector<Tensor>;

constexpr RandomKey key{.seed = 5, .step = 6, .site = 7};

Tensor positive(const Tensor& x) { return exp(x); }

/// The same numbers from an address that is not a multiple of 16 bytes.
Tensor askew(const Tensor& x) {
  const Tensor row = x.reshape({-1});
  return concatenate({slice(row, 0, 0, 1), row}, 0).slice(1, 1 + x.size()).reshape(x.shape());
}

Tensor column(const Tensor& x) { return slice(x, 1, 0, 1); }

/// Operations on two tensors [row, column].
const std::vector<NamedOp> ops_on_elements = {
    {"add", [](const Inputs& in) { return add(in[0], in[1]); }},
    {"add, askew", [](const Inputs& in) { return add(askew(in[0]), in[1]); }},
    {"add a row", [](const Inputs& in) { return add(in[0], in[1].slice(0, 1)); }},
    {"add to a column", [](const Inputs& in) { return add(column(in[0]), in[1]); }},
    {"subtract a column", [](const Inputs& in) { return subtract(in[0], column(in[1])); }},
    {"multiply", [](const Inputs& in) { return multiply(in[0], in[1]); }},
    {"divide", [](const Inputs& in) { return divide(in[0], positive(in[1])); }},
    {"divide a scalar",
     [](const Inputs& in) { return divide(in[0].reshape({-1}).slice(0, 1), positive(in[1])); }},
    {"scale", [](const Inputs& in) { return scale(in[0], -0.3); }},
    {"sum_to",
     [](const Inputs& in) {
       return scale(sum_to(in[0], {1, in[0].dim(1)}), 0.03);
     }},
    {"add_in_place",
     [](const Inputs& in) {
       Tensor sum = in[0].clone();
       add_in_place(sum, in[1]);
       return sum;
     }},
    {"maximum", [](const Inputs& in) { return maximum(in[0], in[1]); }},
    {"maximum of a row", [](const Inputs& in) { return maximum(in[0], in[1].slice(0, 1)); }},
    {"maximum_backward",
     [](const Inputs& in) { return maximum_backward(in[0], in[1].slice(0, 1), in[1]); }},
    {"greater", [](const Inputs& in) { return greater(in[0], in[1]); }},
    {"equal", [](const Inputs& in) { return equal(in[0], in[0].slice(0, 1)); }},
    {"where", [](const Inputs& in) { return where(greater(in[0], 0), in[0], in[1]); }},
    {"dropout", [](const Inputs& in) { return dropout(in[0], 0.3, key); }},
    {"dropout, askew", [](const Inputs& in) { return dropout(askew(in[0]), 0.3, key); }},
    {"dropout_add", [](const Inputs& in) { return dropout_add(in[0], in[1], 0.3, key); }},
    {"relu_dropout", [](const Inputs& in) { return relu_dropout(in[0], 0.3, key); }},
    {"relu_dropout_backward",
     [](const Inputs& in) { return relu_dropout_backward(in[0], in[1], 0.3); }},
    {"cast to f32", [](const Inputs& in) { return cast(in[0], DType::f32); }},
    {"cast to f64", [](const Inputs& in) { return cast(in[0], DType::f64); }},
    {"cast to i32", [](const Inputs& in) { return cast(scale(in[0], 100), DType::i32); }},
    {"cast to bf16", [](const Inputs& in) { return cast(in[0], DType::bf16); }},
    {"cast from i32 to bf16",
     [](const Inputs& in) { return cast(cast(scale(in[0], 100), DType::i32), DType::bf16); }},
};

/// Every function of one number and its derivative, of positive numbers and, where it has a value
/// there, of all.
std::vector<NamedOp> functions_of_one_number() {
  std::vector<NamedOp> ops;
  for (const Formula& formula : every_formula()) {
    const auto domain = [formula](const Tensor& x) {
      return takes_negative(formula) ? x : positive(x);
    };
    ops.push_back({name_of(formula), [formula, domain](const Inputs& in) {
                     return pointwise(formula, domain(in[0]));
                   }});
    ops.push_back({text(name_of(formula), " backward"), [formula, domain](const Inputs& in) {
                     const Tensor x = domain(in[0]);
                     const bool by_input = kept_by(formula) == Keeps::input;
                     return pointwise_backward(formula, by_input ? x : pointwise(formula, x),
                                               in[1]);
                   }});
  }
  return ops;
}

/// Operations that move rows, of tensors [row, column].
const std::vector<NamedOp> ops_on_rows = {
    {"gather_rows", [](const Inputs& in) { return gather_rows(transpose(in[0]), argmax(in[1])); }},
    {"gather_rows of i32",
     [](const Inputs& in) { return gather_rows(argmax(in[0]), argmax(transpose(in[1]))); }},
    {"scatter_add_rows",
     [](const Inputs& in) {
       return scale(scatter_add_rows(in[0], argmax(in[1]), in[1].dim(1)), 0.1);
     }},
    {"scatter_add_rows, one id",
     [](const Inputs& in) {
       return scale(scatter_add_rows(in[0], argmax(scale(in[1], 0)), 2), 0.03);
     }},
    {"transpose", [](const Inputs& in) { return transpose(in[0]); }},
    {"transpose of bf16", [](const Inputs& in) { return transpose(cast(in[0], DType::bf16)); }},
    {"permute, last axis kept",
     [](const Inputs& in) {
       const Tensor x = concatenate({in[0], in[1]}, 0).reshape({2, -1, in[0].dim(1)});
       return permute(x, {1, 0, 2});
     }},
    {"permute, axes reversed",
     [](const Inputs& in) {
       const Tensor x = concatenate({in[0], in[1]}, 0).reshape({2, -1, in[0].dim(1)});
       return permute(x, {2, 1, 0});
     }},
    {"concatenate rows",
     [](const Inputs& in) {
       return concatenate({in[0], in[1], in[0]}, 0);
     }},
    {"concatenate columns",
     [](const Inputs& in) {
       return concatenate({in[0], in[1]}, 1);
     }},
    {"surround_with_zeros",
     [](const Inputs& in) { return surround_with_zeros(in[0], 1, 3, in[0].dim(1) + 5); }},
};

void expect_agreement(const std::vector<NamedOp>& ops, std::int64_t rows, std::int64_t width) {
  expect_gpu_agrees(ops, {normal({rows, width}, 1), normal({rows, width}, 2)});
}

}  // namespace

TEST_CASE("elements: the GPU agrees with the CPU at awkward sizes", "[gpu]") {
  if (!gpu_is_there()) return;
  for (const std::int64_t rows : {1, 6})
    for (const std::int64_t width : {1, 4, 31, 32, 33, 260}) {
      expect_agreement(ops_on_elements, rows, width);
      expect_agreement(functions_of_one_number(), rows, width);
      expect_agreement(ops_on_rows, rows, width);
    }
  expect_agreement(ops_on_rows, 300, 3);  // some ids fill several chunks
}

TEST_CASE("elements: a result lies where the inputs lie, whatever the default is", "[gpu]") {
  if (!gpu_is_there()) return;
  const Device gpu{Device::Kind::cuda};
  for (const auto& [here, elsewhere] : {std::pair{gpu, cpu}, std::pair{cpu, gpu}}) {
    const Inputs inputs{normal({6, 12}, 1).to(here), normal({6, 12}, 2).to(here)};
    const OnDevice scope(elsewhere);
    for (const std::vector<NamedOp>& ops :
         {ops_on_elements, functions_of_one_number(), ops_on_rows})
      for (const NamedOp& op : ops) {
        INFO(op.name << " on " << here << " while " << elsewhere << " is the default");
        CHECK(op.apply(inputs).device() == here);
      }
  }
}

TEST_CASE("elements: sums by id have the same bits every time", "[gpu][bit-exact]") {
  if (!gpu_is_there()) return;
  const Device gpu{Device::Kind::cuda};
  const Tensor dy = normal({500, 5}, 1, DType::f32).to(gpu);
  const Tensor ids = argmax(normal({500, 3}, 2)).to(gpu);
  CHECK(same_bits(scatter_add_rows(dy, ids, 3), scatter_add_rows(dy, ids, 3)));
}

TEST_CASE("elements: is_finite sees one bad number among many on a GPU", "[gpu]") {
  if (!gpu_is_there()) return;
  const OnDevice scope({Device::Kind::cuda});
  const float infinity = std::numeric_limits<float>::infinity();
  for (const std::int64_t size : {1, 300, 5000}) {
    Tensor x = normal({size}, 1, DType::f32);
    CHECK(is_finite(x));
    for (const float bad : {infinity, -infinity, std::nanf("")}) {
      Tensor y = x.clone();
      y.slice(size * 2 / 3, size * 2 / 3 + 1).copy_from(tensor_of<float>({1}, {bad}));
      CHECK_FALSE(is_finite(y));
    }
  }
  CHECK(is_finite(Tensor({0})));
}

TEST_CASE("elements: of several bad ids the first is named; unchecked ones are not", "[gpu]") {
  if (!gpu_is_there()) return;
  const OnDevice scope({Device::Kind::cuda});
  std::vector<std::int32_t> numbers(1000, 4);
  numbers[999] = -1;
  numbers[612] = 9;
  numbers[613] = 8;
  const Tensor ids = tensor_of<std::int32_t>({1000}, numbers);
  {
    const CheckedIds on(true);
    const std::optional<BadId> bad = find_bad_id(ids, 8);
    REQUIRE(bad);
    CHECK(bad->position == 612);
    CHECK(bad->id == 9);
    CHECK(find_bad_id(ids, 9, 9)->position == 999);
    CHECK_FALSE(find_bad_id(ids.slice(0, 612), 8));
    CHECK_FALSE(find_bad_id(ids.slice(0, 0), 8));
  }
  const CheckedIds off(false);
  CHECK_FALSE(find_bad_id(ids, 8));
  CHECK(find_bad_id(ids.to(cpu), 8));  // the CPU always looks
}

TEST_CASE("elements: tiny launches for the race detector", "[race]") {
  if (!gpu_is_there()) return;
  expect_agreement(ops_on_elements, 2, 3);
  expect_agreement(ops_on_rows, 70, 2);
  const OnDevice scope({Device::Kind::cuda});
  CHECK(is_finite(normal({300}, 1)));
  const CheckedIds on(true);
  CHECK_FALSE(find_bad_id(cast(full({300}, 1), DType::i32), 2));
}
