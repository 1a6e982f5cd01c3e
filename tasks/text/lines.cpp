#include "tasks/text/lines.h"

#include <unistd.h>
#include <zlib.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "tasks/failure.h"

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

/// Bytes from a file or from standard input, a block at a time.
struct LineReader::Source {
  explicit Source(const std::string& path) : path(path) {
    if (path == "-") return;
    std::error_code ignored;  // gzopen says what is wrong with an impossible path
    if (std::filesystem::is_directory(path, ignored))
      throw Failure(ExitCode::data, path + ": is a folder; give a text file");
    file = gzopen(path.c_str(), "rb");  // reads plain files too
    if (!file)
      throw Failure(ExitCode::data, text(path, ": ", std::strerror(errno)));
  }
  ~Source() {
    if (file) gzclose_r(file);
  }

  /// Fills the block; false at the end.
  bool fill() {
    at = 0;
    size = file ? read_file() : read_standard_input();
    return size > 0;
  }

  std::size_t read_file() {
    const int count = gzread(file, block, sizeof block);
    if (!compressed_checked) expect_compressed();
    int code = Z_OK;
    const char* reason = gzerror(file, &code);
    // A file that was cut off ends with Z_BUF_ERROR: it must not pass for a short one.
    if (count < 0 || (count == 0 && code != Z_OK && code != Z_STREAM_END))
      throw Failure(ExitCode::data, text(path, ": damaged or cut off (", reason,
                                         "); fetch the file again"));
    return static_cast<std::size_t>(count);
  }

  void expect_compressed() {
    compressed_checked = true;
    if (path.size() > 3 && path.ends_with(".gz") && gzdirect(file))
      throw Failure(ExitCode::data,
                    path + ": is not gzip data; fetch it again, or rename it without .gz");
  }

  std::size_t read_standard_input() {
    for (;;) {
      const ssize_t count = ::read(STDIN_FILENO, block, sizeof block);
      if (count >= 0) return static_cast<std::size_t>(count);
      if (errno != EINTR)
        throw Failure(ExitCode::data, text("standard input: ", std::strerror(errno)));
    }
  }

  std::string path;
  gzFile file = nullptr;
  bool compressed_checked = false;
  char block[1 << 16];
  std::size_t at = 0, size = 0;
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
    if (source_->at == source_->size && !source_->fill()) break;
    any = true;
    const char* begin = source_->block + source_->at;
    const std::size_t available = source_->size - source_->at;
    const void* end = std::memchr(begin, '\n', available);
    const std::size_t taken = end ? static_cast<const char*>(end) - begin : available;
    const std::size_t room = options_.max_line_bytes - line.size();
    too_long = too_long || taken > room;
    line.append(begin, std::min(taken, room));
    source_->at += taken + (end ? 1 : 0);
    if (end) break;
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
