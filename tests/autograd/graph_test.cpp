#include "autograd/graph.h"

#include "autograd/ops/arithmetic.h"
#include "autograd/ops/pointwise.h"
#include "autograd/ops/reduce.h"
#include "tensor/create.h"
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

TEST_CASE("graph: a value used twice by one op has two arrows that do not lie on each other") {
  const Variable x = Variable::parameter(vector({3}));
  const std::string svg = to_svg(multiply(x, x));
  const std::size_t first = svg.find("<path d=\"M", svg.find("</defs>"));
  const std::size_t second = svg.find("<path d=\"M", first + 1);
  REQUIRE(second != std::string::npos);
  const auto begin_of = [&](std::size_t path) { return std::stod(svg.substr(path + 10)); };
  CHECK(begin_of(second) - begin_of(first) >= 10);  // pixels
  CHECK(count(to_svg(multiply(x, Variable::parameter(vector({3})))), "marker-end") == 2);
}

TEST_CASE("graph: names, values and gradients in the boxes, where they were kept") {
  const Variable x = Variable::parameter(vector({3, 0.5}, DType::f64)).named("x <1>");
  const GraphOptions all{.values = true, .gradients = true};
  {
    const KeepIntermediates keep;
    const Variable y = multiply(x, x).named("y"), loss = sum(y);
    backward(loss);
    const std::string dot = to_dot(loss, all);
    CHECK(contains(dot, "label=\"x <1>\\n[2]\\nvalue 3, 0.5\\ngradient 6, 1\""));
    CHECK(contains(dot, "label=\"y = multiply\\n[2]\\nvalue 9, 0.25\\ngradient 1, 1\""));
    CHECK(contains(dot, "label=\"sum\\n[]\\nvalue 9.25\\ngradient 1\""));
    const std::string svg = to_svg(loss, all);
    CHECK(contains(svg, ">x &lt;1&gt;</text>"));
    CHECK(contains(svg, ">gradient 6, 1</text>"));
    CHECK(contains(svg,
                   "aria-label=\"The tape, from top to bottom: y = multiply of x &lt;1&gt; and "
                   "x &lt;1&gt;; sum of y\""));
    CHECK_FALSE(contains(to_svg(loss), "gradient"));
    CHECK(y.gradient().to_vector<double>() == std::vector<double>{1, 1});
  }
  const Variable later = sum(multiply(x, x));  // nobody keeps its numbers
  CHECK(count(to_dot(later, all), "value") == 1);
  CHECK(contains(message_of([&] { later.gradient(); }), "\"sum\" was not kept"));
}

TEST_CASE("graph: leaves stand in the order of the formula") {
  const auto leaf = [](const char* name) { return Variable::parameter(vector({2})).named(name); };
  const std::string dot = to_dot(add(multiply(leaf("a"), leaf("b")), leaf("c")));
  CHECK(dot.find("\"a\\n") < dot.find("\"b\\n"));
  CHECK(dot.find("\"b\\n") < dot.find("\"c\\n"));
}

TEST_CASE("graph: the words that stand for a picture are bounded") {
  Variable x = Variable::parameter(vector({3}));
  for (int i = 0; i < 22; ++i) x = sum(x);
  CHECK(contains(to_svg(x), "sum of sum; and 2 more\""));
}

TEST_CASE("graph: colours for a white page and for a dark one") {
  CHECK(contains(to_svg(small_graph()), "prefers-color-scheme:dark"));
}
