#include "tasks/report/plot_frame.h"

#include <algorithm>

#include "tasks/report/drawing.h"

namespace lectern {

constexpr double font = 12;

void PlotFrame::place(Room room) {
  double labels = 0, right = std::max(room.right, text_width(x_.labels().back(), font) / 2 + 2);
  for (const std::string& label : y_.labels()) labels = std::max(labels, text_width(label, font));
  left_ = labels + 10;
  top_ = 48 + room.above;
  right_ = options_.width - right;
  bottom_ = options_.height - (options_.x.label.empty() ? 22 : 40);
  x_.place({left_, right_});
  y_.place({bottom_, top_});
}

std::string PlotFrame::draw() const {
  std::string out = words(0, 15, "title", Anchor::start, escape(options_.title));
  const auto y_labels = y_.labels(), x_labels = x_.labels();
  for (size_t i = 0; i < y_labels.size(); ++i) {
    const double y = y_.at(y_.ticks()[i]);
    out += line(left_, y, right_, y, i == 0 ? "axis" : "grid");
    out += words(left_ - 8, y + 4, "quiet", Anchor::end, escape(y_labels[i]));
  }
  for (size_t i = 0; i < x_labels.size(); ++i) {
    const double x = x_.at(x_.ticks()[i]);
    out += line(x, bottom_, x, bottom_ + 4, "axis");
    out += words(x, bottom_ + 17, "quiet", Anchor::middle, escape(x_labels[i]));
  }
  out += words(0, top_ - 13, "quiet", Anchor::start, escape(options_.y.label));
  return out + words((left_ + right_) / 2, bottom_ + 35, "quiet", Anchor::middle,
                     escape(options_.x.label));
}

}  // namespace lectern
