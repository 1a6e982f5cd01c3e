#include "tasks/language_model/token_text.h"

#include <algorithm>
#include <utility>

#include "tasks/failure.h"
#include "tasks/training/crc32c.h"
#include "tensor/check.h"

namespace lectern {
namespace {

constexpr std::size_t room_for_a_line = 1 << 16;  // tokens of nearly every one

}  // namespace

TokenText::TokenText(TextPart part, std::shared_ptr<const Tokenizer> tokenizer,
                     const Options& options)
    : part_(std::move(part)), tokenizer_(std::move(tokenizer)) {
  count(options);
}

TokenText::TokenText(const std::string& bytes) {
  for (const char byte : bytes) newest_.tokens.push_back(static_cast<unsigned char>(byte));
  newest_.number = 0;
  counts_.tokens = counts_.bytes = most_in_piece_ = std::ssize(bytes);
  counts_.checksum = crc32c(bytes.data(), bytes.size());
  watch_memory();
}

/// Reads the whole text once, and keeps it where it is one piece.
void TokenText::count(const Options& options) {
  TokenReader reader(part_, tokenizer_.get(), options.strict);
  std::vector<std::int32_t>& tokens = newest_.tokens;
  bool whole = true;
  while (reader.next(tokens)) {
    watch_memory();
    if (reader.counts().tokens > options.piece) whole = false;
    if (!whole) tokens.clear();
  }
  counts_ = reader.counts();
  report_ = reader.report();
  pieces_ = std::max<std::int64_t>(1, (counts_.tokens + options.piece - 1) / options.piece);
  most_in_piece_ = (counts_.tokens + pieces_ - 1) / pieces_;
  if (whole)
    newest_.number = 0;
  else
    tokens.shrink_to_fit();
}

std::int64_t TokenText::piece_size(std::int64_t number) const {
  return number + 1 < pieces_ ? most_in_piece_ : size() - (pieces_ - 1) * most_in_piece_;
}

std::span<const std::int32_t> TokenText::piece(std::int64_t number) {
  check(number >= 0 && number < pieces_,
        [&] { return text("piece ", number, " of a text in ", pieces_); });
  for (const Piece* kept : {&newest_, &before_})
    if (kept->number == number) return kept->tokens;
  load(number);
  return newest_.tokens;
}

void TokenText::load(std::int64_t number) {
  if (!reader_ || number < next_piece_) {
    reader_.emplace(part_, tokenizer_.get());  // what is to be told of the text was told
    next_piece_ = 0;
    begun_.clear();
  }
  before_ = std::exchange(newest_, Piece{});
  for (; next_piece_ <= number; ++next_piece_) {
    const auto wanted = static_cast<std::size_t>(piece_size(next_piece_));
    begun_.reserve(wanted + room_for_a_line);  // else it would grow to twice of that
    while (begun_.size() < wanted && reader_->next(begun_)) watch_memory();
    if (begun_.size() < wanted)
      throw Failure(ExitCode::data,
                    text(part_.path, ": has become shorter while it was read; give it back its ",
                         size(), " tokens, or start a new --run-dir"));
    const std::vector<std::int32_t> rest(begun_.begin() + piece_size(next_piece_), begun_.end());
    begun_.resize(wanted);
    if (next_piece_ == number) newest_ = {.number = number, .tokens = std::move(begun_)};
    begun_ = rest;
  }
  watch_memory();
}

std::vector<std::int32_t> TokenText::read(std::int64_t first, std::int64_t count) {
  std::vector<std::int32_t> tokens;
  const std::int64_t end = std::min(first + count, size());
  while (first < end) {
    const std::int64_t number = first / most_in_piece_, begin = number * most_in_piece_;
    const std::span<const std::int32_t> all = piece(number);
    const std::int64_t stop = std::min(end, begin + std::ssize(all));
    tokens.insert(tokens.end(), all.begin() + (first - begin), all.begin() + (stop - begin));
    first = stop;
  }
  return tokens;
}

std::int64_t TokenText::tokens_in_memory() const { return most_in_memory_; }

void TokenText::watch_memory() {
  most_in_memory_ = std::max(most_in_memory_, std::ssize(newest_.tokens) +
                                                  std::ssize(before_.tokens) + std::ssize(begun_));
}

}  // namespace lectern
