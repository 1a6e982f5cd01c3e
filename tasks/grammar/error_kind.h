#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace lectern {

/// What can be wrong with an English sentence, as far as the corruptor makes it and pages count it.
enum class ErrorKind {
  article,      ///< a, an, the: left out, one for another, or too many
  preposition,  ///< one for another, left out, or too many
  agreement,    ///< is/are, has/have, go/goes, this/these
  tense,        ///< another form of the verb
  number,       ///< book/books
  spelling,     ///< letters
  confusion,    ///< their/there, different/difference
  missing,      ///< a short word of grammar left out
  order,        ///< two words in each other's place
  punctuation,  ///< commas, full stops, 's: left out or too many
  capitals,     ///< a small letter for a large one
  other,        ///< of what changed a sentence: none of these
};
inline constexpr int error_kinds = 12;

constexpr std::string_view name_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::article: return "article";
    case ErrorKind::preposition: return "preposition";
    case ErrorKind::agreement: return "agreement";
    case ErrorKind::tense: return "tense";
    case ErrorKind::number: return "number";
    case ErrorKind::spelling: return "spelling";
    case ErrorKind::confusion: return "confusion";
    case ErrorKind::missing: return "missing";
    case ErrorKind::order: return "order";
    case ErrorKind::punctuation: return "punctuation";
    case ErrorKind::capitals: return "capitals";
    case ErrorKind::other: return "other";
  }
  return {};
}

/// How often each kind happened, by ErrorKind.
using ErrorCounts = std::array<std::int64_t, error_kinds>;

}  // namespace lectern
