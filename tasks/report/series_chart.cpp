#include <algorithm>
#include <cmath>

#include "tasks/report/drawing.h"
#include "tasks/report/plot_frame.h"

namespace lectern {
namespace {

constexpr size_t most_points = 1200;
constexpr size_t most_marked = 60;
constexpr size_t most_direct_labels = 4;
constexpr double font = 12;
constexpr double bold = 1.08;  ///< how many times as wide as regular letters bold ones are

enum class Mark { line, dot };

/// The series with the numbers 1, 2, 3, … for those that have no `x`.
std::vector<Series> with_x(const std::string& who, std::vector<Series> all, Where where) {
  for (Series& series : all) {
    if (series.x.empty())
      for (size_t i = 0; i < series.y.size(); ++i) series.x.push_back(static_cast<double>(i + 1));
    check(
        series.x.size() == series.y.size(),
        [&] {
          return text(who, ": series '", series.name, "' has ", series.x.size(), " x and ",
                      series.y.size(), " y; give one x for each y, or none at all");
        },
        where);
  }
  return all;
}

std::vector<double> all_of(const std::vector<Series>& all, Numbers Series::*values) {
  std::vector<double> out;
  for (const Series& series : all)
    out.insert(out.end(), (series.*values).begin(), (series.*values).end());
  return out;
}

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

class SeriesPlot {
 public:
  SeriesPlot(const std::vector<Series>& all, const ChartOptions& options, Mark mark)
      : all_(all),
        options_(options),
        mark_(mark),
        frame_(options,
               Ruler(options.x, mark == Mark::line ? Ends::values : Ends::ticks,
                     all_of(all, &Series::x),
                     static_cast<int>(std::clamp(options.width / 110, 2., 8.))),
               Ruler(options.y, Ends::ticks, all_of(all, &Series::y),
                     static_cast<int>(std::clamp(options.height / 50, 2., 7.)))) {
    for (size_t i = 0; i < all.size(); ++i)
      if (all[i].stroke != Stroke::faint && (mark == Mark::line || !all[i].name.empty()))
        named_.push_back(i);
    legend_ = !named_.empty() && (mark == Mark::dot || named_.size() > most_direct_labels);
    double right = 0;
    if (!legend_)
      for (const size_t i : named_) right = std::max(right, width_of_end_label(i) + 14);
    frame_.place(
        {.above = legend_ ? legend_line * (legend_places().back().line + 1) : 0, .right = right});
  }

  std::string draw() const {
    std::string content = (legend_ ? legend() : "") + frame_.draw();
    for (size_t i = 0; i < all_.size(); ++i)
      content += mark_ == Mark::line ? curve(i) : dots(all_[i], i, 2.6);
    if (!legend_) content += end_labels();
    if (nothing_to_show())
      content += words((frame_.left() + frame_.right()) / 2, (frame_.top() + frame_.bottom()) / 2,
                       "quiet", Anchor::middle, "no values yet");
    return drawing(options_.width, options_.height, description(), content);
  }

 private:
  bool nothing_to_show() const {
    return std::none_of(all_.begin(), all_.end(), [&](const Series& series) {
      return !std::isnan(last_value(series, frame_.y()));
    });
  }

  /// What is to be seen: the axes, and from where to where each series goes.
  std::string description() const {
    std::string out = options_.title.empty() ? "" : options_.title + ". ";
    out += mark_ == Mark::line ? "Line chart" : "Scatter chart";
    const std::string x = options_.x.label.empty() ? "x" : options_.x.label;
    const std::string y = options_.y.label.empty() ? "y" : options_.y.label;
    out += joined({": ", y, " over ", x, "."});
    for (const Series& series : all_)
      if (series.stroke != Stroke::faint) out += " " + description_of(series);
    return nothing_to_show() ? out + " No values yet." : out;
  }

  std::string description_of(const Series& series) const {
    std::vector<double> x, y;
    for (size_t i = 0; i < series.y.size(); ++i)
      if (frame_.has(series.x[i], series.y[i])) x.push_back(series.x[i]), y.push_back(series.y[i]);
    if (y.empty()) return "";
    const auto [x_low, x_high] = std::minmax_element(x.begin(), x.end());
    const auto [y_low, y_high] = std::minmax_element(y.begin(), y.end());
    const std::string name = series.name.empty() ? "" : series.name + ": ";
    const std::string way =
        mark_ == Mark::dot
            ? text(y.size(), " points")
            : joined({"from ", readable(y.front(), 3), " to ", readable(y.back(), 3)});
    return joined({name, way, ", lowest ", readable(*y_low, 3), ", highest ", readable(*y_high, 3),
                   ", ", options_.x.label.empty() ? "x" : options_.x.label, " ",
                   readable(*x_low, 6), " to ", readable(*x_high, 6), "."});
  }

  /// The name in bold, and the last value, apart from it.
  std::string end_label(size_t i) const {
    const std::string name = escape(shorten(all_[i].name, 24));
    const std::string last = readable(last_value(all_[i], frame_.y()), 3);
    return name + (name.empty() ? last
                                : element("tspan", {{"class", "value"}, {"dx", end_label_gap}},
                                          escape(last)));
  }

  double width_of_end_label(size_t i) const {
    const std::string last = readable(last_value(all_[i], frame_.y()), 3);
    return bold * text_width(shorten(all_[i].name, 24), font) + text_width(last, font) +
           end_label_gap;
  }

  std::string curve(size_t i) const {
    const Series series = thinned(all_[i]);
    std::string path;
    bool drawing_line = false;
    for (size_t k = 0; k < series.y.size(); ++k) {
      if (!frame_.has(series.x[k], series.y[k])) {
        drawing_line = false;
        continue;
      }
      const Point at = frame_.at(series.x[k], series.y[k]);
      path += joined({drawing_line ? "L" : "M", coordinate(at.x), " ", coordinate(at.y)});
      drawing_line = true;
    }
    const bool marked = series.y.size() <= most_marked && series.stroke != Stroke::faint;
    return element("path", {{"class", curve_class(series, i)}, {"d", path}}) +
           (marked ? dots(series, i, 3) : std::string());
  }

  std::string dots(const Series& series, size_t place, double radius) const {
    std::string out;
    for (size_t k = 0; k < series.y.size(); ++k) {
      if (!frame_.has(series.x[k], series.y[k])) continue;
      const Point at = frame_.at(series.x[k], series.y[k]);
      const std::string name =
          series.name + ": " + readable(series.y[k]) + " at " + readable(series.x[k], 7);
      out += element("circle", {{"cx", at.x}, {"cy", at.y}, {"r", radius}, {"class", "fill point"}},
                     element("title", {}, escape(name)));
    }
    return element("g", {{"class", colour_class(series, place)}}, out);
  }

  static constexpr double legend_line = 24, end_label_gap = 6;
  struct LegendPlace {
    double x;
    int line;
  };

  std::string legend_name(size_t i) const { return shorten(all_[i].name, 24); }

  /// Where the entries of the legend stand: as many in a line as fit.
  std::vector<LegendPlace> legend_places() const {
    std::vector<LegendPlace> places;
    LegendPlace next{0, 0};
    for (const size_t i : named_) {
      const double width = 24 + text_width(legend_name(i), font);
      if (next.x > 0 && next.x + width > options_.width) next = {0, next.line + 1};
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
      out += line(x, y, x + 18, y, curve_class(all_[named_[n]], named_[n]));
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
      const double last = last_value(all_[i], frame_.y());
      if (!std::isnan(last)) labels.push_back({i, frame_.y().at(last) + 4});
    }
    std::stable_sort(labels.begin(), labels.end(),
                     [](const Label& a, const Label& b) { return a.y < b.y; });
    const double apart = font + 3;
    for (size_t i = 1; i < labels.size(); ++i)
      labels[i].y = std::max(labels[i].y, labels[i - 1].y + apart);
    double lowest = frame_.bottom() + 4;
    for (size_t i = labels.size(); i-- > 0; lowest -= apart)
      labels[i].y = std::min(labels[i].y, lowest);
    std::string out;
    for (const Label& label : labels)
      out += words(frame_.right() + 8, label.y,
                   "label " + colour_class(all_[label.series], label.series), Anchor::start,
                   end_label(label.series));
    return out;
  }

  const std::vector<Series>& all_;
  const ChartOptions& options_;
  const Mark mark_;
  PlotFrame frame_;
  std::vector<size_t> named_;  ///< the series that carry a name
  bool legend_ = false;
};

}  // namespace

std::string line_chart(const std::vector<Series>& series, const ChartOptions& options,
                       Where where) {
  return SeriesPlot(with_x("line_chart", series, where), options, Mark::line).draw();
}

std::string scatter_chart(const std::vector<Series>& series, const ChartOptions& options,
                          Where where) {
  return SeriesPlot(with_x("scatter_chart", series, where), options, Mark::dot).draw();
}

}  // namespace lectern
