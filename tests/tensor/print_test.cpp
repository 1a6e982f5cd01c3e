#include "tensor/print.h"

#include "tensor/create.h"
#include "tensor/ops/cast.h"
#include "tests/catch.h"
#include "tests/tensor/helpers.h"

using namespace lectern;

TEST_CASE("print: a matrix in NumPy's brackets, points aligned, then shape and dtype") {
  CHECK(text(matrix({{0.5, -1.25}, {12, 0.001}})) ==
        "[[ 0.5   -1.25 ]\n"
        " [12      0.001]]\n"
        "[2, 2] f32");
  CHECK(text(vector({1.0 / 3, 12345.678})) == "[0.3333    1.235e+04]\n[2] f32");
  CHECK(text(full({}, 3, DType::f64)) == "3\n[] f64");
}

TEST_CASE("print: whole numbers, bf16, empty tensors, and what is not a number") {
  CHECK(text(ids({{1, 20}, {-3, 1234567}})) ==
        "[[      1      20]\n [     -3 1234567]]\n[2, 2] i32");
  CHECK(text(cast(vector({1.5}), DType::bf16)) == "[1.5]\n[1] bf16");
  CHECK(text(zeros({0})) == "[]\n[0] f32");
  CHECK(text(zeros({2, 0})) == "[[]\n []]\n[2, 0] f32");
  CHECK(text(Tensor()) == "a tensor without numbers");
  const double infinity = std::numeric_limits<double>::infinity();
  CHECK(text(vector({-infinity, 0.5})) == "[-inf      0.5]\n[2] f32");
}

TEST_CASE("print: beyond 6 rows or columns the middle is left out; blank lines between matrices") {
  const std::string page = text(arange(80).reshape({8, 10}));
  CHECK(contains(page, "[[ 0  1  2 …  7  8  9]\n [10 11 12 … 17 18 19]\n"));
  CHECK(contains(page, "\n …\n [50 51 52"));
  CHECK(text(arange(6)) == "[0 1 2 3 4 5]\n[6] f32");
  CHECK(text(arange(4).reshape({2, 1, 2})) == "[[[0 1]]\n\n [[2 3]]]\n[2, 1, 2] f32");
}

TEST_CASE("text_of: more digits, another edge, and labels beside rows and above columns") {
  CHECK(text_of(vector({1.0 / 3}, DType::f64), {.digits = 8}) == "[0.33333333]\n[1] f64");
  CHECK(text_of(arange(5), {.edge = 1}) == "[0 … 4]\n[5] f32");
  CHECK(
      text_of(matrix({{1, 0.5}, {0, 0.25}}), {.rows = {"Hünd", "a"}, .columns = {"x", "Katze"}}) ==
      "          x  Katze\n"
      "Hünd   1      0.5 \n"
      "   a   0      0.25\n"
      "[2, 2] f32");
  CHECK(contains(message_of([] {
                   text_of(zeros({2, 2}), {.rows = {"one"}});
                 }),
                 "1 labels for axis 0 of [2, 2]"));
  CHECK(contains(message_of([] { text_of(zeros({2}), {.rows = {"a", "b"}}); }), "only a matrix"));
}
