#include <algorithm>

#include "tasks/report/drawing.h"
#include "tasks/report/ruler.h"
#include "tasks/report/step_film.h"
#include "tasks/report/step_page.h"
#include "tasks/report/step_tree.h"

namespace lectern {
namespace {

/// The curve as the outline of an area from the floor of the picture.
class MemoryPicture {
 public:
  MemoryPicture(const StepProfile& profile, double width)
      : profile_(profile),
        width_(width),
        x_({}, Ends::values, {0, 1e3 * profile.seconds}, width < 500 ? 4 : 8),
        y_({.scale = AxisScale::from_zero}, Ends::ticks,
           {0, static_cast<double>(profile.high_water) / (1 << 20)}, 5) {
    x_.place({left, width - 12});
    y_.place({height - bottom, top});
  }

  std::string draw(int moment) const {
    return drawing(width_, height, description(),
                   grid() + area() + phases() + peak() + (moment < 0 ? "" : cursor(moment)));
  }

 private:
  static constexpr double height = 310, left = 58, top = 42, bottom = 40;

  double x(double seconds) const { return x_.at(1e3 * seconds); }
  double y(std::int64_t bytes) const { return y_.at(static_cast<double>(bytes) / (1 << 20)); }

  std::string grid() const {
    std::string out = words(2, 14, "quiet", Anchor::start, "MiB");
    for (std::size_t i = 0; i < y_.ticks().size(); ++i) {
      const double at = y_.at(y_.ticks()[i]);
      out += line(left, at, width_ - 12, at, "grid") +
             words(left - 8, at + 4, "quiet", Anchor::end, y_.labels()[i]);
    }
    for (std::size_t i = 0; i < x_.ticks().size(); ++i)
      out += words(x_.at(x_.ticks()[i]), height - bottom + 18, "quiet", Anchor::middle,
                   x_.labels()[i]);
    return out + words(width_ - 12, height - 4, "quiet", Anchor::end, "ms of the step");
  }

  std::string area() const {
    const std::vector<MemoryMoment>& film = profile_.film;
    std::string path = joined({"M", coordinate(x(0)), " ", coordinate(y(0))});
    for (const int moment : chosen_moments(film, 1600)) {
      const MemoryMoment& one = film[static_cast<std::size_t>(moment)];
      path += joined({"H", coordinate(x(one.time)), "V", coordinate(y(one.in_use))});
    }
    path += joined({"H", coordinate(x(profile_.seconds)), "V", coordinate(y(0)), "Z"});
    const double before = y(film.front().in_use);
    return element("path", {{"d", path}, {"class", "s1 fill area"}}) +
           box(x(0), before, x(profile_.seconds) - x(0), y(0) - before, "ground",
               element("title", {}, "alive before the step"));
  }

  /// Where forward, backward and update begin; their names where they have room.
  std::string phases() const {
    constexpr double room = 76;
    const std::vector<MemoryMoment>& film = profile_.film;
    std::string out;
    for (std::size_t i = 1; i < film.size();) {
      std::size_t next = i;
      while (next < film.size() && film[next].phase == film[i].phase) ++next;
      const double begin = x(film[i].time);
      const double end = x(next < film.size() ? film[next].time : profile_.seconds);
      out += line(begin, top - 10, begin, height - bottom, "axis");
      if (end - begin > room)
        out += words(begin + 4, top - 14, "quiet small", Anchor::start, name_of(film[i].phase));
      i = next;
    }
    return out;
  }

  std::string peak() const {
    const MemoryMoment& one = profile_.film[static_cast<std::size_t>(peak_moment(profile_))];
    const bool is_right = x(one.time) > width_ * 0.6;
    return element(
               "circle",
               {{"cx", x(one.time)}, {"cy", y(one.in_use)}, {"r", 4}, {"class", "s2 fill point"}}) +
           words(x(one.time) + (is_right ? -8 : 8), y(one.in_use) - 6, "s2 label",
                 is_right ? Anchor::end : Anchor::start,
                 escape("peak " + readable_bytes(one.in_use)));
  }

  std::string cursor(int moment) const {
    const double at = x(profile_.film[static_cast<std::size_t>(moment)].time);
    return element(
        "line",
        {{"class", "cursor"}, {"x1", at}, {"x2", at}, {"y1", top - 10}, {"y2", height - bottom}});
  }

  std::string description() const {
    return text("Memory in use over the step: ", readable_bytes(profile_.film.front().in_use),
                " at its beginning, at most ", readable_bytes(profile_.high_water), ", ",
                readable_bytes(profile_.film.back().in_use), " at its end.");
  }

  const StepProfile& profile_;
  double width_;
  Ruler x_, y_;
};

}  // namespace

std::string_view name_of(StepPhase phase) {
  switch (phase) {
    case StepPhase::before: return "before the step";
    case StepPhase::forward: return "forward pass";
    case StepPhase::backward: return "backward pass";
    case StepPhase::update: return "update";
  }
  return "";
}

std::vector<int> chosen_moments(const std::vector<MemoryMoment>& film, std::size_t most) {
  std::vector<int> chosen;
  const std::size_t pieces = film.size() <= most ? film.size() : most / 2;
  for (std::size_t piece = 0; piece < pieces; ++piece) {
    const auto first = film.begin() + static_cast<std::ptrdiff_t>(piece * film.size() / pieces);
    const auto end = film.begin() + static_cast<std::ptrdiff_t>((piece + 1) * film.size() / pieces);
    const auto [low, high] = std::ranges::minmax_element(first, end, {}, &MemoryMoment::in_use);
    const int a = static_cast<int>(low - film.begin()), b = static_cast<int>(high - film.begin());
    chosen.push_back(std::min(a, b));
    if (a != b) chosen.push_back(std::max(a, b));
  }
  return chosen;
}

std::string memory_picture(const StepProfile& profile, int moment, double width) {
  return MemoryPicture(profile, width).draw(moment);
}

}  // namespace lectern
