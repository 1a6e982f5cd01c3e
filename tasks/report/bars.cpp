#include <algorithm>
#include <cmath>

#include "tasks/report/charts.h"
#include "tasks/report/drawing.h"
#include "tensor/check.h"

namespace lectern {
namespace {

constexpr double font = 12;
constexpr size_t longest_label = 30;
constexpr double bar_height = 17, bar_gap = 6, group_gap = 20;

double finite_or_zero(double value) { return std::isfinite(value) ? std::max(value, 0.0) : 0; }

double largest(const std::vector<double>& values) {
  double most = 0;
  for (const double value : values) most = std::max(most, finite_or_zero(value));
  return most > 0 ? most : 1;
}

double label_column(const BarChart& chart) {
  double width = 0;
  for (const BarGroup& group : chart.groups)
    for (const Bar& bar : group.bars)
      width = std::max(width, text_width(shorten(bar.label, longest_label), font));
  return width + 10;
}

/// `1,234 tokens/s  1.8×`: the value and its ratio to the last bar of the group.
std::string bar_text(const BarGroup& group, const Bar& bar) {
  std::string out = escape(readable(bar.value) + (group.unit.empty() ? "" : " " + group.unit));
  const double baseline = group.bars.back().value;
  const double ratio = bar.value / baseline;
  if (&bar != &group.bars.back() && std::isfinite(ratio))
    out += element("tspan", {{"class", "subtitle"}, {"dx", 10}}, readable(ratio, 2) + "×");
  return out;
}

/// Where a group is drawn: the left edge of its bars and the length of the longest.
struct Column {
  double left, length;
};

std::string draw_bar(const BarGroup& group, const Bar& bar, double scale, double y, Column column) {
  const double length = std::max(finite_or_zero(bar.value) / scale * column.length, 1.0);
  const std::string style = &bar == &group.bars.front() ? "s1 fill" : "s6 fill other";
  const double baseline = y + bar_height - 4;
  return words(column.left - 10, baseline, "", Anchor::end,
               escape(shorten(bar.label, longest_label))) +
         box(column.left, y, length, bar_height, style) +
         words(column.left + length + 8, baseline, "quiet", Anchor::start, bar_text(group, bar));
}

std::string titled(const std::string& title, const std::string& content) {
  return title.empty() ? content : title + ". " + content;
}

/// What is to be seen: every bar's value.
std::string description_of(const BarGroup& group) {
  std::string out = group.title;
  for (const Bar& bar : group.bars)
    out += joined({out.empty()                   ? ""
                   : &bar == &group.bars.front() ? ": "
                                                 : ", ",
                   bar.label, " ", readable(bar.value), group.unit.empty() ? "" : " ", group.unit});
  return out + ". ";
}

std::string description_of(const BarStrip& strip) {
  if (strip.values.empty()) return titled(strip.title, "No bars.");
  const auto most = std::max_element(strip.values.begin(), strip.values.end());
  return titled(strip.title,
                text("Bars from ", strip.labels.front(), " to ", strip.labels.back(),
                     "; the tallest, ", readable(*most), ", at ",
                     strip.labels[static_cast<size_t>(most - strip.values.begin())], "."));
}

}  // namespace

std::string bar_chart(const BarChart& chart) {
  std::string content = words(0, 15, "title", Anchor::start, escape(chart.title));
  const double left = label_column(chart);
  const Column column{left, std::max(chart.width - left - 200, 40.0)};
  double y = chart.title.empty() ? 4 : 32;
  std::string description = titled(chart.title, "Bar chart. ");
  for (const BarGroup& group : chart.groups) {
    std::vector<double> values;
    for (const Bar& bar : group.bars) values.push_back(bar.value);
    const double scale = largest(values);
    description += description_of(group);
    content += words(0, y + 10, "subtitle", Anchor::start, escape(group.title));
    y += 20;
    for (const Bar& bar : group.bars) {
      content += draw_bar(group, bar, scale, y, column);
      y += bar_height + bar_gap;
    }
    y += group_gap - bar_gap;
  }
  return drawing(chart.width, std::max(y - group_gap + 6, 20.0), description, content);
}

std::string bar_strip(const BarStrip& strip) {
  check(strip.labels.size() == strip.values.size(), [&] {
    return text("bar strip '", strip.title, "': ", strip.labels.size(), " labels for ",
                strip.values.size(), " values; give one label for each value");
  });
  constexpr double height = 132, top = 46, bottom = 112;
  const double scale = largest(strip.values);
  const double pitch = strip.width / std::max<size_t>(strip.values.size(), 1);
  const double bar_width = std::min(pitch * 0.7, 36.0);
  // Where bars are narrower than their text, only some are labelled.
  const size_t every = std::max<size_t>(1, static_cast<size_t>(std::ceil(34 / pitch)));
  std::string content = words(0, 15, "title", Anchor::start, escape(strip.title));
  content += line(0, bottom, strip.width, bottom, "axis");
  for (size_t i = 0; i < strip.values.size(); ++i) {
    const double middle = (i + 0.5) * pitch;
    const double length = finite_or_zero(strip.values[i]) / scale * (bottom - top);
    const std::string name = strip.labels[i] + ": " + readable(strip.values[i]);
    content += box(middle - bar_width / 2, bottom - length, bar_width, length, "s1 fill",
                   element("title", {}, escape(name)));
    if (i % every != 0) continue;
    content += words(middle, bottom - length - 5, "quiet small", Anchor::middle,
                     readable(strip.values[i], 2));
    content += words(middle, bottom + 15, "small", Anchor::middle,
                     escape(shorten(strip.labels[i], static_cast<size_t>(pitch * every / 6) + 1)));
  }
  return drawing(strip.width, height, description_of(strip), content);
}

}  // namespace lectern
