#pragma once

#include <string>

namespace lectern {

enum class Theme { light, dark };

/// The heat scale has this many colours, written in pages as the classes `h0` … `h23`.
inline constexpr int heat_levels = 24;

/// The colour class of `amount`, a part between 0 and 1; -1 for NaN.
int heat_level(double amount);

/// The colour of a level as `#rrggbb`: from the page's paper to a deep blue (light) or to a warm
/// yellow (dark).
///
/// The scale is drawn in OKLab, with equal steps of lightness: equal differences look equal, and
/// the order survives colour blindness and a grey printer (B. Ottosson, "A perceptual color space
/// for image processing", 2020).
std::string heat_colour(int level, Theme theme);

/// Whether text upon the level must be in the colour of the paper rather than that of the ink.
bool heat_needs_contrast(int level, Theme theme);

/// A colour of middle lightness, which stands out from both papers, as `#rrggbb`. Colours of like
/// `turn`, a part of the colour circle, are alike; `lightness` from 0 to 1.
std::string hue_colour(double turn, double lightness);

}  // namespace lectern
