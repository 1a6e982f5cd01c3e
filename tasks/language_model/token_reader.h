#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tasks/text/text_report.h"
#include "tasks/text/tokenizer.h"

namespace lectern {

/// A part of a text file, plain or .gz: of its bytes where bytes are the tokens, else of its lines,
/// both counted from 0.
struct TextPart {
  std::string path;
  std::int64_t first = 0;
  std::int64_t end = std::numeric_limits<std::int64_t>::max();  ///< the first that is not in it
};

/// What was read of a text.
struct TextCounts {
  std::int64_t tokens = 0;
  std::int64_t unknown = 0;  ///< of these, not in the vocabulary
  std::int64_t bytes = 0;    ///< with the ends of lines
  std::int64_t words = 0;    ///< between white space, and one more for the end of each line
  std::int64_t lines = 0;
  std::uint32_t checksum = 0;  ///< of the text, CRC-32C
};

/// Turns a text into token numbers while it is read.
///
/// Bytes are taken as they are, 0 … 255. A tokenizer takes a text line by line, as LineReader gives
/// them, and every line is followed by Tokenizer::end: the `<eos>` of language modelling. A blank
/// line is that token alone. Memory: a block of the file, or a line and its tokens.
class TokenReader {
 public:
  /// \param tokenizer  null: bytes; lives longer than this
  /// \param strict     refuse what would have to be mended or cut
  /// \throws Failure (data), also later, where the file cannot be read
  TokenReader(const TextPart& part, const Tokenizer* tokenizer, bool strict = false);
  ~TokenReader();
  TokenReader(TokenReader&&) noexcept;
  TokenReader& operator=(TokenReader&&) noexcept;

  /// Adds the tokens of the next block or line to `tokens`. False: the part has ended.
  bool next(std::vector<std::int32_t>& tokens);

  const TextCounts& counts() const;  ///< of what was read so far
  const TextReport& report() const;

  struct Source;  // a file of bytes, or of lines

 private:
  std::unique_ptr<Source> source_;
};

/// How many bytes, or lines where a tokenizer reads it, a text file has.
std::int64_t text_length(const std::string& path, bool in_bytes);

}  // namespace lectern
