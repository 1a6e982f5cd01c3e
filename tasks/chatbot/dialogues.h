#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tasks/text/lines.h"

namespace lectern {

/// Who says something.
enum class Speaker { user, system };

constexpr std::string_view name_of(Speaker speaker) {
  switch (speaker) {
    case Speaker::user: return "user";
    case Speaker::system: return "system";
  }
  return {};
}

/// Whose turn it is: the user begins, and they take turns.
constexpr Speaker speaker_of(std::int64_t turn) {
  return turn % 2 == 0 ? Speaker::user : Speaker::system;
}

/// What somebody said, and where it stands.
struct Utterance {
  std::string text;
  std::int64_t line = 1;
};

/// What user and system said in turn; the user begins.
using Dialogue = std::vector<Utterance>;

/// What can be wrong with dialogues, beside what can be wrong with any text.
inline constexpr Finding no_last_reply{"a user's last word that nobody answers", "kept",
                                       "add the reply"};
inline constexpr Finding long_dialogue{"a dialogue of more tokens than task.length",
                                       "split between turns", "raise task.length"};
inline constexpr Finding long_turn{"more tokens in one turn than task.length", "cut",
                                   "raise task.length"};
inline constexpr Finding empty_turn{"no token in an utterance", "kept"};

/// A text of dialogues.
struct DialogueText {
  std::vector<Dialogue> dialogues;
  TextReport report = TextReport();
  std::uint32_t checksum = 0;  ///< of the lines, CRC-32C
};

/// Reads dialogues from a file, plain or .gz: a line is what somebody says, the user first, then in
/// turn; one or more blank lines stand between two dialogues. Invalid UTF-8 is mended; NUL bytes and
/// a dialogue that ends with the user are kept; both are counted.
///
/// \param strict  refuse what would be counted
/// \throws Failure (data) as LineReader does, for JSON, and for a file without any dialogue
/// Memory: the text.
DialogueText read_dialogues(const std::string& path, bool strict = false);

/// The lines of a text as one dialogue; blank ones count for nothing.
Dialogue dialogue_of(const std::string& text);

}  // namespace lectern
