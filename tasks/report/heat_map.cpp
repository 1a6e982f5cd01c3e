#include <algorithm>
#include <cmath>
#include <map>

#include "tasks/report/charts.h"
#include "tasks/report/colours.h"
#include "tasks/report/drawing.h"
#include "tasks/report/matrix.h"
#include "tasks/report/ruler.h"

namespace lectern {
namespace {

constexpr double font = 12;
constexpr size_t longest_label = 18;
constexpr double slope = 0.7071;      // the column labels rise at 45 degrees
constexpr double labelled_cell = 19;  // the smallest cell that has room for its label
constexpr size_t most_described_rows = 40;

double widest(const std::vector<std::string>& labels) {
  double width = 0;
  for (const std::string& label : labels)
    width = std::max(width, text_width(shorten(label, longest_label), font));
  return width;
}

/// The classes of a matrix's cells, by the path of their runs of equal cells in a row.
/// \param class_of  `std::string(size_t row, size_t column)`
template <class ClassOf>
std::map<std::string, std::string> runs_of_classes(size_t rows, size_t columns, ClassOf class_of) {
  std::map<std::string, std::string> runs;
  for (size_t row = 0; row < rows; ++row)
    for (size_t column = 0; column < columns;) {
      const std::string style = class_of(row, column);
      size_t end = column + 1;
      while (end < columns && class_of(row, end) == style) ++end;
      runs[style] += joined({"M", std::to_string(column), " ", std::to_string(row), "h",
                             std::to_string(end - column)});
      column = end;
    }
  return runs;
}

/// One drawing unit a cell. A run is a stroke one unit wide, so its middle is half a unit below the
/// row's top.
template <class ClassOf>
std::string cells_in_strokes(size_t rows, size_t columns, ClassOf class_of) {
  std::string out = box(0, -0.5, columns, rows, "scale h0");
  for (const auto& [style, path] : runs_of_classes(rows, columns, class_of))
    if (style != "h0") out += element("path", {{"class", "run " + style}, {"d", path}});
  return out;
}

std::string view_of_cells(size_t rows, size_t columns) {
  return joined({"0 -0.5 ", std::to_string(columns), " ", std::to_string(rows)});
}

class HeatPlot {
 public:
  HeatPlot(const Tensor& matrix, const HeatMapOptions& options, Where where)
      : options_(options),
        matrix_(labelled_matrix("heat_map", matrix, options.rows, options.columns, options.maximum,
                                where)),
        rows_(readable_tokens(options.rows)),
        columns_(readable_tokens(options.columns)),
        cell_(std::clamp(560.0 / static_cast<double>(std::max(matrix_.columns, matrix_.rows / 2)),
                         rows_.empty() && columns_.empty() ? 3.0 : labelled_cell, 40.0)),
        x_(ruler_of(options.x)),
        y_(ruler_of(options.y)),
        left_(width_of_row_labels() + 12),
        top_((options.title.empty() ? 0 : 24) + widest(columns_) * slope + 16) {
    check(
        measured() == (options.y.first != options.y.last) && (measured() || options.points.empty()),
        "heat_map: of an axis x without y, or of points without axes, the places are not known; "
        "give x "
        "and y their first and last",
        where);
    const double right = left_ + cell_ * (static_cast<double>(matrix_.columns) - 0.5);
    const double bottom = top_ + cell_ * (static_cast<double>(matrix_.rows) - 0.5);
    lay(x_, options.x, {left_ + cell_ / 2, right});
    lay(y_, options.y, {top_ + cell_ / 2, bottom});
  }

  std::string draw() const {
    const double grid_width = cell_ * static_cast<double>(matrix_.columns);
    const double grid_height = cell_ * static_cast<double>(matrix_.rows);
    const double right = std::max(widest(columns_) * slope + 8 - cell_ / 2, 12.0);
    const double width =
        std::max(left_ + grid_width + right, bar_right() + text_width(high_end(), font) + 12);
    std::string content;
    if (!options_.title.empty())
      content += words(0, 15, "title", Anchor::start, escape(options_.title));
    content += measured() ? ticks() : row_labels() + column_labels();
    const bool named = std::ssize(matrix_.values) <= options_.most_named_cells;
    content += named ? cells() : strokes();
    content += points() + colour_bar(top_ + grid_height + below() + 14);
    return drawing(width, top_ + grid_height + below() + 44, description(), content);
  }

 private:
  bool measured() const { return options_.x.first != options_.x.last; }
  /// The room below the cells for what the columns measure.
  double below() const { return measured() ? 36 : 0; }

  static Ruler ruler_of(const HeatAxis& axis) {
    return Ruler({.label = axis.label}, Ends::values, {axis.first, axis.last}, 6);
  }
  static void lay(Ruler& ruler, const HeatAxis& axis, Ruler::Span span) {
    ruler.place(axis.first < axis.last ? span : Ruler::Span{span.last, span.first});
  }

  double width_of_row_labels() const {
    if (measured()) return widest(y_.labels()) + 12;
    return rows_.empty() ? text_width(std::to_string(matrix_.rows), font) : widest(rows_);
  }

  std::string ticks() const {
    const double bottom = top_ + cell_ * static_cast<double>(matrix_.rows);
    const double right = left_ + cell_ * static_cast<double>(matrix_.columns);
    std::string out;
    for (size_t i = 0; i < y_.ticks().size(); ++i) {
      const double y = y_.at(y_.ticks()[i]);
      out += line(left_ - 4, y, left_, y, "axis");
      out += words(left_ - 8, y + 4, "quiet", Anchor::end, escape(y_.labels()[i]));
    }
    for (size_t i = 0; i < x_.ticks().size(); ++i) {
      const double x = x_.at(x_.ticks()[i]);
      out += line(x, bottom, x, bottom + 4, "axis");
      out += words(x, bottom + 17, "quiet", Anchor::middle, escape(x_.labels()[i]));
    }
    out += words(0, top_ - 7, "quiet", Anchor::start, escape(options_.y.label));
    return out + words((left_ + right) / 2, bottom + 33, "quiet", Anchor::middle,
                       escape(options_.x.label));
  }

  std::string points() const {
    std::string out;
    for (size_t i = 0; i < options_.points.size(); ++i) {
      const Series& series = options_.points[i];
      std::string dots;
      for (size_t k = 0; k < std::min(series.x.size(), series.y.size()); ++k)
        if (x_.has(series.x[k]) && y_.has(series.y[k]))
          dots += element("circle",
                          {{"cx", x_.at(series.x[k])},
                           {"cy", y_.at(series.y[k])},
                           {"r", 3.6},
                           {"class", "fill point"}},
                          element("title", {}, escape(series.name)));
      const size_t colour = series.colour > 0 ? static_cast<size_t>(series.colour) - 1 : i;
      out += element("g", {{"class", joined({"s", std::to_string(colour % 6 + 1)})}}, dots);
    }
    return out;
  }

  /// Where cells are smaller than a line of text, only some have their number written beside them.
  size_t every(double room) const {
    return static_cast<size_t>(std::max(1.0, std::ceil(room / cell_)));
  }

  std::string row_labels() const {
    std::string out;
    const size_t step = rows_.empty() ? every(labelled_cell) : 1;
    for (size_t row = 0; row < matrix_.rows; row += step)
      out += words(left_ - 8, top_ + (static_cast<double>(row) + 0.5) * cell_ + 4,
                   rows_.empty() ? "quiet" : "row", Anchor::end,
                   escape(shorten(row_name(row), longest_label)));
    return out;
  }

  std::string column_labels() const {
    std::string out;
    const size_t step = every(columns_.empty() ? 30 : labelled_cell);
    for (size_t column = 0; column < matrix_.columns; column += step) {
      const double x = left_ + (static_cast<double>(column) + 0.5) * cell_, y = top_ - 7;
      if (columns_.empty()) {
        out += words(x, y, "quiet", Anchor::middle, column_name(column));
        continue;
      }
      const std::string turn = joined({"rotate(-45 ", coordinate(x + 2), " ", coordinate(y), ")"});
      out += element("text", {{"x", x + 2}, {"y", y}, {"class", "column"}, {"transform", turn}},
                     escape(shorten(column_name(column), longest_label)));
    }
    return out;
  }

  std::string class_of(size_t row, size_t column) const {
    const double amount = matrix_.at(row, column) / matrix_.maximum;
    return matrix_.negative ? diverging_class(amount) : heat_class(amount);
  }

  std::string cells() const {
    std::string out;
    for (size_t row = 0; row < matrix_.rows; ++row)
      for (size_t column = 0; column < matrix_.columns; ++column) {
        const std::string name =
            joined({row_name(row), " · ", column_name(column), ": ", value_at(row, column)});
        out += box(left_ + static_cast<double>(column) * cell_,
                   top_ + static_cast<double>(row) * cell_, cell_, cell_,
                   "cell " + class_of(row, column), element("title", {}, escape(name)));
      }
    return element("g", {{"class", "cells"}}, out);
  }

  std::string strokes() const {
    const auto style = [this](size_t row, size_t column) { return class_of(row, column); };
    return element("svg",
                   {{"x", left_},
                    {"y", top_},
                    {"width", cell_ * static_cast<double>(matrix_.columns)},
                    {"height", cell_ * static_cast<double>(matrix_.rows)},
                    {"viewBox", view_of_cells(matrix_.rows, matrix_.columns)},
                    {"preserveAspectRatio", "none"},
                    {"shape-rendering", "crispEdges"}},
                   cells_in_strokes(matrix_.rows, matrix_.columns, style));
  }

  static constexpr double bar_step = 6;

  int lowest_level() const { return matrix_.negative ? 1 - heat_levels : 0; }
  std::string low_end() const {
    return matrix_.negative ? beyond("≤ ") + "−" + with_unit(readable(matrix_.maximum, 3)) : "0";
  }
  std::string high_end() const { return beyond("≥ ") + with_unit(readable(matrix_.maximum, 3)); }
  double bar_left() const { return std::max(left_ + 16, text_width(low_end(), font) + 8); }
  double bar_right() const { return bar_left() + (heat_levels - lowest_level()) * bar_step; }

  std::string colour_bar(double y) const {
    std::string out;
    for (int level = lowest_level(); level < heat_levels; ++level) {
      const double amount = static_cast<double>(level) / (heat_levels - 1);
      out += box(bar_left() + (level - lowest_level()) * bar_step, y, bar_step + 0.5, 9,
                 "scale " + (matrix_.negative ? diverging_class(amount) : heat_class(amount)));
    }
    return out + words(bar_left() - 8, y + 9, "quiet", Anchor::end, escape(low_end())) +
           words(bar_right() + 8, y + 9, "quiet top", Anchor::start, escape(high_end()));
  }

  /// In front of the bar's ends, when numbers lie beyond them.
  std::string beyond(std::string sign) const { return matrix_.exceeded ? sign : ""; }

  /// What is to be seen: the size, the range, and where each row is strongest.
  std::string description() const {
    const auto [least, most] = range();
    std::string out = options_.title.empty() ? "" : options_.title + ". ";
    out += text("Heat map of ", matrix_.rows, " rows and ", matrix_.columns, " columns, from ",
                with_unit(readable(least, 3)), " to ", with_unit(readable(most, 3)), ".");
    for (const HeatAxis* axis : {&options_.x, &options_.y})
      if (measured())
        out += joined({" ", axis->label, " from ", readable(axis->first, 3), " to ",
                       readable(axis->last, 3), "."});
    if (measured() || matrix_.rows > most_described_rows || matrix_.columns == 0) return out;
    for (size_t row = 0; row < matrix_.rows; ++row)
      out += (row == 0 ? " Strongest in each row: " : "; ") + strongest_of(row);
    return out;
  }

  std::string strongest_of(size_t row) const {
    size_t best = 0;
    const auto strength = [&](size_t column) {
      const double value = matrix_.at(row, column);
      return std::isnan(value) ? -1 : std::abs(value);
    };
    for (size_t column = 1; column < matrix_.columns; ++column)
      if (strength(column) > strength(best)) best = column;
    return joined({row_name(row), " at ", column_name(best), ", ", value_at(row, best)});
  }

  std::pair<double, double> range() const {
    double least = std::nan(""), most = std::nan("");
    for (const double value : matrix_.values) {
      if (std::isnan(value)) continue;
      if (!(least <= value)) least = value;
      if (!(most >= value)) most = value;
    }
    return {least, most};
  }

  std::string row_name(size_t row) const {
    if (measured()) return value_along(options_.y, row, matrix_.rows);
    return rows_.empty() ? text(row) : rows_[row];
  }
  std::string column_name(size_t column) const {
    if (measured()) return value_along(options_.x, column, matrix_.columns);
    return columns_.empty() ? text(column) : columns_[column];
  }
  static std::string value_along(const HeatAxis& axis, size_t place, size_t places) {
    const double part = places > 1 ? double(place) / static_cast<double>(places - 1) : 0;
    return joined({axis.label, " ", readable(axis.first + part * (axis.last - axis.first), 3)});
  }
  std::string value_at(size_t row, size_t column) const {
    return with_unit(readable(matrix_.at(row, column), 3));
  }
  std::string with_unit(std::string number) const {
    return options_.unit.empty() ? number : number + " " + options_.unit;
  }

  const HeatMapOptions& options_;
  const LabelledMatrix matrix_;
  const std::vector<std::string> rows_, columns_;
  const double cell_;
  Ruler x_, y_;  // along the axes, where there are some
  const double left_, top_;
};

}  // namespace

std::string heat_map(const Tensor& matrix, const HeatMapOptions& options, Where where) {
  return HeatPlot(matrix, options, where).draw();
}

std::string heat_thumbnail(const std::vector<float>& values, size_t rows, size_t columns) {
  const auto style = [&](size_t row, size_t column) {
    return heat_class(values[row * columns + column]);
  };
  return element("svg",
                 {{"viewBox", view_of_cells(rows, columns)},
                  {"shape-rendering", "crispEdges"},
                  {"aria-hidden", "true"}},
                 cells_in_strokes(rows, columns, style));
}

}  // namespace lectern
