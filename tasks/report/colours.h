#pragma once

#include <string>

namespace lectern {

enum class Theme { light, dark };

/// The heat scale has this many colours.
inline constexpr int heat_levels = 24;

/// The colour of `amount`, a part between 0 and 1; -1 for NaN.
int heat_level(double amount);

/// The class of a cell's colour in a page. Of an amount from 0 to 1: `h0` … `h23`, from the page's
/// paper to a deep blue (light) or to a warm yellow (dark); `missing` for NaN.
std::string heat_class(double amount);
/// Of a signed amount from −1 to 1, on a diverging scale: `n23` … `n1` (orange), `h0`, `p1` … `p23`
/// (blue).
std::string diverging_class(double amount);

/// The colour of a level of the heat scale as `#rrggbb`.
///
/// All scales are drawn in OKLab, with equal steps of lightness: equal differences look equal, and
/// the order survives colour blindness and a grey printer (B. Ottosson, "A perceptual color space
/// for image processing", 2020). Blue against orange survives the common kinds of colour blindness.
std::string heat_colour(int level, Theme theme);
/// The colour of a level from −23 to 23 of the diverging scale; 0 is the paper's.
std::string diverging_colour(int level, Theme theme);

/// Black or white, whichever is easier to read upon `colour`: at least 4.58 : 1.
std::string readable_on(const std::string& colour);
/// How far two colours are apart, from 1 to 21 (WCAG 2, "contrast ratio").
double contrast(const std::string& colour, const std::string& other);

/// A colour of middle lightness, which stands out from both papers, as `#rrggbb`. Colours of like
/// `turn`, a part of the colour circle, are alike; `lightness` from 0 to 1.
std::string hue_colour(double turn, double lightness);

}  // namespace lectern
