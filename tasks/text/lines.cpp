#include "tasks/text/lines.h"

#include <algorithm>
#include <string_view>

#include "tasks/failure.h"
#include "tasks/text/byte_source.h"

namespace lectern {

std::string TextReport::summary() const {
  std::string result;
  if (invalid_utf8 > 0) {
    result = text(invalid_utf8, invalid_utf8 == 1 ? " line" : " lines", " with invalid UTF-8 (");
    for (std::size_t i = 0; i < first_invalid.size(); ++i)
      result += text(i ? ", " : "line ", first_invalid[i]);
    result += invalid_utf8 > static_cast<std::int64_t>(first_invalid.size()) ? ", …)" : ")";
  }
  if (cut > 0)
    result += text(result.empty() ? "" : "; ", cut, cut == 1 ? " line" : " lines",
                   " cut because too long");
  return result;
}

/// The block that is being read.
struct LineReader::Source {
  explicit Source(const std::string& path) : bytes(path) {}

  /// Fills the block; false at the end.
  bool fill() {
    block = bytes.next();
    return !block.empty();
  }

  ByteSource bytes;
  std::string_view block = {};  // what is left of it
};

namespace {

/// A line that was cut may end inside a character, whose first bytes go too.
void drop_last_character(std::string& line) {
  std::size_t start = line.size();
  while (start > 0 && (static_cast<unsigned char>(line[start - 1]) & 0xC0u) == 0x80u) --start;
  if (start > 0 && static_cast<unsigned char>(line[start - 1]) >= 0xC0u) line.resize(start - 1);
}

}  // namespace

LineReader::LineReader(const std::string& path, const ReadOptions& options)
    : path_(path == "-" ? "standard input" : path),
      options_(options),
      source_(std::make_unique<Source>(path)) {}
LineReader::~LineReader() = default;
LineReader::LineReader(LineReader&&) noexcept = default;
const TextReport& LineReader::report() const { return report_; }

bool LineReader::next(std::string& line) {
  line.clear();
  bool any = false, too_long = false;
  for (;;) {
    std::string_view& block = source_->block;
    if (block.empty() && !source_->fill()) break;
    any = true;
    const std::size_t end = block.find('\n');
    const bool ends = end != std::string_view::npos;
    const std::size_t taken = ends ? end : block.size();
    const std::size_t room = options_.max_line_bytes - line.size();
    too_long = too_long || taken > room;
    line.append(block.substr(0, std::min(taken, room)));
    block.remove_prefix(taken + (ends ? 1 : 0));
    if (ends) break;
  }
  if (!any) return false;
  ++report_.lines;
  if (too_long) {
    ++report_.cut;
    drop_last_character(line);
  }
  mend(line);
  return true;
}

void LineReader::mend(std::string& line) {
  if (!line.empty() && line.back() == '\r') line.pop_back();
  if (report_.lines == 1 && line.starts_with("\xEF\xBB\xBF")) line.erase(0, 3);
  if (mend_utf8(line) == 0) return;
  if (options_.strict)
    throw Failure(ExitCode::data, text(path_, ":", report_.lines,
                                       ": invalid UTF-8; convert the file, for example with iconv, "
                                       "or leave out --strict"));
  ++report_.invalid_utf8;
  if (report_.first_invalid.size() < 3) report_.first_invalid.push_back(report_.lines);
}

std::vector<std::string> read_lines(const std::string& path, const ReadOptions& options,
                                    TextReport* report) {
  LineReader reader(path, options);
  std::vector<std::string> lines;
  for (std::string line; reader.next(line);) lines.push_back(line);
  if (report) *report = reader.report();
  return lines;
}

}  // namespace lectern
