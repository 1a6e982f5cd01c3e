#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tasks/grammar/error_kind.h"
#include "tasks/grammar/words.h"

namespace lectern {

/// One change of a sentence: its words `begin` … `end` − 1 are replaced.
struct Edit {
  std::size_t begin = 0, end = 0;             ///< equal: words are put in before word `begin`
  std::vector<std::string> replacement = {};  ///< empty: words are left out

  friend bool operator==(const Edit&, const Edit&) = default;
};

/// The smallest changes that make `corrected` of `original`, from left to right: Levenshtein's alignment
/// of words, in which a word is rather replaced by one of like letters, and two neighbours that change
/// places are one change (Damerau 1964). Changes that touch each other are one, unless each replaces a
/// word by one like it.
///
/// Cost: O(words of the one · words of the other · letters of a word²).
std::vector<Edit> edits_between(const std::vector<std::string>& original,
                                const std::vector<std::string>& corrected);

/// The words with some of their edits made.
std::vector<std::string> with_edits(const std::vector<std::string>& words,
                                    const std::vector<Edit>& edits);

/// The line that the words were cut from, with the edits made; what they leave alone stays as it was,
/// byte for byte. Where the line writes punctuation marks close to their words, so do the edits.
std::string line_with_edits(std::string_view line, const std::vector<LineWord>& words,
                            const std::vector<Edit>& edits);

/// What an edit of these words mends.
ErrorKind kind_of(const std::vector<std::string>& words, const Edit& edit);

/// How an edited line is shown: each part stands between the marks of its kind.
struct EditMarks {
  std::string deleted_begin, deleted_end, inserted_begin, inserted_end;
};

/// For a terminal: red and struck through, green.
EditMarks terminal_marks();

/// The words, with what is left out and what is put in between marks. `shown` prepares a word, for a
/// page for example.
std::string marked_edits(const std::vector<std::string>& words, const std::vector<Edit>& edits,
                         const EditMarks& marks, std::string (*shown)(std::string_view));

}  // namespace lectern
