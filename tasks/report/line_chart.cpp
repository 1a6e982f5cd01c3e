#include <algorithm>
#include <cmath>

#include "tasks/report/drawing.h"
#include "tasks/report/svg.h"
#include "tensor/check.h"

namespace lectern {
namespace {

constexpr size_t most_points = 1200;
constexpr size_t most_marked = 60;
constexpr size_t most_direct_labels = 4;
constexpr double font = 12;

struct Point {
  double x, y;
};

struct Frame {
  double left, top, right, bottom;
};

/// The last value that the ruler can place; NaN when there is none.
double last_value(const Series& series, const Ruler& y) {
  for (size_t i = series.y.size(); i-- > 0;)
    if (y.has(series.y[i])) return series.y[i];
  return std::nan("");
}

/// The lowest and highest value of each piece, so that no peak is lost.
Series thinned(const Series& series) {
  if (series.y.size() <= most_points) return series;
  Series out{.name = series.name, .stroke = series.stroke, .colour = series.colour};
  const size_t pieces = most_points / 2;
  for (size_t piece = 0; piece < pieces; ++piece) {
    const size_t first = piece * series.y.size() / pieces;
    const size_t end = (piece + 1) * series.y.size() / pieces;
    size_t low = first, high = first;
    for (size_t i = first; i < end; ++i) {
      if (!(series.y[low] <= series.y[i])) low = i;
      if (!(series.y[high] >= series.y[i])) high = i;
    }
    for (const size_t i : {std::min(low, high), std::max(low, high)}) {
      out.x.push_back(series.x[i]);
      out.y.push_back(series.y[i]);
    }
  }
  return out;
}

std::string colour_class(const Series& series, size_t place) {
  const size_t colour = series.colour > 0 ? series.colour - 1 : place;
  return joined({"s", std::to_string(colour % 6 + 1)});
}

/// The classes of a line: how it is drawn, and in which colour.
std::string curve_class(const Series& series, size_t place) {
  static constexpr std::string_view strokes[] = {"curve ", "curve faint ", "curve dashed "};
  return std::string(strokes[static_cast<int>(series.stroke)]) + colour_class(series, place);
}

class LinePlot {
 public:
  explicit LinePlot(const LineChart& chart)
      : chart_(chart),
        x_(chart.x, Ends::values, all(&Series::x),
           static_cast<int>(std::clamp(chart.width / 110, 2., 8.))),
        y_(chart.y, Ends::ticks, all(&Series::y),
           static_cast<int>(std::clamp(chart.height / 50, 2., 7.))) {
    for (size_t i = 0; i < chart.series.size(); ++i)
      if (chart.series[i].stroke != Stroke::faint) named_.push_back(i);
    legend_ = named_.size() > most_direct_labels;
    place();
  }

  std::string draw() const {
    std::string content = words(0, 15, "title", Anchor::start, escape(chart_.title));
    if (legend_) content += legend();
    content += axes();
    for (size_t i = 0; i < chart_.series.size(); ++i) content += curve(i);
    if (!legend_) content += end_labels();
    if (nothing_to_show())
      content += words((frame_.left + frame_.right) / 2, (frame_.top + frame_.bottom) / 2, "quiet",
                       Anchor::middle, "no values yet");
    return drawing(chart_.width, chart_.height, chart_.title, content);
  }

 private:
  std::vector<double> all(std::vector<double> Series::*values) const {
    std::vector<double> out;
    for (const Series& series : chart_.series)
      out.insert(out.end(), (series.*values).begin(), (series.*values).end());
    return out;
  }

  /// Leaves room for the widest labels at the left and at the right.
  void place() {
    double left = 0, right = text_width(x_.labels().back(), font) / 2 + 2;
    for (const std::string& label : y_.labels()) left = std::max(left, text_width(label, font));
    if (!legend_)
      for (const size_t i : named_) right = std::max(right, text_width(end_label(i), font) + 14);
    const double top = 48 + (legend_ ? legend_line * (legend_places().back().line + 1) : 0);
    frame_ = {left + 10, top, chart_.width - right,
              chart_.height - (chart_.x.label.empty() ? 22 : 40)};
    x_.place({frame_.left, frame_.right});
    y_.place({frame_.bottom, frame_.top});
  }

  bool nothing_to_show() const {
    return std::none_of(chart_.series.begin(), chart_.series.end(),
                        [&](const Series& series) { return !std::isnan(last_value(series, y_)); });
  }

  std::string end_label(size_t i) const {
    const double last = last_value(chart_.series[i], y_);
    const std::string& name = chart_.series[i].name;
    return (name.empty() ? "" : shorten(name, 24) + " ") + readable(last, 3);
  }

  std::string axes() const {
    std::string out;
    const auto y_labels = y_.labels(), x_labels = x_.labels();
    for (size_t i = 0; i < y_labels.size(); ++i) {
      const double y = y_.at(y_.ticks()[i]);
      out += line(frame_.left, y, frame_.right, y, i == 0 ? "axis" : "grid");
      out += words(frame_.left - 8, y + 4, "quiet", Anchor::end, escape(y_labels[i]));
    }
    for (size_t i = 0; i < x_labels.size(); ++i) {
      const double x = x_.at(x_.ticks()[i]);
      out += line(x, frame_.bottom, x, frame_.bottom + 4, "axis");
      out += words(x, frame_.bottom + 17, "quiet", Anchor::middle, escape(x_labels[i]));
    }
    out += words(0, frame_.top - 13, "quiet", Anchor::start, escape(chart_.y.label));
    out += words((frame_.left + frame_.right) / 2, frame_.bottom + 35, "quiet", Anchor::middle,
                 escape(chart_.x.label));
    return out;
  }

  std::string curve(size_t i) const {
    const Series series = thinned(chart_.series[i]);
    std::string path, points;
    bool drawing_line = false;
    for (size_t k = 0; k < series.y.size(); ++k) {
      if (!x_.has(series.x[k]) || !y_.has(series.y[k])) {
        drawing_line = false;
        continue;
      }
      const Point at{x_.at(series.x[k]), y_.at(series.y[k])};
      path += joined({drawing_line ? "L" : "M", coordinate(at.x), " ", coordinate(at.y)});
      drawing_line = true;
      if (series.y.size() <= most_marked && series.stroke != Stroke::faint)
        points += point(at, series, k);
    }
    const std::string curve = element("path", {{"class", curve_class(series, i)}, {"d", path}});
    return curve + element("g", {{"class", colour_class(series, i)}}, points);
  }

  static std::string point(Point at, const Series& series, size_t k) {
    const std::string name =
        series.name + ": " + readable(series.y[k]) + " at " + readable(series.x[k], 7);
    return element("circle", {{"cx", at.x}, {"cy", at.y}, {"r", 3}, {"class", "fill point"}},
                   element("title", {}, escape(name)));
  }

  static constexpr double legend_line = 24;
  struct LegendPlace {
    double x;
    int line;
  };

  std::string legend_name(size_t i) const { return shorten(chart_.series[i].name, 24); }

  /// Where the entries of the legend stand: as many in a line as fit.
  std::vector<LegendPlace> legend_places() const {
    std::vector<LegendPlace> places;
    LegendPlace next{0, 0};
    for (const size_t i : named_) {
      const double width = 24 + text_width(legend_name(i), font);
      if (next.x > 0 && next.x + width > chart_.width) next = {0, next.line + 1};
      places.push_back(next);
      next.x += width + 18;
    }
    return places;
  }

  std::string legend() const {
    std::string out;
    const std::vector<LegendPlace> places = legend_places();
    for (size_t n = 0; n < named_.size(); ++n) {
      const double x = places[n].x, y = 34 + legend_line * places[n].line;
      out += line(x, y, x + 18, y, curve_class(chart_.series[named_[n]], named_[n]));
      out += words(x + 24, y + 4, "", Anchor::start, escape(legend_name(named_[n])));
    }
    return out;
  }

  /// Names beside the ends of the lines, moved apart where the lines end close together.
  std::string end_labels() const {
    struct Label {
      size_t series;
      double y;
    };
    std::vector<Label> labels;
    for (const size_t i : named_) {
      const double last = last_value(chart_.series[i], y_);
      if (!std::isnan(last)) labels.push_back({i, y_.at(last) + 4});
    }
    std::stable_sort(labels.begin(), labels.end(),
                     [](const Label& a, const Label& b) { return a.y < b.y; });
    const double apart = font + 3;
    for (size_t i = 1; i < labels.size(); ++i)
      labels[i].y = std::max(labels[i].y, labels[i - 1].y + apart);
    double lowest = frame_.bottom + 4;
    for (size_t i = labels.size(); i-- > 0; lowest -= apart)
      labels[i].y = std::min(labels[i].y, lowest);
    std::string out;
    for (const Label& label : labels)
      out += words(frame_.right + 8, label.y,
                   "label " + colour_class(chart_.series[label.series], label.series),
                   Anchor::start, escape(end_label(label.series)));
    return out;
  }

  const LineChart& chart_;
  Ruler x_, y_;
  Frame frame_{};
  std::vector<size_t> named_;  ///< the series that carry a name
  bool legend_ = false;
};

}  // namespace

std::string line_chart(const LineChart& chart) {
  for (const Series& series : chart.series)
    check(series.x.size() == series.y.size(), [&] {
      return text("line chart '", chart.title, "': series '", series.name, "' has ",
                  series.x.size(), " x and ", series.y.size(), " y; give one x for each y");
    });
  return LinePlot(chart).draw();
}

}  // namespace lectern
