#include "tasks/report/tensor_pictures.h"

#include "tensor/create.h"
#include "tensor/ops/arithmetic.h"
#include "tests/catch.h"
#include "tests/tasks/report_examples.h"
#include "tests/tensor/helpers.h"

namespace lectern {
namespace {

size_t count(const std::string& text, const std::string& part) {
  size_t found = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

}  // namespace

TEST_CASE("a memory picture has one row for tensors that share numbers, and says which") {
  const Tensor a = matrix({{1, 2}, {3, 4}, {5, 6}});
  const std::string svg = memory_picture(
      {{"a", a}, {"copy", a.clone()}, {"<row>", a.slice(1, 2)}, {"long", a.reshape({6})}}, "Names");
  CHECK(markup_fault(svg) == "");
  CHECK(contains(svg,
                 "aria-label=\"Names. A row of 6 numbers, read by a [3, 2] from number 0 to 5, "
                 "&lt;row&gt; [1, 2] from number 2 to 3, long [6] from number 0 to 5. A row of 6 "
                 "numbers, read by copy [3, 2] from number 0 to 5. \""));
  CHECK(count(svg, ">memory</text>") == 2);
}

TEST_CASE("a memory picture joins rows that a later tensor bridges") {
  const Tensor a = vector({1, 2, 3, 4}, DType::f64);
  const std::string svg =
      memory_picture({{"first", a.slice(0, 2)}, {"last", a.slice(2, 4)}, {"all", a}});
  CHECK(count(svg, ">memory</text>") == 1);
  CHECK(contains(svg, "last [2] from number 2 to 3"));
  CHECK(count(memory_picture({{"first", a.slice(0, 2)}, {"last", a.slice(2, 4)}}),
              ">memory</text>") == 2);
}

TEST_CASE("a memory picture says what it cannot draw") {
  CHECK(contains(message_of([] {
                   memory_picture({{"x", zeros({17})}});
                 }),
                 "a row of 17 numbers; at most 16"));
  CHECK(contains(message_of([] { memory_picture({}); }), "tensor_pictures_test.cpp"));
}

TEST_CASE("a broadcast picture draws as repeated what does not lie in memory") {
  const Tensor a = matrix({{1, 2, 3}, {4, 5, 6}}), b = vector({10, 20, 30});
  const std::string svg = broadcast_picture({"a", a}, "+", {"b", b}, {"sum", a + b});
  CHECK(markup_fault(svg) == "");
  CHECK(count(svg, "class=\"repeated\"") == 3);
  CHECK(count(svg, "class=\"cell h3\"") == 6 + 3 + 6);
  CHECK(count(svg, ">20</text>") == 2);
  CHECK(count(svg, ">22</text>") == 1);
  const Tensor column = matrix({{1}, {2}});
  CHECK(count(broadcast_picture({"c", column}, "·", {"b", b}, {"product", column * b}),
              "class=\"repeated\"") == 4 + 3);
  CHECK(contains(message_of([&] {
                   broadcast_picture({"a", a}, "+", {"b", b}, {"b", b});
                 }),
                 "with the shape of both, [2, 3]; got [3]"));
}

}  // namespace lectern
