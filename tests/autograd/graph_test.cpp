#include "autograd/graph.h"

#include "autograd/ops/arithmetic.h"
#include "autograd/ops/pointwise.h"
#include "autograd/ops/reduce.h"
#include "tests/catch.h"
#include "tests/tensor/helpers.h"

using namespace lectern;

namespace {

/// sum(tanh(w) · w + c): w is used twice, c needs no gradient.
Variable small_graph() {
  const Variable w = Variable::parameter(normal({2, 3}, 1)), c(normal({3}, 2));
  return sum(add(multiply(tanh(w), w), c));
}

int count(const std::string& text, const std::string& part) {
  int found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
    ++found;
  return found;
}

}  // namespace

TEST_CASE("graph: Graphviz text has every op and leaf once, and every edge") {
  const std::string dot = to_dot(small_graph());
  CHECK(count(dot, "label=") == 6);  // sum, add, multiply, tanh, w, c
  CHECK(count(dot, " -> ") == 6);
  CHECK(contains(dot, "label=\"tanh\\n[2, 3]\", shape=box"));
  CHECK(contains(dot, "label=\"parameter\\n[2, 3]\", shape=ellipse, style=filled"));
  CHECK(contains(dot, "label=\"data\\n[3]\", shape=ellipse]"));
  CHECK(dot == to_dot(small_graph()));
}

TEST_CASE("graph: SVG draws the same") {
  const std::string svg = to_svg(small_graph());
  CHECK(count(svg, "<rect") == 4);
  CHECK(count(svg, "<ellipse") == 2);
  CHECK(count(svg, "marker-end") == 6);
  CHECK(count(svg, ">multiply<") == 1);
  CHECK(svg.rfind("</svg>\n") == svg.size() - 7);
  CHECK(svg == to_svg(small_graph()));
}

TEST_CASE("graph: a leaf is a graph of one node; after backward the picture stays") {
  CHECK(count(to_svg(Variable(full({2}, 1))), "<ellipse") == 1);
  const Variable loss = small_graph();
  const std::string before = to_dot(loss);
  backward(loss);
  CHECK(to_dot(loss) == before);
}
