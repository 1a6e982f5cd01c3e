#include "tasks/text/side_by_side.h"

#include <algorithm>

#include "tasks/failure.h"

namespace lectern {

SideBySide::SideBySide(const std::vector<std::string>& paths, const ReadOptions& options) {
  if (std::ranges::count(paths, "-") > 1)
    throw Failure(
        ExitCode::usage,
        "standard input (-) is given for two texts, and can be read only once; name a file");
  for (const std::string& path : paths) texts_.emplace_back(path, options);
}

bool SideBySide::next(std::vector<std::string>& lines) {
  lines.resize(texts_.size());
  const bool more = texts_[0].next(lines[0]);
  for (std::size_t i = 1; i < texts_.size(); ++i)
    if (texts_[i].next(lines[i]) != more) refuse(more ? 0 : i, more ? i : 0);
  return more;
}

void SideBySide::refuse(std::size_t longer, std::size_t shorter) {
  for (std::string rest; texts_[longer].next(rest);) {
  }
  const std::size_t first = std::min(longer, shorter), second = std::max(longer, shorter);
  throw Failure(ExitCode::data,
                text(texts_[first].report().name(), " has ", texts_[first].lines(), " lines, but ",
                     texts_[second].report().name(), " has ", texts_[second].lines(),
                     "; line i of one must belong to line i of the other: look "
                     "for a lost or added line"));
}

}  // namespace lectern
