#include <algorithm>
#include <array>
#include <cmath>

#include "tasks/report/colours.h"
#include "tasks/report/drawing.h"
#include "tasks/report/svg.h"
#include "tensor/check.h"

namespace lectern {
namespace {

constexpr double font = 12;
constexpr size_t longest_label = 18;
constexpr double slope = 0.7071;  // the column labels rise at 45 degrees

double widest(const std::vector<std::string>& labels) {
  double width = 0;
  for (const std::string& label : labels)
    width = std::max(width, text_width(shorten(label, longest_label), font));
  return width;
}

double largest(const std::vector<double>& values) {
  double most = 0;
  for (const double value : values)
    if (std::isfinite(value)) most = std::max(most, value);
  return most > 0 ? most : 1;
}

std::string level_class(double amount) {
  const int level = heat_level(amount);
  return level < 0 ? "missing" : joined({"h", std::to_string(level)});
}

class HeatPlot {
 public:
  explicit HeatPlot(const HeatMap& map)
      : map_(map),
        maximum_(map.maximum > 0 ? map.maximum : largest(map.values)),
        cell_(std::clamp(560.0 / std::max<size_t>(map.columns.size(), 1), 19.0, 34.0)),
        left_(widest(map.rows) + 12),
        top_((map.title.empty() ? 0 : 24) + widest(map.columns) * slope + 16) {}

  std::string draw() const {
    const double grid_width = cell_ * map_.columns.size();
    const double grid_height = cell_ * map_.rows.size();
    const double right = std::max(widest(map_.columns) * slope + 8 - cell_ / 2, 12.0);
    const double width = std::max(left_ + grid_width + right, left_ + 240);
    std::string content;
    if (!map_.title.empty()) content += words(0, 15, "title", Anchor::start, escape(map_.title));
    content += labels() + cells() + colour_bar(top_ + grid_height + 14);
    return drawing(width, top_ + grid_height + 44, map_.title, content);
  }

 private:
  std::string labels() const {
    std::string out;
    for (size_t row = 0; row < map_.rows.size(); ++row)
      out += words(left_ - 8, top_ + (row + 0.5) * cell_ + 4, "row", Anchor::end,
                   svg_token(shorten(map_.rows[row], longest_label)));
    for (size_t column = 0; column < map_.columns.size(); ++column) {
      const double x = left_ + (column + 0.5) * cell_ + 2, y = top_ - 7;
      const std::string turn = joined({"rotate(-45 ", coordinate(x), " ", coordinate(y), ")"});
      out += element("text", {{"x", x}, {"y", y}, {"class", "column"}, {"transform", turn}},
                     svg_token(shorten(map_.columns[column], longest_label)));
    }
    return out;
  }

  std::string cells() const {
    std::string out;
    for (size_t row = 0; row < map_.rows.size(); ++row)
      for (size_t column = 0; column < map_.columns.size(); ++column) {
        const double value = map_.values[row * map_.columns.size() + column];
        const std::string name = std::string(without_space_mark(map_.rows[row])) + " · " +
                                 std::string(without_space_mark(map_.columns[column])) + ": " +
                                 readable(value, 3) + unit();
        out += box(left_ + column * cell_, top_ + row * cell_, cell_, cell_,
                   "cell " + level_class(value / maximum_), element("title", {}, escape(name)));
      }
    return element("g", {{"class", "cells"}}, out);
  }

  std::string colour_bar(double y) const {
    constexpr double step = 6;
    std::string out;
    for (int level = 0; level < heat_levels; ++level)
      out += box(left_ + 16 + level * step, y, step + 0.5, 9,
                 joined({"scale h", std::to_string(level)}));
    const double end = left_ + 16 + heat_levels * step + 8;
    return out + words(left_ + 8, y + 9, "quiet", Anchor::end, "0") +
           words(end, y + 9, "quiet top", Anchor::start, escape(readable(maximum_, 3) + unit()));
  }

  std::string unit() const { return map_.unit.empty() ? "" : joined({" ", map_.unit}); }

  const HeatMap& map_;
  const double maximum_, cell_, left_, top_;
};

/// For each level, the path of its runs of equal cells in a row.
std::array<std::string, heat_levels> runs_of_levels(const std::vector<float>& values, size_t rows,
                                                    size_t columns) {
  std::array<std::string, heat_levels> runs;
  for (size_t row = 0; row < rows; ++row)
    for (size_t column = 0; column < columns;) {
      const int level = heat_level(values[row * columns + column]);
      size_t end = column + 1;
      while (end < columns && heat_level(values[row * columns + end]) == level) ++end;
      if (level > 0)
        runs[level] += joined({"M", std::to_string(column), " ", std::to_string(row), "h",
                               std::to_string(end - column)});
      column = end;
    }
  return runs;
}

}  // namespace

std::string heat_map(const HeatMap& map) {
  check(map.values.size() == map.rows.size() * map.columns.size(), [&] {
    return text("heat map '", map.title, "': ", map.values.size(), " values for ", map.rows.size(),
                " rows and ", map.columns.size(), " columns; give rows × columns values");
  });
  return HeatPlot(map).draw();
}

std::string heat_thumbnail(const std::vector<float>& values, size_t rows, size_t columns) {
  const auto runs = runs_of_levels(values, rows, columns);
  // A run is a stroke one unit wide, so its middle is half a unit below the row's top.
  std::string content = box(0, -0.5, columns, rows, "scale h0");
  for (int level = 1; level < heat_levels; ++level)
    if (!runs[level].empty())
      content += element("path",
                         {{"class", joined({"run h", std::to_string(level)})}, {"d", runs[level]}});
  const std::string view = joined({"0 -0.5 ", std::to_string(columns), " ", std::to_string(rows)});
  return element("svg",
                 {{"viewBox", view}, {"shape-rendering", "crispEdges"}, {"aria-hidden", "true"}},
                 content);
}

}  // namespace lectern
