#include <algorithm>
#include <cmath>

#include "tasks/report/drawing.h"
#include "tasks/report/plot_frame.h"

namespace lectern {
namespace {

/// Values counted in intervals of equal width that begin at a multiple of it.
struct Counts {
  double first = 0, width = 1;
  std::vector<double> counts{};

  double edge(size_t bar) const { return first + width * static_cast<double>(bar); }
};

Counts counted(const std::vector<double>& values, int bars) {
  if (values.empty()) return {};
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  const double width = nice_step(*high > *low ? (*high - *low) / std::max(bars, 1) : 1);
  const double first = std::floor(*low / width), last = std::floor(*high / width);
  Counts out{.first = first * width, .width = width};
  out.counts.resize(static_cast<size_t>(last - first) + 1);
  for (const double value : values)
    ++out.counts[static_cast<size_t>(
        std::clamp(std::floor(value / width) - first, 0.0, last - first))];
  return out;
}

std::string description(const HistogramOptions& options, const Counts& counts, size_t values,
                        size_t left_out) {
  std::string out = options.title.empty() ? "" : options.title + ". ";
  out += text("Histogram of ", values, " values");
  if (left_out > 0) out += text(" (", left_out, " that are not finite are left out)");
  if (counts.counts.empty()) return out + ".";
  const auto most = std::max_element(counts.counts.begin(), counts.counts.end());
  const auto bar = static_cast<size_t>(most - counts.counts.begin());
  return out + joined({" from ", readable(counts.first, 3), " to ",
                       readable(counts.edge(counts.counts.size()), 3), "; most, ",
                       readable(*most, 6), ", lie between ", readable(counts.edge(bar), 3), " and ",
                       readable(counts.edge(bar + 1), 3), "."});
}

}  // namespace

std::string histogram(const Numbers& values, const HistogramOptions& options) {
  std::vector<double> finite = values;
  std::erase_if(finite, [](double value) { return !std::isfinite(value); });
  const Counts counts = counted(finite, options.bars);
  std::vector<double> edges;
  for (size_t bar = 0; bar <= counts.counts.size(); ++bar) edges.push_back(counts.edge(bar));

  const ChartOptions chart{.title = options.title,
                           .x = {options.label},
                           .y = {"how many", AxisScale::from_zero},
                           .width = options.width,
                           .height = options.height};
  PlotFrame frame(chart, Ruler(chart.x, Ends::values, edges, 7),
                  Ruler(chart.y, Ends::ticks, counts.counts, 5));
  frame.place({});
  std::string bars;
  for (size_t bar = 0; bar < counts.counts.size(); ++bar) {
    const Point top = frame.at(edges[bar], counts.counts[bar]);
    const double right = frame.at(edges[bar + 1], 0).x;
    const std::string name = joined({readable(edges[bar]), " to ", readable(edges[bar + 1]), ": ",
                                     readable(counts.counts[bar], 6)});
    bars += box(top.x + 0.5, top.y, std::max(right - top.x - 1, 0.5), frame.bottom() - top.y,
                "s1 fill", element("title", {}, escape(name)));
  }
  return drawing(options.width, options.height,
                 description(options, counts, values.size(), values.size() - finite.size()),
                 frame.draw() + bars);
}

}  // namespace lectern
