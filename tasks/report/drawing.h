#pragma once

#include <string>
#include <string_view>

#include "tasks/report/markup.h"

namespace lectern {

// What the charts are made of; not for use outside this folder.

/// An `<svg>` of the given size that holds `content`; `description` is for those who cannot see it.
std::string drawing(double width, double height, std::string_view description,
                    std::string_view content);

enum class Anchor { start, middle, end };

/// A line of text whose baseline is at (x, y). `markup` is text content already escaped.
std::string words(double x, double y, std::string_view style_class, Anchor anchor,
                  std::string_view markup);

std::string line(double x1, double y1, double x2, double y2, std::string_view style_class);

/// `content` may be a `<title>`.
std::string box(double x, double y, double width, double height, std::string_view style_class,
                std::string_view content = {});

}  // namespace lectern
