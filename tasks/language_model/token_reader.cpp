#include "tasks/language_model/token_reader.h"

#include <algorithm>
#include <utility>

#include "tasks/text/byte_source.h"
#include "tasks/text/lines.h"
#include "tasks/text/unicode.h"
#include "tasks/training/crc32c.h"

namespace lectern {
namespace {

/// Counts the words of a text that comes in blocks: what stands between white space, and one for the
/// end of each line.
class WordCount {
 public:
  void add(std::string_view block) {
    for (std::size_t end = block.find('\n'); end != block.npos; end = block.find('\n')) {
      begun_ += block.substr(0, end);
      count_line();
      ++words_;
      block.remove_prefix(end + 1);
    }
    begun_ += block;
    if (begun_.size() > longest_line) count_line();
  }
  /// With the line that nothing has ended yet.
  std::int64_t words() const {
    return words_ + static_cast<std::int64_t>(split_at_space(begun_).size());
  }

 private:
  static constexpr std::size_t longest_line = 1 << 20;  // a text without line ends is cut there

  void count_line() {
    words_ += static_cast<std::int64_t>(split_at_space(begun_).size());
    begun_.clear();
  }

  std::string begun_;
  std::int64_t words_ = 0;
};

}  // namespace

struct TokenReader::Source {
  virtual ~Source() = default;
  virtual bool next(std::vector<std::int32_t>& tokens) = 0;
  virtual const TextReport& report() = 0;

  void add_to_checksum(std::string_view text) {
    counts.bytes += static_cast<std::int64_t>(text.size());
    counts.checksum = crc32c(text.data(), text.size(), counts.checksum);
  }

  TextCounts counts;
};

namespace {

struct Bytes : TokenReader::Source {
  explicit Bytes(const TextPart& part)
      : source(part.path), part(part), found(part.path), position(0) {}

  bool next(std::vector<std::int32_t>& tokens) override {
    for (;;) {
      std::string_view block = position < part.end ? source.next() : std::string_view();
      if (block.empty()) return false;
      const std::int64_t begin = std::exchange(position, position + std::ssize(block));
      if (position > part.end) block.remove_suffix(static_cast<std::size_t>(position - part.end));
      if (begin < part.first)
        block.remove_prefix(static_cast<std::size_t>(
            std::min<std::int64_t>(part.first - begin, std::ssize(block))));
      if (block.empty()) continue;
      take(block, tokens);
      return true;
    }
  }

  void take(std::string_view block, std::vector<std::int32_t>& tokens) {
    for (const char byte : block) tokens.push_back(static_cast<unsigned char>(byte));
    add_to_checksum(block);
    words.add(block);
    counts.tokens += std::ssize(block);
    counts.words = words.words();
    counts.lines += std::ranges::count(block, '\n');
  }

  const TextReport& report() override { return found; }

  ByteSource source;
  TextPart part;
  TextReport found;
  std::int64_t position;  // in the file, after what was read of it
  WordCount words;
};

struct Lines : TokenReader::Source {
  Lines(const TextPart& part, const Tokenizer& tokenizer, bool strict)
      : reader(part.path, {.strict = strict}), part(part), tokenizer(tokenizer) {}

  bool next(std::vector<std::int32_t>& tokens) override {
    while (reader.lines() < part.first)
      if (!reader.next(line)) return false;
    if (reader.lines() >= part.end || !reader.next(line)) return false;
    const Origin origin{&reader.report(), reader.lines()};
    if (line.find('\0') != line.npos) origin.tell(nul_byte);
    const std::vector<std::int32_t> found = tokenizer.encode(line, origin);
    tokens.insert(tokens.end(), found.begin(), found.end());
    tokens.push_back(Tokenizer::end);
    counts.tokens += std::ssize(found) + 1;
    counts.unknown += std::ranges::count(found, Tokenizer::unknown);
    counts.words += std::ssize(split_at_space(line)) + 1;
    ++counts.lines;
    add_to_checksum(line += '\n');
    return true;
  }

  const TextReport& report() override { return reader.report(); }

  LineReader reader;
  TextPart part;
  const Tokenizer& tokenizer;
  std::string line;
};

std::unique_ptr<TokenReader::Source> open(const TextPart& part, const Tokenizer* tokenizer,
                                          bool strict) {
  if (tokenizer) return std::make_unique<Lines>(part, *tokenizer, strict);
  return std::make_unique<Bytes>(part);
}

}  // namespace

TokenReader::TokenReader(const TextPart& part, const Tokenizer* tokenizer, bool strict)
    : source_(open(part, tokenizer, strict)) {}
TokenReader::~TokenReader() = default;
TokenReader::TokenReader(TokenReader&&) noexcept = default;
TokenReader& TokenReader::operator=(TokenReader&&) noexcept = default;

bool TokenReader::next(std::vector<std::int32_t>& tokens) { return source_->next(tokens); }
const TextCounts& TokenReader::counts() const { return source_->counts; }
const TextReport& TokenReader::report() const { return source_->report(); }

std::int64_t text_length(const std::string& path, bool in_bytes) {
  std::int64_t length = 0;
  if (in_bytes) {
    ByteSource source(path);
    for (std::string_view block = source.next(); !block.empty(); block = source.next())
      length += std::ssize(block);
    return length;
  }
  LineReader reader(path, {.verbatim = true});
  for (std::string line; reader.next(line);) ++length;
  return length;
}

}  // namespace lectern
