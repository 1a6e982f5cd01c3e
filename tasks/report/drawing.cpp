#include "tasks/report/drawing.h"

#include <charconv>

#include "tasks/report/charts.h"
#include "tasks/report/colours.h"
#include "tensor/check.h"

namespace lectern {
namespace {

constexpr std::string_view light_theme =
    "--paper:#fdfdfb;--card:#fff;--ink:#1b1f24;--muted:#59626c;--rule:#d5dade;--grid:#e9ecee;"
    "--accent:#0b5fa5;--good:#00704f;--warn:#b4430f;"
    "--s1:#0b5fa5;--s2:#c2480f;--s3:#00795b;--s4:#8a4384;--s5:#8a6100;--s6:#5b6470;";

constexpr std::string_view dark_theme =
    "--paper:#14171b;--card:#1b1f24;--ink:#e7eaed;--muted:#a3acb6;--rule:#39414a;--grid:#292f36;"
    "--accent:#7cbcff;--good:#5fd6ae;--warn:#ff9d6e;"
    "--s1:#7cbcff;--s2:#ff9d6e;--s3:#5fd6ae;--s4:#dca6d7;--s5:#e6c15f;--s6:#b3bcc6;";

constexpr std::string_view classes = R"css(
svg{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;font-size:12px;
 fill:var(--ink);font-variant-numeric:tabular-nums}
svg .title{font-size:14px;font-weight:600}
svg .subtitle{font-size:12.5px;font-weight:600}
svg .quiet{fill:var(--muted)}
svg .small{font-size:10.5px}
svg .on-bucket{fill:#000;pointer-events:none}
svg .grid{stroke:var(--grid)}
svg .axis{stroke:var(--rule)}
svg .curve{fill:none;stroke-width:1.9;stroke-linejoin:round;stroke-linecap:round}
svg .faint{stroke-width:1;opacity:.35}
svg .dashed{stroke-dasharray:5 4}
svg .point{stroke:var(--paper);stroke-width:1.2}
svg .s1{--c:var(--s1)}svg .s2{--c:var(--s2)}svg .s3{--c:var(--s3)}
svg .s4{--c:var(--s4)}svg .s5{--c:var(--s5)}svg .s6{--c:var(--s6)}
svg .curve{stroke:var(--c)}svg .fill{fill:var(--c)}svg .label{fill:var(--c);font-weight:600}
svg .value{font-weight:400}
svg .other{opacity:.45}
svg .area{opacity:.32}
svg .ground{fill:var(--muted);opacity:.28}
svg .cursor{stroke:var(--ink);stroke-width:1.5}
svg .cell{fill:var(--level);stroke:var(--paper);stroke-width:1}
svg .repeated{fill:none;stroke:var(--muted);stroke-dasharray:3 3}
svg .run{fill:none;stroke:var(--level)}
svg .scale{fill:var(--level)}
.missing{--level:var(--grid)}
)css";

std::string colour_class(std::string_view name, const std::string& colour) {
  return joined({".", name, "{--level:", colour, ";--on:", readable_on(colour), "}\n"});
}

std::string heat_classes(Theme theme) {
  std::string out;
  for (int level = 0; level < heat_levels; ++level)
    out += colour_class(text("h", level), heat_colour(level, theme));
  for (int level = 1; level < heat_levels; ++level)
    out += colour_class(text("p", level), diverging_colour(level, theme)) +
           colour_class(text("n", level), diverging_colour(-level, theme));
  return out;
}

std::string theme_style(std::string_view variables, Theme theme) {
  return ":root{" + std::string(variables) + "}\n" + heat_classes(theme);
}

/// The first number of that name in a chart: its own width or height.
double size_of(std::string_view chart, std::string_view name) {
  chart.remove_prefix(chart.find(std::string(name) + "=\"") + name.size() + 2);
  double size = 0;
  std::from_chars(chart.data(), chart.data() + chart.size(), size);
  return size;
}

}  // namespace

std::string chart_style() {
  // Only a screen is dark: paper stays white whatever the reader's setting.
  return theme_style(light_theme, Theme::light) + "@media screen and (prefers-color-scheme:dark){" +
         theme_style(dark_theme, Theme::dark) + "}" + std::string(classes);
}

namespace {

std::string view_of(double width, double height) {
  return joined({"0 0 ", coordinate(width), " ", coordinate(height)});
}

}  // namespace

std::string svg_file(const std::string& chart) {
  constexpr double margin = 20;
  const double width = size_of(chart, "width") + 2 * margin;
  const double height = size_of(chart, "height") + 2 * margin;
  const std::string style = chart_style() + ":root{background:var(--paper)}";
  const std::string placed = element("g", {{"transform", "translate(20 20)"}}, chart);
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" +
         element("svg",
                 {{"xmlns", "http://www.w3.org/2000/svg"},
                  {"width", width},
                  {"height", height},
                  {"viewBox", view_of(width, height)}},
                 element("style", {}, style) + placed) +
         "\n";
}

std::string drawing(double width, double height, std::string_view description,
                    std::string_view content) {
  return element("svg",
                 {{"xmlns", "http://www.w3.org/2000/svg"},
                  {"width", width},
                  {"height", height},
                  {"viewBox", view_of(width, height)},
                  {"role", "img"},
                  {"aria-label", description}},
                 content);
}

std::string words(double x, double y, std::string_view style_class, Anchor anchor,
                  std::string_view markup) {
  static constexpr std::string_view anchors[] = {"start", "middle", "end"};
  return element("text",
                 {{"x", x},
                  {"y", y},
                  {"class", style_class},
                  {"text-anchor", anchors[static_cast<int>(anchor)]}},
                 markup);
}

std::string line(double x1, double y1, double x2, double y2, std::string_view style_class) {
  return element("line", {{"x1", x1}, {"y1", y1}, {"x2", x2}, {"y2", y2}, {"class", style_class}});
}

std::string box(double x, double y, double width, double height, std::string_view style_class,
                std::string_view content) {
  return element("rect",
                 {{"x", x}, {"y", y}, {"width", width}, {"height", height}, {"class", style_class}},
                 content);
}

}  // namespace lectern
