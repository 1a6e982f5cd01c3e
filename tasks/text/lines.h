#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tasks/text/text_report.h"

namespace lectern {

struct ReadOptions {
  bool strict = false;  ///< refuse invalid UTF-8 instead of mending it
  /// Keep a byte order mark and bytes that are no UTF-8, as a metric has to; the latter are counted
  /// all the same.
  bool verbatim = false;
};

/// Reads a text line by line, from a plain file, a .gz file or, by the name "-", standard input.
///
/// A line ends at "\n" and nowhere else: U+2028, U+0085, a form feed or a lone "\r" are characters of
/// the line, so that the lines of two files cannot shift against each other. A byte order mark at
/// the start and a "\r" before "\n" are removed. Memory: one line. Throws Failure(data): no such
/// file, a folder, a damaged or cut-off .gz, a line of more than 64 MiB, which is no text; with
/// `strict`, invalid UTF-8.
class LineReader {
 public:
  explicit LineReader(const std::string& path, const ReadOptions& options = {});
  ~LineReader();
  LineReader(LineReader&&) noexcept;

  /// The next line, without its end; false after the last.
  bool next(std::string& line);
  /// Whether next() would answer at once: a line has arrived, or the end. A terminal, a pipe or a
  /// socket may have to wait for whoever writes.
  bool ready();

  std::int64_t lines() const { return lines_; }  ///< read so far
  TextReport& report() { return report_; }

 private:
  struct Source;
  void take(std::string& line, std::size_t bytes);
  void mend(std::string& line);

  ReadOptions options_;
  TextReport report_;
  std::int64_t lines_ = 0;
  std::string begun_;  // what ready() has read of the next line
  std::unique_ptr<Source> source_;
};

/// All lines of a text. `report`, if given, becomes what was found in it.
std::vector<std::string> read_lines(const std::string& path, const ReadOptions& options = {},
                                    TextReport* report = nullptr);

/// Makes a text that comes from somewhere else than a file, such as a command line, well-formed.
std::string mended(std::string text, const Origin& origin);

}  // namespace lectern
