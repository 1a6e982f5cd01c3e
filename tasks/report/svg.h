#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tasks/report/ruler.h"

namespace lectern {

// Charts as SVG text. Each function returns one `<svg>` element for a page that has
// `chart_style()`; `svg_file` makes it a file of its own. All are drawn from plain numbers, print
// any label safely, leave out NaN and Inf, and give the same text for the same input.

enum class Stroke { solid, faint, dashed };

/// One line of a chart: `y[i]` over `x[i]`. A NaN or Inf interrupts the line.
struct Series {
  std::string name{};
  std::vector<double> x{};
  std::vector<double> y{};
  Stroke stroke = Stroke::solid;
  int colour = 0;  ///< 0 for the line's place in the chart, else 1 to 6
};

/// Up to four lines carry their name and last value at their end; more get a legend. A faint line
/// (the raw numbers behind a smoothed line) has neither.
struct LineChart {
  std::string title{};
  Axis x{};
  Axis y{};
  std::vector<Series> series{};
  double width = 720;
  double height = 300;
};

/// Draws lines with axes, ticks and labels. A series of more than 1,200 points is drawn as the
/// smallest and largest value of each piece, so the size is bounded.
/// \throws Error when a series has not as many `x` as `y`
std::string line_chart(const LineChart& chart);

/// A matrix, `values[row * columns.size() + column]`.
struct HeatMap {
  std::string title{};
  std::vector<std::string> rows{};
  std::vector<std::string> columns{};
  std::vector<double> values{};
  double maximum = 0;  ///< the darkest colour's value; 0 for the largest value
  std::string unit{};
};

/// Draws a matrix of coloured cells, from 0 to `maximum`, with labels and a colour bar. Each cell
/// names its row, its column and its value when pointed at. A SentencePiece space mark is drawn
/// lightly.
/// \throws Error when `values` is not rows × columns
std::string heat_map(const HeatMap& map);

/// A matrix as a small picture without labels, one drawing unit a cell and 1.0 the darkest colour;
/// it is as wide as the page makes it.
/// \param values  `[rows, columns]`
std::string heat_thumbnail(const std::vector<float>& values, size_t rows, size_t columns);

/// Upright bars in a row, one per label, with the value above each.
struct BarStrip {
  std::string title{};
  std::vector<std::string> labels{};
  std::vector<double> values{};
  double width = 720;
};

/// Draws small upright bars from zero.
/// \throws Error when there are not as many labels as values
std::string bar_strip(const BarStrip& strip);

struct Bar {
  std::string label{};
  double value;
};

/// Bars that share a scale and a unit: one piece of work in several programs.
struct BarGroup {
  std::string title{};
  std::string unit{};
  std::vector<Bar> bars{};
};

/// Groups of bars; the last bar of a group is what the others are measured by.
struct BarChart {
  std::string title{};
  std::vector<BarGroup> groups{};
  double width = 720;
};

/// Draws horizontal bars with their value and `1.8×`, their ratio to the last bar of their group.
std::string bar_chart(const BarChart& chart);

/// The style sheet of the charts: colours for a light and a dark page, and the classes they use.
std::string chart_style();

/// A chart as a file of its own.
std::string svg_file(const std::string& chart);

/// A token as SVG text content: escaped, with its space mark drawn lightly.
std::string svg_token(std::string_view token);

}  // namespace lectern
