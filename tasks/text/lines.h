#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace lectern {

/// What had to be mended while reading a text, so that it can be reported.
struct TextReport {
  std::int64_t lines = 0;
  std::int64_t invalid_utf8 = 0;            ///< lines with bytes that are no UTF-8, made U+FFFD
  std::int64_t cut = 0;                     ///< lines cut at ReadOptions::max_line_bytes
  std::vector<std::int64_t> first_invalid;  ///< numbers of the first few such lines
  /// "5 lines with invalid UTF-8 (line 4, 17, 20, …)"; empty when nothing was mended.
  std::string summary() const;
};

struct ReadOptions {
  /// Longer lines are cut and counted, so that no input can fill the memory.
  std::int64_t max_line_bytes = 1 << 16;
  /// Refuse invalid UTF-8 instead of mending it.
  bool strict = false;
};

/// Reads a text line by line, from a plain file, a .gz file or, by the name "-", standard input.
///
/// A line ends at "\n" and nowhere else: U+2028, U+0085, a form feed or a lone "\r" are characters of
/// the line, so that the lines of two files cannot shift against each other. A byte order mark at
/// the start and a "\r" before "\n" are removed. Throws Failure(data): no such file, a folder, a
/// damaged or cut-off .gz; with `strict`, invalid UTF-8.
class LineReader {
 public:
  explicit LineReader(const std::string& path, const ReadOptions& options = {});
  ~LineReader();
  LineReader(LineReader&&) noexcept;

  /// The next line, without its end; false after the last.
  bool next(std::string& line);
  const TextReport& report() const;

 private:
  struct Source;
  void mend(std::string& line);

  std::string path_;
  ReadOptions options_;
  TextReport report_;
  std::unique_ptr<Source> source_;
};

/// All lines of a text. `report`, if given, is told what was mended.
std::vector<std::string> read_lines(const std::string& path, const ReadOptions& options = {},
                                    TextReport* report = nullptr);

/// Replaces every byte that belongs to no well-formed UTF-8 sequence (overlong, a surrogate, cut
/// off, out of range) by U+FFFD. Returns how many were replaced.
std::int64_t mend_utf8(std::string& text);

}  // namespace lectern
