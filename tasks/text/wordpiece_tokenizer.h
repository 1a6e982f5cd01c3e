#pragma once

#include "tasks/text/imported_tokenizer.h"

namespace lectern {

/// WordPiece as BERT has it (Devlin et al. 2019; the greedy split: Schuster and Nakajima 2012; Wu et al.
/// 2016, section 4.1). A text is split at white space, at punctuation marks and around every Chinese
/// character; control characters are left out. Of each word the longest piece of the vocabulary that it
/// begins with is taken, then the longest that the rest begins with, `##` before it in the vocabulary. A
/// word that cannot be spelled so, or has more than 100 characters, is one unknown token.
///
/// `<s>` is `[CLS]`, `</s>` is `[SEP]`, and `[MASK]` stands behind the vocabulary, where a masked language model
/// has its mask.
/// \param vocabulary  BERT's vocab.txt: a piece a line
/// \param lowercase   texts are lower-cased and lose their accents
/// Throws Failure(checkpoint) for a vocabulary without the five special tokens, or with a piece twice.
ImportedTokenizer read_wordpiece(const std::string& vocabulary, bool lowercase);

}  // namespace lectern
