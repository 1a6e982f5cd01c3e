#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tasks/language_model/token_reader.h"

namespace lectern {

/// A text as one long sequence of token numbers, of which a piece or two are in memory.
///
/// A text that has at most as many tokens as one piece may have is read once and kept. A longer one is
/// read twice: once to be counted, and then piece by piece, from its beginning again for a piece that
/// lies before the last one. So time and memory suit who goes through it in order.
///
/// Memory: two pieces of 4 bytes a token, and a line and its tokens. Nothing is written to a disk.
class TokenText {
 public:
  struct Options {
    std::int64_t piece = std::int64_t{1} << 25;  ///< most tokens of a piece
    bool strict = false;                         ///< refuse what would have to be mended or cut
  };
  /// \param tokenizer  null: bytes
  /// \throws Failure (data), also later, where the file cannot be read
  TokenText(TextPart part, std::shared_ptr<const Tokenizer> tokenizer, const Options& options);
  /// A text of bytes that comes from somewhere else than a file.
  explicit TokenText(const std::string& bytes);

  std::int64_t size() const { return counts_.tokens; }  ///< [tokens]
  const TextCounts& counts() const { return counts_; }
  const TextReport& report() const { return report_; }
  const std::string& path() const { return part_.path; }

  /// The pieces are equally long, but for the last one.
  std::int64_t pieces() const { return pieces_; }
  std::int64_t piece_size(std::int64_t number) const;
  /// The tokens of a piece; they hold until another one but the next is asked for.
  std::span<const std::int32_t> piece(std::int64_t number);
  /// The tokens from `first` on, fewer where the text ends.
  std::vector<std::int32_t> read(std::int64_t first, std::int64_t count);

  std::int64_t tokens_in_memory() const;  ///< the most so far

 private:
  struct Piece {
    std::int64_t number = -1;
    std::vector<std::int32_t> tokens;
  };
  void count(const Options& options);
  void load(std::int64_t number);
  void watch_memory();

  TextPart part_;
  std::shared_ptr<const Tokenizer> tokenizer_;
  TextCounts counts_;
  TextReport report_;
  std::int64_t pieces_ = 1, most_in_piece_ = 0;  // tokens of every piece but the last
  Piece newest_, before_;
  std::optional<TokenReader> reader_;  // of a text in several pieces
  std::int64_t next_piece_ = 0;        // the one whose beginning has been read
  std::vector<std::int32_t> begun_;    // that beginning
  std::int64_t most_in_memory_ = 0;
};

/// The texts of a training.
struct TrainingTexts {
  TokenText train;
  TokenText valid = TokenText("");  ///< empty: there is nothing to validate on
};

}  // namespace lectern
