#include "tasks/report/charts.h"

#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>

#include "tasks/report/blocks.h"
#include "tasks/report/page.h"
#include "tests/catch.h"
#include "tests/tasks/report_examples.h"
#include "tests/tensor/helpers.h"

namespace lectern {
namespace {

const double nan = std::numeric_limits<double>::quiet_NaN();

size_t count(const std::string& text, const std::string& part) {
  size_t found = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

Tensor matrix(std::int64_t rows, std::int64_t columns, std::initializer_list<double> numbers) {
  return tensor_of<double>({rows, columns}, numbers);
}

}  // namespace

TEST_CASE("a heat map has a cell for each value, by name") {
  const std::string svg = heat_map(matrix(2, 3, {1, 0.25, 0, 0, nan, 0.5}),
                                   {.rows = {"▁A", "dog"}, .columns = {"▁Ein", "<unk>", "x"}});
  CHECK(markup_fault(svg) == "");
  CHECK(count(svg, "class=\"cell ") == 6);
  CHECK(contains(svg, "<title>A · &lt;unk&gt;: 0.25</title>"));
  CHECK(contains(svg, "cell missing"));
  CHECK(contains(svg, ">Ein</text>"));
  CHECK(contains(svg, ">-x</text>"));  // a piece that goes on with a word
  CHECK(!contains(svg, "▁"));
  CHECK(contains(svg,
                 "aria-label=\"Heat map of 2 rows and 3 columns, from 0 to 1. Strongest in each "
                 "row: A at Ein, 1; -dog at -x, 0.5\""));
  CHECK(contains(message_of([] {
                   heat_map(zeros({2, 3}), {.columns = {"a"}});
                 }),
                 "heat_map: 1 labels for the 3 columns of [2, 3]; give one for each, or none"));
  CHECK(contains(message_of([] { heat_map(zeros({4})); }),
                 "expected a matrix [row, column], got [4]"));
  // The line that is named is the caller's.
  CHECK(contains(message_of([] { heat_map(zeros({4})); }), "charts_test.cpp"));
  CHECK(contains(message_of([] { line_chart({{"train", {1}, {1, 2}}}); }), "charts_test.cpp"));
}

TEST_CASE("where a number is negative, a heat map's scale diverges, alike to both sides") {
  const std::string svg = heat_map(matrix(1, 4, {-2, -1, 0, 1}));
  CHECK(contains(svg, "cell n23\""));
  CHECK(contains(svg, "cell n12\""));  // as strong as 1
  CHECK(contains(svg, "cell h0\""));
  CHECK(contains(svg, "cell p12\""));
  CHECK(contains(svg, ">−2</text>"));  // both ends of the bar
  CHECK(contains(svg, ">2</text>"));
  CHECK(contains(svg, "from −2 to 1. Strongest in each row: 0 at 0, −2"));
  // The bar and its ends lie inside of the picture, however small the matrix is.
  CHECK(contains(svg, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"3"));
  // Numbers beyond a maximum that was given are not passed off as it.
  const std::string cut = heat_map(matrix(1, 2, {-3, 3}), {.maximum = 2});
  CHECK(contains(cut, ">≤ −2</text>"));
  CHECK(contains(cut, ">≥ 2</text>"));
}

TEST_CASE("a heat map of a function has its two axes, and points at their places") {
  const HeatMapOptions options{.x = {"a", -1, 1},
                               .y = {"b", 2, 0},
                               .points = {{.name = "known", .y = {0, 2}, .x = {-1, 1}}}};
  const std::string svg =
      heat_map(matrix(3, 5, {0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}), options);
  CHECK(markup_fault(svg) == "");
  CHECK(contains(svg, "<title>b 2 · a 1: 1</title>"));
  CHECK(contains(svg, "<title>b 0 · a −0.5: 0</title>"));
  CHECK(contains(svg, ">−0.5</text>"));
  CHECK(!contains(svg, ">4</text>"));  // no column is called by its number
  CHECK(contains(svg, "a from −1 to 1. b from 2 to 0.\""));
  // y grows upwards: (-1, 0) lies in the cell below on the left, (1, 2) above on the right.
  const auto centre = [&](const std::string& cell) {
    const std::string box = svg.substr(svg.rfind("<rect", svg.find(cell)), 200);
    const auto number = [&](const char* name) {
      return std::stod(box.substr(box.find(name) + std::string(name).size()));
    };
    return std::pair{number(" x=\"") + number(" width=\"") / 2,
                     number(" y=\"") + number(" height=\"") / 2};
  };
  for (const char* cell : {"b 0 · a −1:", "b 2 · a 1:"}) {
    const auto [x, y] = centre(cell);
    CHECK(contains(svg, text("<circle cx=\"", x, "\" cy=\"", y, "\"")));
  }
  CHECK(contains(message_of([] {
                   heat_map(zeros({2, 3}), {.x = {"a", 0, 1}});
                 }),
                 "an axis x without y"));
  CHECK(contains(message_of([] {
                   heat_map(zeros({2, 3}), {.points = {{.y = {1}, .x = {1}}}});
                 }),
                 "points without axes"));
}

TEST_CASE("a large heat map stays small") {
  const Tensor large = normal({128, 256}, 1, DType::f32);
  const std::string svg = heat_map(large);
  CHECK(markup_fault(svg) == "");
  CHECK(svg.size() < 500'000);
  CHECK(count(svg, "<title>") == 0);
  CHECK(count(heat_map(large, {.most_named_cells = 40'000}), "<title>") == 128 * 256);
}

TEST_CASE("a scatter chart has a dot for each pair, and no line") {
  const std::string svg = scatter_chart({{"even", {4, 5, nan}, {0, 1, 2}}, {"odd", {6}, {0.5}}},
                                        {.title = "Pairs", .x = {"a"}, .y = {"b"}});
  CHECK(markup_fault(svg) == "");
  CHECK(count(svg, "<circle") == 3);
  CHECK(!contains(svg, "<path"));
  CHECK(contains(svg, ">even</text>"));
  CHECK(contains(svg, "Scatter chart: b over a. even: 2 points, lowest 4, highest 5, a 0 to 1."));
}

TEST_CASE("a histogram counts, in intervals of round width") {
  const std::string svg =
      histogram(matrix(2, 4, {0, 0.1, 0.9, 1, 1.5, 2, nan, 2.4}), {.title = "Sizes", .bars = 3});
  CHECK(markup_fault(svg) == "");
  CHECK(contains(svg, "<title>0 to 1: 3</title>"));
  CHECK(contains(svg, "<title>1 to 2: 2</title>"));
  CHECK(contains(svg, "<title>2 to 3: 2</title>"));
  CHECK(contains(svg,
                 "Sizes. Histogram of 8 values (1 that are not finite are left out) from 0 to "
                 "3; most, 3, lie between 0 and 1."));
  CHECK(markup_fault(histogram(std::vector<double>{})) == "");
  CHECK(contains(histogram(full({5}, 7.0)), "<title>7 to 8: 5</title>"));
  CHECK(contains(message_of([] { histogram(zeros({2}, DType::bf16)); }),
                 "f32, f64 or i32, not bf16; try cast()"));
}

TEST_CASE("a page is written of its parts") {
  const std::string path = "charts_test.html";
  write_page(path, "A <title>",
             {paragraph("x < y"), heading("Loss"), line_chart({{"loss", {3, 2}}}),
              verbatim("a  b\n"), figure([](double width) {
                return line_chart({{"", {1, 2}}}, {.width = width});
              })});
  std::stringstream read;
  read << std::ifstream(path).rdbuf();
  const std::string page = read.str();
  CHECK(markup_fault(page) == "");
  CHECK(contains(page, "<h1>A &lt;title&gt;</h1>"));
  CHECK(contains(page, "<p>x &lt; y</p>"));
  CHECK(contains(page, "<figure class=\"wide\"><svg"));
  CHECK(contains(page, "<pre>a  b\n</pre>"));
  CHECK(contains(page, "width=\"720\""));
  CHECK(contains(page, "width=\"358\""));  // and once more for a phone
  std::filesystem::create_hard_link(path, "charts_test_old.html");
  write_page(path, "Another", {});  // replaced as a whole: who reads the old one has it to its end
  std::stringstream old;
  old << std::ifstream("charts_test_old.html").rdbuf();
  CHECK(old.str() == page);
  for (const char* file : {"charts_test.html", "charts_test_old.html"})
    std::filesystem::remove(file);
  CHECK(contains(message_of([] { write_page("no/such/folder/page.html", "", {}); }),
                 "the page 'no/such/folder/page.html' cannot be written"));
}

TEST_CASE("every picture says what is to be seen") {
  for (const std::string& svg :
       {line_chart({{"a", {1, 2}}}), scatter_chart({{"a", {1, 2}}}), histogram(zeros({3})),
        heat_map(zeros({2, 2})), bar_strip({"t", {"a"}, {2}}),
        bar_chart({.groups = {{"g", "s", {{"x", 1}}}}})}) {
    CHECK(count(svg, "role=\"img\"") == 1);
    CHECK(!contains(svg, "aria-label=\"\""));
  }
  CHECK(contains(bar_chart({.title = "Speed", .groups = {{"training", "s", {{"a", 1}, {"b", 2}}}}}),
                 "aria-label=\"Speed. Bar chart. training: a 1 s, b 2 s. \""));
  CHECK(contains(bar_strip({"Lengths", {"4", "5"}, {7, 9}}),
                 "aria-label=\"Lengths. Bars from 4 to 5; the tallest, 9, at 5.\""));
}

}  // namespace lectern
