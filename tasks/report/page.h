#pragma once

#include <string>
#include <string_view>

namespace lectern {

/// What a page shares with the others of the project: one HTML file, nothing loaded from anywhere,
/// readable on light and dark screens, on paper and without scripts.
struct Page {
  std::string title{};
  std::string style{};   ///< CSS added to the common one
  std::string body{};    ///< markup
  std::string script{};  ///< JavaScript; "" for none
  std::string footer{};  ///< markup
};

std::string html_page(const Page& page);

/// The last lines of a page: which command of which version made it. Either may be empty.
std::string page_footer(std::string_view command, std::string_view version);

}  // namespace lectern
