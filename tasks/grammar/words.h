#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace lectern {

/// What a word of a line is.
enum class WordRule {
  spaces,    ///< what stands between white space: the text has been cut before
  treebank,  ///< as in the Penn Treebank: `don't stop.` is `do n't stop .`
};

constexpr std::string_view name_of(WordRule rule) {
  switch (rule) {
    case WordRule::spaces: return "spaces";
    case WordRule::treebank: return "treebank";
  }
  return {};
}

/// A word, and where it stands in its line [bytes].
struct LineWord {
  std::string text;
  std::size_t begin = 0, end = 0;
};

/// Cuts a line into words. By `treebank` punctuation marks, brackets, quotes and the clitics n't, 's, 'm,
/// 'd, 'll, 're and 've are words of their own; a comma or a colon between digits is not, nor is a full
/// stop before the end of the line (`Mr.`, `U.S.`). Quotes stay as they are typed. A line that has
/// been cut is not cut further.
///
/// Cost: O(bytes). Source: MacIntyre, the Treebank's tokenizer script, 1995, without its rewriting of
/// quotes and brackets.
std::vector<LineWord> cut_words(std::string_view line, WordRule rule);

/// The texts of the words.
std::vector<std::string> texts_of(const std::vector<LineWord>& words);

/// Words with a blank between each two: the form that a model reads and writes.
std::string with_blanks(const std::vector<std::string>& words);

/// Whether a word has letters (of any language), and nothing but letters of English.
bool has_letters(std::string_view word);
bool is_plain_word(std::string_view word);

/// How many changes of letters make one word of another: a letter is left out, put in, replaced, or two
/// neighbours change places (Damerau 1964). Cost: O(letters of the one · letters of the other).
std::size_t letter_changes(std::string_view a, std::string_view b);

/// In ASCII alone: the small letters, and whether the first letter is a capital.
std::string small_letters(std::string_view word);
bool is_capitalised(std::string_view word);
/// With a large or a small first letter.
std::string with_capital(std::string word);
std::string without_capital(std::string word);

}  // namespace lectern
