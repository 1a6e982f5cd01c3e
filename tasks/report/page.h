#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "tensor/check.h"

namespace lectern {

/// \defgroup pages Pages
/// One HTML file, nothing loaded from anywhere, readable on light and dark screens, on a phone, on
/// paper and without scripts.
/// @{

/// Writes a page of its parts, one below the other: charts (tasks/report/charts.h) and words.
///
///     write_page("loss.html", "A small network", {paragraph("It learns XOR."),
///                                                 line_chart({{"loss", losses}})});
///
/// The file is written as a whole or not at all (replace_file).
/// \throws Error when it cannot be written
void write_page(const std::string& path, const std::string& title,
                const std::vector<std::string>& parts, Where where = Where::current());

/// Writes a chart, or a picture of the tape (to_svg), as an SVG file of its own.
///
///     write_picture("weights.svg", heat_map(weights));
///
/// \throws Error when the file cannot be written
void write_picture(const std::string& path, const std::string& picture,
                   Where where = Where::current());

/// Words as parts of a page; any text is printed safely.
std::string heading(std::string_view text);
std::string paragraph(std::string_view text);
/// As the terminal shows it, with a fixed width of letters: `verbatim(blocks(matrix))`.
std::string verbatim(std::string_view text);

/// A chart that is drawn twice, since one that is shrunk to a phone cannot be read: `widest` for a
/// large screen, narrow for a small one.
///
///     figure([&](double width) { return line_chart(series, {.width = width}); })
///
std::string figure(const std::function<std::string(double width)>& draw, double widest = 720);

/// What a page shares with the others of the project.
struct Page {
  std::string title{};
  std::string style{};   ///< CSS added to the common one
  std::string body{};    ///< markup
  std::string script{};  ///< JavaScript; "" for none
  std::string footer{};  ///< markup
};

std::string html_page(const Page& page);

/// The title and, below it, a sentence that says what is to be seen.
std::string page_header(std::string_view title, std::string_view lead);

/// The last lines of a page: which command of which version made it. Either may be empty.
std::string page_footer(std::string_view command, std::string_view version);
/// @}

}  // namespace lectern
