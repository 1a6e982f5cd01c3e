#include <limits>
#include <locale>

#include "tasks/report/colours.h"
#include "tasks/report/markup.h"
#include "tensor/check.h"
#include "tests/catch.h"
#include "tests/tasks/markup_fault.h"
#include "tests/tasks/report_examples.h"

namespace lectern {
namespace {

const double nan = std::numeric_limits<double>::quiet_NaN();
const double infinity = std::numeric_limits<double>::infinity();

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

template <class Call>
std::string message_of(Call call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

/// A comma for the decimal point, and dots between thousands.
struct GermanNumbers : std::numpunct<char> {
  char do_decimal_point() const override { return ','; }
  char do_thousands_sep() const override { return '.'; }
  std::string do_grouping() const override { return "\3"; }
};

}  // namespace

TEST_CASE("the checker of these tests finds faults") {
  CHECK(markup_fault("<p><b>x</b></p>") == "");
  CHECK(markup_fault("<p><b>x</p></b>") == "/p closes b");
  CHECK(markup_fault("<p>") == "p is never closed");
  CHECK(markup_fault("<p class=x></p>") == "");
  CHECK(markup_fault("<p class=\"x></p>") != "");
}

TEST_CASE("text is escaped, and any bytes give valid UTF-8") {
  CHECK(escape("<s> & \"Ähre\" 'x'") == "&lt;s&gt; &amp; &quot;Ähre&quot; &#39;x&#39;");
  CHECK(escape("a\tb\nc") == "a\tb\nc");
  CHECK(escape(std::string("a\0b\x1B", 4)) == "a\uFFFDb\uFFFD");
  CHECK(escape("\xC3") == "\uFFFD");                      // cut
  CHECK(escape("\xC0\xAF") == "\uFFFD\uFFFD");            // overlong
  CHECK(escape("\xED\xA0\x80") == "\uFFFD\uFFFD\uFFFD");  // a surrogate
  CHECK(escape("\xF4\x90\x80\x80") == "\uFFFD\uFFFD\uFFFD\uFFFD");
  CHECK(escape("😀▁") == "😀▁");
}

TEST_CASE("numbers read well") {
  CHECK(readable(0) == "0");
  CHECK(readable(12345.678) == "12,346");
  CHECK(readable(1234567) == "1.235M");
  CHECK(readable(0.30000000000000004) == "0.3");
  CHECK(readable(-2.5) == "−2.5");
  CHECK(readable(0.00003) == "3×10⁻⁵");
  CHECK(readable(1e-5) == "10⁻⁵");
  CHECK(readable(2e12) == "2×10¹²");
  CHECK(readable(nan) == "–");
  CHECK(readable(infinity) == "∞");
  CHECK(coordinate(1.0 / 3) == "0.33");
  CHECK(coordinate(-0.001) == "0");
  CHECK(coordinate(nan) == "0");
}

TEST_CASE("elements nest, and their attributes are escaped") {
  CHECK(element("a", {{"x", 1.5}, {"title", "<\">"}}, element("b", {}, "t")) ==
        "<a x=\"1.5\" title=\"&lt;&quot;&gt;\"><b>t</b></a>");
  CHECK(shorten("Straßenbahn", 20) == "Straßenbahn");
  CHECK(shorten("Straßenbahn", 6) == "Straß…");
  CHECK(without_space_mark("▁Hund") == "Hund");
  CHECK(without_space_mark("▁") == "▁");
  CHECK(character_at("Straße", 4) == "ß");
  CHECK(character_at("Straße", 9) == "");
  using Tokens = std::vector<std::string>;
  CHECK(readable_tokens({"▁ruf", "t", "▁an", ".", "</s>", "▁", "ä"}) ==
        Tokens{"ruf", "-t", "an", ".", "</s>", "▁", "-ä"});
  CHECK(readable_tokens({"ruft", "an"}) == Tokens{"ruft", "an"});
}

TEST_CASE("ticks are nice and enclose the values") {
  const Ruler linear({.scale = AxisScale::linear}, Ends::ticks, {0.13, 0.87, nan}, 5);
  CHECK(linear.labels() == std::vector<std::string>{"0", "0.2", "0.4", "0.6", "0.8", "1"});
  const Ruler from_zero({.scale = AxisScale::from_zero}, Ends::ticks, {31, 38}, 4);
  CHECK(from_zero.labels() == std::vector<std::string>{"0", "10", "20", "30", "40"});
  const Ruler log({.scale = AxisScale::log}, Ends::ticks, {3, 70, -1, 0}, 5);
  CHECK(log.labels() == std::vector<std::string>{"2", "5", "10", "20", "50", "100"});
  CHECK(!log.has(0));
  const Ruler steps({.scale = AxisScale::linear}, Ends::values, {150, 2400}, 5);
  CHECK(steps.labels() == std::vector<std::string>{"500", "1,000", "1,500", "2,000"});
  const Ruler measured({.scale = AxisScale::log, .ticks = {256, 512, 1024}}, Ends::values,
                       {256, 512, 1024}, 5);
  CHECK(measured.labels() == std::vector<std::string>{"256", "512", "1,024"});
  CHECK(measured.at(512) == Approx(0.5));
}

TEST_CASE("a ruler takes any values") {
  for (const auto ends : {Ends::ticks, Ends::values})
    for (const auto scale : {AxisScale::linear, AxisScale::from_zero, AxisScale::log})
      for (const std::vector<double>& values :
           {std::vector<double>{}, {nan}, {7}, {0}, {-3, -3}, {1e-300, 1e300}, {5, 5.0000001}}) {
        const Ruler ruler({.scale = scale}, ends, values, 5);
        CHECK(ruler.ticks().size() >= 2);
        CHECK(ruler.ticks().size() < 700);
        for (const double value : values)
          if (ruler.has(value)) CHECK(std::isfinite(ruler.at(value)));
      }
}

TEST_CASE("a ruler places values between its ends") {
  Ruler ruler({.scale = AxisScale::log}, Ends::ticks, {1, 100}, 5);
  ruler.place({0, 200});
  CHECK(ruler.at(1) == Approx(0).margin(1e-9));
  CHECK(ruler.at(10) == Approx(100));
  CHECK(ruler.at(100) == Approx(200));
}

TEST_CASE("the heat scale goes from paper to dark in rising steps") {
  CHECK(heat_level(-1) == 0);
  CHECK(heat_level(0.5) == 12);
  CHECK(heat_level(2) == heat_levels - 1);
  CHECK(heat_level(nan) == -1);
  const auto luminance = [](const std::string& colour) {
    const auto channel = [&](int i) { return std::stoi(colour.substr(1 + 2 * i, 2), nullptr, 16); };
    return 0.2126 * channel(0) + 0.7152 * channel(1) + 0.0722 * channel(2);
  };
  for (int level = 1; level < heat_levels; ++level) {
    CHECK(luminance(heat_colour(level, Theme::light)) <
          luminance(heat_colour(level - 1, Theme::light)));
    CHECK(luminance(heat_colour(level, Theme::dark)) >
          luminance(heat_colour(level - 1, Theme::dark)));
  }
}

TEST_CASE("the diverging scale darkens to both sides, and letters can be read on every colour") {
  CHECK(diverging_class(0) == "h0");
  CHECK(diverging_class(1) == "p23");
  CHECK(diverging_class(-0.5) == "n12");
  CHECK(diverging_class(nan) == "missing");
  CHECK(contrast("#000000", "#ffffff") == Approx(21));
  for (const Theme theme : {Theme::light, Theme::dark}) {
    const std::string paper = heat_colour(0, theme);
    CHECK(diverging_colour(0, theme) == paper);
    for (const int side : {1, -1})
      for (int level = 1; level < heat_levels; ++level) {
        const std::string colour = diverging_colour(side * level, theme);
        CHECK(contrast(colour, paper) >
              contrast(diverging_colour(side * (level - 1), theme), paper));
        CHECK(contrast(colour, readable_on(colour) + readable_on(colour).substr(1)) >= 4.5);
      }
    for (int level = 0; level < heat_levels; ++level) {
      const std::string colour = heat_colour(level, theme);
      CHECK(contrast(colour, readable_on(colour) + readable_on(colour).substr(1)) >= 4.5);
    }
  }
}

TEST_CASE("black letters can be read on the colours of buckets") {
  for (const double lightness : {0.58, 0.72})
    for (int degree = 0; degree < 360; ++degree)
      CHECK(contrast(hue_colour(degree / 360.0, lightness), "#000000") >= 4.5);
}

TEST_CASE("a line chart names its lines and breaks them at NaN") {
  const std::string svg =
      line_chart({{"train", {3, 2, nan, 1.5, 1.25}}, {"valid", {nan, nan, infinity, nan, nan}}},
                 {.title = "Loss & more", .x = {"step"}, .y = {"loss"}});
  CHECK(markup_fault(svg) == "");
  CHECK(contains(svg, "Loss &amp; more"));
  CHECK(contains(svg, ">train<tspan class=\"value\" dx=\"6\">1.25</tspan><"));
  CHECK(contains(svg,
                 "aria-label=\"Loss &amp; more. Line chart: loss over step. train: from 3 to "
                 "1.25, lowest 1.25, highest 3, step 1 to 5."));
  CHECK(count(svg, "M") == 2);  // one line in two pieces
  CHECK(!contains(svg, "nan"));
  CHECK(!contains(svg, "inf"));
  CHECK(contains(line_chart({{"train", {nan}}}), "no values yet"));
  CHECK(contains(message_of([] {
                   line_chart({{"train", {1}, {1, 2}}});
                 }),
                 "line_chart: series 'train' has 2 x and 1 y"));
}

TEST_CASE("a long line keeps its peak and stays small") {
  Series series{"loss"};
  for (int i = 0; i < 1'000'000; ++i) {
    series.y.push_back(i == 777'777 ? 50 : noise(i));
  }
  const std::string svg = line_chart({series});
  CHECK(svg.size() < 30'000);
  CHECK(contains(svg, " 48L"));  // the peak touches the top of the frame
}

TEST_CASE("a thumbnail draws equal neighbours as one stroke") {
  const std::string svg = heat_thumbnail({1, 1, 0, 0, 0, 1}, 2, 3);
  CHECK(markup_fault(svg) == "");
  CHECK(contains(svg, "<path class=\"run h23\" d=\"M0 0h2M2 1h1\"></path>"));
}

TEST_CASE("bars carry their ratio to the last of their group") {
  const std::string svg =
      bar_chart({.title = "Speed",
                 .groups = {{"training", "tokens/s", {{"ours", 3000}, {"theirs", 2000}}},
                            {"failed", "", {{"ours", nan}, {"theirs", 0}}}}});
  CHECK(markup_fault(svg) == "");
  CHECK(contains(svg, "3,000 tokens/s"));
  CHECK(contains(svg, "1.5×"));
  CHECK(count(svg, "×") == 1);
  CHECK(contains(message_of([] { bar_strip({"t", {"a"}, {}, 100}); }), "1 labels for 0 values"));
}

TEST_CASE("the attention page checks its maps") {
  AttentionMap map{"cross", 0, 1, {"a", "b"}, {"c"}, {0.5f}};
  CHECK(contains(message_of([&] { attention_sections({map}); }),
                 "attention 'cross', layer 0, head 1: 1 weights for 2 rows and 1 columns"));
  map.weights = {1, 1};
  AttentionMap other{"cross", 0, 0, {"a", "z"}, {"c"}, {1, 1}};
  CHECK(contains(message_of([&] { attention_sections({map, other}); }), "its tokens are not"));
  CHECK(contains(attention_page({}), "No attention was recorded."));
  CHECK(attention_sections({AttentionMap{"cross", 0, 0, {}, {}, {}}}) == "");
}

TEST_CASE("the attention page holds every weight, cross-attention first") {
  AttentionMap self{"encoder self", 0, 0, {"x", "y"}, {"x", "y"}, {1, 0, 0.2f, 0.8f}};
  AttentionMap cross{"cross", 2, 3, {"<b>"}, {"x", "y"}, {std::nanf(""), 1}};
  const std::string page =
      attention_page({.source = "x <y", .translation = "b", .maps = {self, cross}});
  CHECK(markup_fault(page) == "");
  CHECK(contains(page, "data-weights=\"ff0033cc\""));
  CHECK(contains(page, "data-weights=\"--ff\""));
  CHECK(contains(page, "data-layer=\"2\" data-head=\"3\""));
  CHECK(page.find("The translation looks") < page.find("The source looks at itself"));
  CHECK(contains(page, "x &lt;y"));
  CHECK(!contains(page, "<b>"));
  CHECK(!contains(page, "aria-label=\"\""));
  CHECK(contains(page,
                 "aria-label=\"Heat map of 2 rows and 2 columns, from 0 % to 100 %. Strongest "
                 "in each row: x at x, 100 %; y at y, 80 %\""));
  CHECK(count(page, "http") == count(page, "http://www.w3.org/2000/svg"));  // nothing is loaded
}

TEST_CASE("a report of nothing, and one of NaN, are pages") {
  CHECK(markup_fault(report_page({})) == "");
  Report report;
  report.title = "</title><script>";
  report.train_loss = report.valid_loss = report.bleu = {{1, 2, 3}, {nan, infinity, -infinity}};
  report.samples = {{"<a>", "", ""}, {"b", "c d", "c e"}};
  report.benchmarks = {{"x", "", {{"y", nan}}}, {"empty", "", {}}};
  const std::string page = report_page(report);
  CHECK(markup_fault(page) == "");
  CHECK(contains(page, "&lt;/title&gt;&lt;script&gt;"));
  CHECK(contains(page, "c <mark>e</mark>"));
  CHECK(contains(page, "no values yet"));
}

TEST_CASE("the same report gives the same page, in any locale") {
  const std::string page = report_page(example_report());
  CHECK(page == report_page(example_report()));
  const std::locale before = std::locale::global(std::locale(std::locale(), new GermanNumbers));
  const std::string abroad = report_page(example_report());
  std::locale::global(before);
  CHECK(page == abroad);
}

}  // namespace lectern
