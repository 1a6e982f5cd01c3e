#include "tasks/text/lines.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "tasks/failure.h"
#include "tasks/text/byte_source.h"
#include "tasks/text/unicode.h"

namespace lectern {

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

LineReader::LineReader(const std::string& path, const ReadOptions& options)
    : options_(options),
      report_(path == "-" ? "standard input" : path, options.strict),
      source_(std::make_unique<Source>(path)) {}
LineReader::~LineReader() = default;
LineReader::LineReader(LineReader&&) noexcept = default;

void LineReader::take(std::string& line, std::size_t bytes) {
  constexpr std::size_t longest = 64 << 20;
  if (line.size() + bytes > longest)
    throw Failure(ExitCode::data, text(report_.name(), ":", lines_ + 1,
                                       ": a line of more than 64 MiB; is this a text?"));
  line.append(source_->block.substr(0, bytes));
  source_->block.remove_prefix(bytes);
}

bool LineReader::next(std::string& line) {
  line = std::exchange(begun_, {});
  std::string_view& block = source_->block;
  bool ended = false;
  while (!ended && (!block.empty() || source_->fill())) {
    const std::size_t end = block.find('\n');
    ended = end != block.npos;
    take(line, std::min(end, block.size()));
    if (ended) block.remove_prefix(1);
  }
  if (line.empty() && !ended) return false;
  ++lines_;
  mend(line);
  return true;
}

bool LineReader::ready() {
  const std::string_view& block = source_->block;
  while (block.find('\n') == block.npos) {
    take(begun_, block.size());
    if (!source_->bytes.ready()) return false;
    if (!source_->fill()) return true;
  }
  return true;
}

void LineReader::mend(std::string& line) {
  if (!line.empty() && line.back() == '\r') line.pop_back();
  const bool marked = lines_ == 1 && line.starts_with("\xEF\xBB\xBF");
  if (marked && !options_.verbatim) line.erase(0, 3);
  std::string well_formed = mended(line, {&report_, lines_});
  if (!options_.verbatim) line = std::move(well_formed);
}

std::vector<std::string> read_lines(const std::string& path, const ReadOptions& options,
                                    TextReport* report) {
  LineReader reader(path, options);
  std::vector<std::string> lines;
  for (std::string line; reader.next(line);) lines.push_back(line);
  if (report) *report = reader.report();
  return lines;
}

std::string mended(std::string text, const Origin& origin) {
  if (mend_utf8(text) > 0) origin.tell(invalid_utf8);
  return text;
}

std::string read_bytes(const std::string& path) {
  ByteSource source(path);
  std::string bytes;
  for (std::string_view block = source.next(); !block.empty(); block = source.next())
    bytes += block;
  return bytes;
}

}  // namespace lectern
