#include "tasks/grammar/edits.h"

#include <algorithm>
#include <limits>
#include <optional>

#include "tasks/grammar/english.h"
#include "tasks/text/unicode.h"

namespace lectern {
namespace {

/// The distance of two words by their letters, as a share of the longer one.
double difference(std::string_view a, std::string_view b) {
  const std::string left = small_letters(a), right = small_letters(b);
  const std::size_t longer =
      std::max({code_points(left).size(), code_points(right).size(), std::size_t{1}});
  return static_cast<double>(letter_changes(left, right)) / static_cast<double>(longer);
}

bool is_like(std::string_view a, std::string_view b) { return difference(a, b) <= 0.5; }

/// How the best alignment of two beginnings ends.
enum class Move { none, keep, replace, leave_out, put_in, change_places };

/// The cheapest alignment. Leaving a word out, or putting one in, costs 1; replacing one from 1 for a
/// word of the same letters to 1.8 for one that has none of them.
class Alignment {
 public:
  Alignment(const std::vector<std::string>& original, const std::vector<std::string>& corrected)
      : original_(original),
        corrected_(corrected),
        columns_(corrected.size() + 1),
        cost_((original.size() + 1) * columns_, std::numeric_limits<double>::infinity()),
        move_(cost_.size(), Move::none) {
    cost_[0] = 0;
    for (std::size_t i = 0; i <= original.size(); ++i)
      for (std::size_t j = 0; j <= corrected.size(); ++j) fill(i, j);
  }

  /// Single changes, from left to right.
  std::vector<Edit> edits() const {
    std::vector<Edit> found;
    std::size_t i = original_.size(), j = corrected_.size();
    while (i > 0 || j > 0) {
      const Move move = move_[i * columns_ + j];
      const std::size_t read = move == Move::put_in ? 0 : move == Move::change_places ? 2 : 1;
      const std::size_t written = move == Move::leave_out ? 0 : move == Move::change_places ? 2 : 1;
      i -= read;
      j -= written;
      const auto from = corrected_.begin() + static_cast<std::ptrdiff_t>(j);
      if (move != Move::keep)
        found.push_back({i, i + read, {from, from + static_cast<std::ptrdiff_t>(written)}});
    }
    std::ranges::reverse(found);
    return found;
  }

 private:
  void offer(std::size_t i, std::size_t j, Move move, double cost) {
    const std::size_t at = i * columns_ + j;
    if (cost >= cost_[at] - 1e-9) return;
    cost_[at] = cost;
    move_[at] = move;
  }
  void fill(std::size_t i, std::size_t j) {
    const auto cost = [&](std::size_t a, std::size_t b) { return cost_[a * columns_ + b]; };
    if (i > 0 && j > 0) {
      const std::string &word = original_[i - 1], &other = corrected_[j - 1];
      if (word == other)
        offer(i, j, Move::keep, cost(i - 1, j - 1));
      else
        offer(i, j, Move::replace, cost(i - 1, j - 1) + 1 + 0.8 * difference(word, other));
    }
    if (i > 1 && j > 1 && original_[i - 1] == corrected_[j - 2] &&
        original_[i - 2] == corrected_[j - 1])
      offer(i, j, Move::change_places, cost(i - 2, j - 2) + 1.5);
    if (i > 0) offer(i, j, Move::leave_out, cost(i - 1, j) + 1);
    if (j > 0) offer(i, j, Move::put_in, cost(i, j - 1) + 1);
  }

  const std::vector<std::string>&original_, &corrected_;
  std::size_t columns_;
  std::vector<double> cost_;
  std::vector<Move> move_;
};

bool stands_for_itself(const std::vector<std::string>& words, const Edit& edit) {
  return edit.end == edit.begin + 1 && edit.replacement.size() == 1 &&
         is_like(words[edit.begin], edit.replacement[0]);
}

bool is_mark(std::string_view word) {
  return word == "," || word == "." || word == ";" || word == ":" || word == "!" || word == "?" ||
         word == ")" || word == "]" || word == "%" || word == "''" || word == "...";
}

/// Words that are written close to the one before them, in a text that nobody has cut.
bool leans_back(std::string_view word) {
  return is_mark(word) || word == "n't" || (word.starts_with('\'') && has_letters(word));
}

bool leans_forward(std::string_view word) {
  return word == "(" || word == "[" || word == "``" || word == "$" || word == "#";
}

/// Whether a line writes marks close to their words: nothing says otherwise.
bool is_close(const std::vector<LineWord>& words) {
  for (std::size_t i = 1; i < words.size(); ++i)
    if (leans_back(words[i].text) && words[i].begin > words[i - 1].end) return false;
  return true;
}

/// Writes words of a line, and others between them.
class LineWriter {
 public:
  LineWriter(std::string_view line, const std::vector<LineWord>& words)
      : line_(line), words_(words), close_(is_close(words)) {
    written_ = line.substr(0, words.empty() ? 0 : words[0].begin);
  }

  /// A word in the place of word `i`, with the white space that stood before it.
  void original(std::size_t i, const std::string& word) {
    if (begun_) written_ += place_ ? space_before(i) : blank_before(word);
    write(word);
    place_ = i;
  }
  void inserted(const std::string& word) {
    if (begun_) written_ += blank_before(word);
    write(word);
    place_.reset();
  }
  /// What was written last stands for the words up to this one.
  void stands_for(std::size_t i) { place_ = i; }
  std::string line() const {
    return written_ + std::string(line_.substr(words_.empty() ? 0 : words_.back().end));
  }

 private:
  void write(const std::string& word) {
    written_ += word;
    last_ = word;
    begun_ = true;
  }
  /// As it was behind the word before, unless words between were left out and this one was close to
  /// them.
  std::string_view space_before(std::size_t i) const {
    const std::size_t end = words_[*place_].end;
    if (words_[i].begin == words_[i - 1].end) return {};
    return line_.substr(end, words_[*place_ + 1].begin - end);
  }
  std::string_view blank_before(const std::string& word) const {
    return close_ && (leans_back(word) || leans_forward(last_)) ? "" : " ";
  }

  std::string_view line_;
  const std::vector<LineWord>& words_;
  bool close_;
  std::string written_, last_;
  bool begun_ = false;
  std::optional<std::size_t> place_;  // the word that `last_` stands for
};

}  // namespace

std::vector<Edit> edits_between(const std::vector<std::string>& original,
                                const std::vector<std::string>& corrected) {
  std::vector<Edit> merged;
  for (Edit& edit : Alignment(original, corrected).edits()) {
    const bool touches =
        !merged.empty() && merged.back().end == edit.begin &&
        !(stands_for_itself(original, merged.back()) && stands_for_itself(original, edit));
    if (!touches) {
      merged.push_back(std::move(edit));
      continue;
    }
    Edit& last = merged.back();
    last.end = edit.end;
    last.replacement.insert(last.replacement.end(), edit.replacement.begin(),
                            edit.replacement.end());
  }
  return merged;
}

std::vector<std::string> with_edits(const std::vector<std::string>& words,
                                    const std::vector<Edit>& edits) {
  std::vector<std::string> edited;
  std::size_t done = 0;
  const auto copy_to = [&](std::size_t end) {
    for (; done < end; ++done) edited.push_back(words[done]);
  };
  for (const Edit& edit : edits) {
    copy_to(edit.begin);
    edited.insert(edited.end(), edit.replacement.begin(), edit.replacement.end());
    done = edit.end;
  }
  copy_to(words.size());
  return edited;
}

std::string line_with_edits(std::string_view line, const std::vector<LineWord>& words,
                            const std::vector<Edit>& edits) {
  LineWriter writer(line, words);
  std::size_t next = 0;
  for (const Edit& edit : edits) {
    for (; next < edit.begin; ++next) writer.original(next, words[next].text);
    for (std::size_t i = 0; i < edit.replacement.size(); ++i)
      if (i == 0 && edit.begin < edit.end)
        writer.original(edit.begin, edit.replacement[0]);
      else
        writer.inserted(edit.replacement[i]);
    if (!edit.replacement.empty() && edit.begin < edit.end) writer.stands_for(edit.end - 1);
    next = edit.end;
  }
  for (; next < words.size(); ++next) writer.original(next, words[next].text);
  return writer.line();
}

ErrorKind kind_of(const std::vector<std::string>& words, const Edit& edit) {
  const auto first = words.begin() + static_cast<std::ptrdiff_t>(edit.begin);
  std::vector<std::string> from(first, words.begin() + static_cast<std::ptrdiff_t>(edit.end)),
      to = edit.replacement;
  const auto all = [&](auto test) {
    return std::ranges::all_of(from, test) && std::ranges::all_of(to, test);
  };
  if (all([](const std::string& word) { return !has_letters(word) || word == "'s"; }))
    return ErrorKind::punctuation;
  for (std::string& word : from) word = small_letters(word);
  for (std::string& word : to) word = small_letters(word);
  if (from == to) return ErrorKind::capitals;
  if (all(is_article)) return ErrorKind::article;
  if (all([](const std::string& word) { return !preposition_group(word).empty(); }))
    return ErrorKind::preposition;
  std::vector<std::string> sorted_from = from, sorted_to = to;
  std::ranges::sort(sorted_from);
  std::ranges::sort(sorted_to);
  if (sorted_from == sorted_to) return ErrorKind::order;
  if (from.empty() && to.size() == 1 && is_left_out(to[0])) return ErrorKind::missing;
  if (from.size() != 1 || to.size() != 1) return ErrorKind::other;
  const std::string &wrong = from[0], &right = to[0];
  if (other_agreement(wrong) == right) return ErrorKind::agreement;
  const VerbUse left = verb_use(wrong), now = verb_use(right);
  if (left.forms != nullptr && left.forms == now.forms) {
    const auto present = [](const std::string& word, const VerbUse& use) {
      return word == use.forms->at(0) || word == use.forms->at(1);
    };
    return present(wrong, left) && present(right, now) ? ErrorKind::agreement : ErrorKind::tense;
  }
  if (other_number(wrong) == right) return ErrorKind::number;
  if (wrong + "s" == right || right + "s" == wrong) return ErrorKind::number;
  const auto& group = confused_with(wrong);
  if (std::ranges::find(group, right) != group.end()) return ErrorKind::confusion;
  return is_like(wrong, right) ? ErrorKind::spelling : ErrorKind::other;
}

EditMarks terminal_marks() { return {"\x1B[31;9m", "\x1B[0m", "\x1B[32m", "\x1B[0m"}; }

std::string marked_edits(const std::vector<std::string>& words, const std::vector<Edit>& edits,
                         const EditMarks& marks, std::string (*shown)(std::string_view)) {
  std::string line;
  const auto add = [&](const std::string& part) { line += (line.empty() ? "" : " ") + part; };
  std::size_t done = 0;
  const auto copy_to = [&](std::size_t end) {
    for (; done < end; ++done) add(shown(words[done]));
  };
  for (const Edit& edit : edits) {
    copy_to(edit.begin);
    std::vector<std::string> removed(words.begin() + static_cast<std::ptrdiff_t>(edit.begin),
                                     words.begin() + static_cast<std::ptrdiff_t>(edit.end));
    if (!removed.empty())
      add(marks.deleted_begin + shown(with_blanks(removed)) + marks.deleted_end);
    if (!edit.replacement.empty())
      add(marks.inserted_begin + shown(with_blanks(edit.replacement)) + marks.inserted_end);
    done = edit.end;
  }
  copy_to(words.size());
  return line;
}

}  // namespace lectern
