#pragma once

#include "tasks/text/imported_tokenizer.h"

namespace lectern {

/// Byte-level byte-pair encoding as GPT-2 has it (Radford et al. 2019, section 2.2). A text is split
/// into runs of letters, of numbers and of other characters, each with a space before it if there is
/// one, into white space, and into the endings of English contractions ('s, 't, 'll, …). The bytes of
/// each are tokens; of two neighbours the pair that comes first in the list of merges is joined, until
/// none is left. No text has an unknown token.
///
/// `</s>` is the end of a line, "\n", and `<s>` is `<|endoftext|>`, if the vocabulary has them. They have no
/// padding and no unknown token.
/// \param vocabulary  GPT-2's vocab.json: tokens, in which a letter stands for each byte, and numbers
/// \param merges      its merges.txt: two tokens a line
/// Throws Failure(checkpoint) saying which file and line cannot be understood.
ImportedTokenizer read_byte_level_bpe(const std::string& vocabulary, const std::string& merges,
                                      bool lowercase);

/// Both files, from what serialize() wrote.
struct ByteLevelBpeFiles {
  std::string vocabulary, merges;
};
ByteLevelBpeFiles byte_level_bpe_files(const std::string& bytes);
ImportedTokenizer deserialize_byte_level_bpe(const std::string& bytes, bool lowercase);

/// The parts of a text that are encoded by themselves.
std::vector<std::string_view> split_as_gpt2(std::string_view text);

}  // namespace lectern
