#pragma once

#include <string>
#include <vector>

#include "tasks/text/lines.h"

namespace lectern {

/// Reads several texts of which line i of one belongs to line i of the others. Memory: a line each.
class SideBySide {
 public:
  explicit SideBySide(const std::vector<std::string>& paths, const ReadOptions& options = {});

  /// The next line of each; false after the last. Throws Failure(data) when one text ends before
  /// another, naming both and how many lines they have.
  bool next(std::vector<std::string>& lines);
  std::int64_t lines() const { return texts_[0].lines(); }  ///< read so far
  std::vector<LineReader>& texts() { return texts_; }

 private:
  [[noreturn]] void refuse(std::size_t longer, std::size_t shorter);
  std::vector<LineReader> texts_;
};

}  // namespace lectern
