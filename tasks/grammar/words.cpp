#include "tasks/grammar/words.h"

#include <algorithm>
#include <array>

#include "tasks/text/unicode.h"

namespace lectern {
namespace {

bool is_digit(char letter) { return letter >= '0' && letter <= '9'; }
bool is_small(char letter) { return letter >= 'a' && letter <= 'z'; }
bool is_large(char letter) { return letter >= 'A' && letter <= 'Z'; }

/// Marks that are words wherever they stand.
bool stands_alone(char letter) {
  return std::string_view("?!;()[]{}\"%$#").find(letter) != std::string_view::npos;
}

/// How many bytes from `at` on are one mark; 0: none.
std::size_t mark_at(std::string_view chunk, std::size_t at) {
  const char letter = chunk[at];
  std::size_t run = 1;
  while (at + run < chunk.size() && chunk[at + run] == letter) ++run;
  const bool repeats = letter == '.' || letter == '-' || letter == '`' || letter == '\'';
  if (repeats && run > 1) return run;
  if (stands_alone(letter) || letter == '`') return 1;
  if (letter != ',' && letter != ':') return 0;
  const bool in_number =
      at > 0 && is_digit(chunk[at - 1]) && at + 1 < chunk.size() && is_digit(chunk[at + 1]);
  return in_number ? 0 : 1;
}

/// Where the clitic of a word begins; its size where there is none.
std::size_t clitic_of(std::string_view word) {
  static constexpr std::array<std::string_view, 14> clitics = {
      "n't", "'s", "'m", "'d", "'ll", "'re", "'ve", "n’t", "’s", "’m", "’d", "’ll", "’re", "’ve"};
  const std::string small = small_letters(word);
  for (const std::string_view clitic : clitics)
    if (small.size() > clitic.size() && small.ends_with(clitic))
      return small.size() - clitic.size();
  return word.size();
}

class Cutter {
 public:
  explicit Cutter(std::string_view line) : line_(line) {}

  void cut(std::string_view chunk, bool last) {
    const std::size_t first = pieces_.size();
    const auto start = static_cast<std::size_t>(chunk.data() - line_.data());
    std::size_t begun = 0;
    for (std::size_t at = 0; at < chunk.size();) {
      const std::size_t mark = mark_at(chunk, at);
      if (mark > 0) {
        add(start + begun, start + at);
        add(start + at, start + at + mark);
        begun = at + mark;
      }
      at += std::max<std::size_t>(mark, 1);
    }
    add(start + begun, start + chunk.size());
    if (last) cut_full_stop(first);
    cut_apostrophes(first);
  }

  std::vector<LineWord> words() const {
    std::vector<LineWord> words;
    for (const auto& [begin, end] : pieces_)
      words.push_back({std::string(line_.substr(begin, end - begin)), begin, end});
    return words;
  }

 private:
  struct Piece {
    std::size_t begin, end;
  };

  void add(std::size_t begin, std::size_t end) {
    if (begin < end) pieces_.push_back({begin, end});
  }
  std::string_view text_of(const Piece& piece) const {
    return line_.substr(piece.begin, piece.end - piece.begin);
  }

  /// The last full stop of a line ends the sentence; that of `U.S.` may be both, and stays.
  void cut_full_stop(std::size_t first) {
    std::size_t at = pieces_.size();
    const auto closes = [](std::string_view text) {
      return text == "\"" || text == "''" || text == ")" || text == "]" || text == "}";
    };
    while (at > first && closes(text_of(pieces_[at - 1]))) --at;
    if (at == first) return;
    Piece& piece = pieces_[at - 1];
    const std::string_view text = text_of(piece);
    if (text.size() < 2 || !text.ends_with('.') || text.find('.') + 1 != text.size()) return;
    --piece.end;
    const std::size_t stop = piece.end;
    pieces_.insert(pieces_.begin() + static_cast<std::ptrdiff_t>(at), {stop, stop + 1});
  }

  void cut_apostrophes(std::size_t first) {
    const std::vector<Piece> before(pieces_.begin() + static_cast<std::ptrdiff_t>(first),
                                    pieces_.end());
    pieces_.resize(first);
    for (Piece piece : before) {
      const std::string_view text = text_of(piece);
      if (!has_letters(text) || text.size() < 2) {
        add(piece.begin, piece.end);
        continue;
      }
      const bool opens = text.front() == '\'' && clitic_of("x" + std::string(text)) != 1;
      if (opens) add(piece.begin, piece.begin + 1);
      if (opens) ++piece.begin;
      const bool closes = text.back() == '\'';
      if (closes) --piece.end;
      const std::size_t clitic = piece.begin + clitic_of(text_of(piece));
      add(piece.begin, clitic);
      add(clitic, piece.end);
      if (closes) add(piece.end, piece.end + 1);
    }
  }

  std::string_view line_;
  std::vector<Piece> pieces_;
};

}  // namespace

std::vector<LineWord> cut_words(std::string_view line, WordRule rule) {
  const std::vector<std::string_view> chunks = split_at_space(line);
  if (rule == WordRule::treebank) {
    Cutter cutter(line);
    for (std::size_t i = 0; i < chunks.size(); ++i) cutter.cut(chunks[i], i + 1 == chunks.size());
    return cutter.words();
  }
  std::vector<LineWord> words;
  for (const std::string_view chunk : chunks) {
    const auto begin = static_cast<std::size_t>(chunk.data() - line.data());
    words.push_back({std::string(chunk), begin, begin + chunk.size()});
  }
  return words;
}

std::vector<std::string> texts_of(const std::vector<LineWord>& words) {
  std::vector<std::string> texts;
  for (const LineWord& word : words) texts.push_back(word.text);
  return texts;
}

std::string with_blanks(const std::vector<std::string>& words) {
  std::string line;
  for (const std::string& word : words) line += (line.empty() ? "" : " ") + word;
  return line;
}

bool has_letters(std::string_view word) {
  return std::ranges::any_of(word, [](char letter) {
    return is_small(letter) || is_large(letter) || (static_cast<unsigned char>(letter) & 0x80) != 0;
  });
}

bool is_plain_word(std::string_view word) {
  return !word.empty() && std::ranges::all_of(word, [](char letter) {
    return is_small(letter) || is_large(letter);
  });
}

std::string small_letters(std::string_view word) {
  std::string small(word);
  for (char& letter : small)
    if (is_large(letter)) letter = static_cast<char>(letter - 'A' + 'a');
  return small;
}

bool is_capitalised(std::string_view word) { return !word.empty() && is_large(word.front()); }

std::string with_capital(std::string word) {
  if (!word.empty() && is_small(word.front()))
    word.front() = static_cast<char>(word.front() - 'a' + 'A');
  return word;
}

std::string without_capital(std::string word) {
  if (is_capitalised(word)) word.front() = static_cast<char>(word.front() - 'A' + 'a');
  return word;
}

std::size_t letter_changes(std::string_view a, std::string_view b) {
  const std::u32string left = code_points(a), right = code_points(b);
  const std::size_t columns = right.size() + 1;
  std::vector<std::size_t> cost((left.size() + 1) * columns);
  const auto at = [&](std::size_t i, std::size_t j) -> std::size_t& {
    return cost[i * columns + j];
  };
  for (std::size_t i = 0; i <= left.size(); ++i)
    for (std::size_t j = 0; j <= right.size(); ++j) {
      at(i, j) = std::max(i, j);
      if (i == 0 || j == 0) continue;
      const bool same = left[i - 1] == right[j - 1];
      at(i, j) = std::min({at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + (same ? 0 : 1)});
      if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1])
        at(i, j) = std::min(at(i, j), at(i - 2, j - 2) + 1);
    }
  return cost.back();
}

}  // namespace lectern
