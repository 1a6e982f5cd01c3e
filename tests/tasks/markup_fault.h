#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace lectern {

/// How often `part` is in a text.
inline size_t count(const std::string& text, const std::string& part) {
  size_t found = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

/// What is wrong with the tags of some markup: one that is not closed, an attribute without quotes;
/// empty: nothing.
inline std::string markup_fault(std::string_view markup) {
  std::vector<std::string> open;
  for (size_t at = markup.find('<'); at != markup.npos; at = markup.find('<', at)) {
    const size_t end = markup.find('>', at);
    if (end == markup.npos) return "a tag without end";
    const std::string tag(markup.substr(at + 1, end - at - 1));
    at = end + 1;
    const std::string name = tag.substr(0, tag.find_first_of(" \n"));
    if (tag[0] == '!' || tag[0] == '?' || name == "meta" || name == "input") continue;
    if (count(tag, "\"") % 2 != 0 || count(tag, "=\"") * 2 != count(tag, "\""))
      return "an attribute is not quoted: " + tag;
    if (tag[0] != '/') {
      open.push_back(name);
      if (name == "script" || name == "style") at = markup.find("</" + name, at);
    } else if (open.empty() || open.back() != name.substr(1)) {
      return tag + " closes " + (open.empty() ? "nothing" : open.back());
    } else {
      open.pop_back();
    }
  }
  return open.empty() ? "" : open.back() + " is never closed";
}

}  // namespace lectern
