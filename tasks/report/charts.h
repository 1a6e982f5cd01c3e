#pragma once

#include <string>
#include <vector>

#include "tasks/report/ruler.h"
#include "tensor/tensor.h"

namespace lectern {

/// \defgroup charts Charts
/// Pictures as SVG text. Each function returns one `<svg>` element, which write_page
/// (tasks/report/page.h) puts into a page and `svg_file` makes a file of its own. It says in words
/// what there is to see, for those who cannot see it. Any label is printed safely, NaN and Inf are
/// left out, and the same input gives the same text.
/// @{

/// The numbers of a chart: given as such, or a tensor's (f32, f64 or i32) in row-major order.
struct Numbers : std::vector<double> {
  using vector::vector;
  Numbers(const std::vector<double>& numbers) : vector(numbers) {}
  Numbers(const Tensor& numbers);
};

enum class Stroke { solid, faint, dashed };

/// One line or one cloud of points: `y[i]` over `x[i]`, or over 1, 2, 3, … where `x` is empty.
struct Series {
  std::string name{};
  Numbers y{};  ///< a NaN or Inf interrupts a line
  Numbers x{};
  Stroke stroke = Stroke::solid;
  int colour = 0;  ///< 0 for the place in the chart, else 1 to 6
};

struct ChartOptions {
  std::string title{};
  Axis x{};
  Axis y{};
  double width = 720;
  double height = 300;
};

/// Lines with axes, ticks and labels: `line_chart({{"loss", losses}})`. Up to four lines carry their
/// name and last value at their end; more get a legend. A faint line (the raw numbers behind a
/// smoothed line) has neither.
///
/// A series of more than 1,200 points is drawn as the smallest and largest value of each piece, so
/// the size is bounded.
/// \throws Error when a series has not as many `x` as `y`
std::string line_chart(const std::vector<Series>& series, const ChartOptions& options = {},
                       Where where = Where::current());

/// The same axes with a dot for each pair of numbers.
/// \throws Error when a series has not as many `x` as `y`
std::string scatter_chart(const std::vector<Series>& series, const ChartOptions& options = {},
                          Where where = Where::current());

struct HistogramOptions {
  std::string title{};
  std::string label{};  ///< of the values
  int bars = 20;        ///< about so many
  double width = 720;
  double height = 260;
};

/// How many of the values lie in each of some intervals of equal, round width.
std::string histogram(const Numbers& values, const HistogramOptions& options = {});

/// What the rows or the columns of a heat map measure: the value in the middle of the first and in that
/// of the last.
struct HeatAxis {
  std::string label{};
  double first = 0;
  double last = 0;
};

struct HeatMapOptions {
  std::string title{};
  std::vector<std::string> rows{};     ///< labels; without them, the number of every row that fits
  std::vector<std::string> columns{};  ///< labels
  double maximum = 0;  ///< the value of the strongest colour; 0 for the largest that there is
  std::string unit{};
  std::int64_t most_named_cells = 2500;  ///< more of them are drawn without names
  HeatAxis x{};  ///< of a function of two numbers: what the columns measure, instead of labels
  HeatAxis y{};  ///< the same for the rows; both are given, or none
  std::vector<Series> points{};  ///< drawn over the cells, at their `x` and `y` along these axes
};

/// A matrix as coloured cells, from 0 to `maximum`; where a value is negative, on a diverging scale
/// from −`maximum` (orange) to `maximum` (blue). Each cell names its row, its column and its value
/// when pointed at. Where the labels are pieces of words, as SentencePiece writes them, they are shown
/// as people read them.
/// \param matrix  `[row, column]` f32, f64 or i32
/// \throws Error for another rank, when labels are given and do not fit, for one axis without the other
///         and for points without axes
std::string heat_map(const Tensor& matrix, const HeatMapOptions& options = {},
                     Where where = Where::current());

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
/// @}

}  // namespace lectern
