#include "tasks/report/colours.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "tensor/check.h"

namespace lectern {
namespace {

struct Oklab {
  double lightness, a, b;
};

using Scale = std::array<Oklab, 3>;

/// From lightness, chroma and hue in degrees.
Oklab oklch(double lightness, double chroma, double hue) {
  const double radians = hue * 3.14159265358979323846 / 180;
  return {lightness, chroma * std::cos(radians), chroma * std::sin(radians)};
}

Oklab paper(Theme theme) {
  return theme == Theme::light ? oklch(0.968, 0.006, 230) : oklch(0.262, 0.020, 262);
}

Scale heat_scale(Theme theme) {
  if (theme == Theme::light)
    return {paper(theme), oklch(0.640, 0.100, 220), oklch(0.300, 0.110, 268)};
  return {paper(theme), oklch(0.590, 0.095, 215), oklch(0.930, 0.125, 98)};
}

Scale positive_scale(Theme theme) {
  if (theme == Theme::light)
    return {paper(theme), oklch(0.670, 0.110, 240), oklch(0.360, 0.130, 262)};
  return {paper(theme), oklch(0.570, 0.115, 250), oklch(0.880, 0.075, 225)};
}

Scale negative_scale(Theme theme) {
  if (theme == Theme::light)
    return {paper(theme), oklch(0.720, 0.130, 60), oklch(0.400, 0.125, 40)};
  return {paper(theme), oklch(0.570, 0.120, 45), oklch(0.880, 0.090, 72)};
}

Oklab mix(const Oklab& from, const Oklab& to, double part) {
  const auto between = [part](double x, double y) { return x + part * (y - x); };
  return {between(from.lightness, to.lightness), between(from.a, to.a), between(from.b, to.b)};
}

Oklab colour_of(const Scale& scale, int level) {
  const double position = 2.0 * level / (heat_levels - 1);
  return position <= 1 ? mix(scale[0], scale[1], position) : mix(scale[1], scale[2], position - 1);
}

std::array<double, 3> linear_rgb(const Oklab& colour) {
  const auto [lightness, a, b] = colour;
  const double l = std::pow(lightness + 0.3963377774 * a + 0.2158037573 * b, 3);
  const double m = std::pow(lightness - 0.1055613458 * a - 0.0638541728 * b, 3);
  const double s = std::pow(lightness - 0.0894841775 * a - 1.2914855480 * b, 3);
  return {4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
          -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
          -0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s};
}

int srgb_byte(double linear) {
  linear = std::clamp(linear, 0.0, 1.0);
  const double encoded =
      linear <= 0.0031308 ? 12.92 * linear : 1.055 * std::pow(linear, 1 / 2.4) - 0.055;
  return static_cast<int>(std::lround(255 * encoded));
}

std::string hexadecimal(const Oklab& colour) {
  std::string out = "#";
  for (const double channel : linear_rgb(colour)) {
    const int byte = srgb_byte(channel);
    out += "0123456789abcdef"[byte / 16];
    out += "0123456789abcdef"[byte % 16];
  }
  return out;
}

/// The light that a colour `#rrggbb` gives, from 0 to 1 (WCAG 2, "relative luminance").
double luminance(const std::string& colour) {
  static constexpr double weights[] = {0.2126, 0.7152, 0.0722};
  double sum = 0;
  for (int channel = 0; channel < 3; ++channel) {
    const double encoded = std::stoi(colour.substr(1 + 2 * channel, 2), nullptr, 16) / 255.0;
    const double linear =
        encoded <= 0.04045 ? encoded / 12.92 : std::pow((encoded + 0.055) / 1.055, 2.4);
    sum += weights[channel] * linear;
  }
  return sum;
}

}  // namespace

int heat_level(double amount) {
  if (std::isnan(amount)) return -1;
  return static_cast<int>(std::lround(std::clamp(amount, 0.0, 1.0) * (heat_levels - 1)));
}

std::string heat_class(double amount) {
  const int level = heat_level(amount);
  return level < 0 ? "missing" : text("h", level);
}

std::string diverging_class(double amount) {
  const int level = heat_level(std::abs(amount));
  return level <= 0 ? heat_class(amount) : text(amount < 0 ? "n" : "p", level);
}

std::string heat_colour(int level, Theme theme) {
  return hexadecimal(colour_of(heat_scale(theme), level));
}

std::string diverging_colour(int level, Theme theme) {
  const Scale scale = level < 0 ? negative_scale(theme) : positive_scale(theme);
  return hexadecimal(colour_of(scale, std::abs(level)));
}

double contrast(const std::string& colour, const std::string& other) {
  const double a = luminance(colour), b = luminance(other);
  return (std::max(a, b) + 0.05) / (std::min(a, b) + 0.05);
}

std::string readable_on(const std::string& colour) {
  return contrast(colour, "#000000") > contrast(colour, "#ffffff") ? "#000" : "#fff";
}

std::string hue_colour(double turn, double lightness) {
  return hexadecimal(oklch(lightness, 0.125, 360 * turn));
}

}  // namespace lectern
