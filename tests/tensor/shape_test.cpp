#include "tensor/shape.h"

#include "tests/catch.h"
#include "tests/tensor/helpers.h"

using namespace lectern;

TEST_CASE("shape: extents, negative axes, sizes around an axis") {
  const Shape shape{2, 3, 5};
  CHECK(shape.rank() == 3);
  CHECK(shape[-1] == 5);
  CHECK(shape.size() == 30);
  CHECK(shape.outer(1) == 2);
  CHECK(shape.inner(1) == 5);
  CHECK(shape.leading(2) == Shape{2, 3});
  CHECK(Shape{}.size() == 1);
  CHECK(Shape{4, 0}.size() == 0);
}

TEST_CASE("shape: broadcast matches from the right") {
  CHECK(broadcast({4, 3}, {3}) == Shape{4, 3});
  CHECK(broadcast({4, 1}, {2, 1, 3}) == Shape{2, 4, 3});
  CHECK(broadcast({}, {2}) == Shape{2});
  CHECK(broadcast({3, 0}, {1}) == Shape{3, 0});
}

TEST_CASE("shape: errors show the shapes and the axis") {
  const std::string message = message_of([] { broadcast({2, 3}, {4, 2, 5}); });
  CHECK(contains(message, "[2, 3]"));
  CHECK(contains(message, "[4, 2, 5]"));
  CHECK(contains(message, "axis -1 has 3 and 5"));
  CHECK(contains(message_of([] { (void)Shape{2}[1]; }), "no axis 1 in shape [2]"));
  CHECK(contains(message_of([] { Shape({1, 1, 1, 1, 1, 1, 1}); }), "at most 6"));
}
