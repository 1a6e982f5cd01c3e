#pragma once

#include <vector>

#include "tasks/translation/statistical/lexical_table.h"

namespace lectern {

/// \addtogroup statistical
/// \{

/// What may stand for one word of f in the translation: no word (`doch`), one, or a few in a row
/// (`Holztisch`: `wooden table`). Brown et al. call these words of e a *cept*.
struct Rendering {
  std::vector<Word> words;
  double channel = 0.0;  ///< log t(f | words): the mean over the words, Model 1's; of none: NULL
  double direct = 0.0;   ///< log p(words | f): how often f was rendered so
};

/// The renderings of every word of f, by how it was aligned in a corpus.
class RenderingTable {
 public:
  struct Options {
    std::size_t longest = 3;         ///< words of e for one word of f
    std::size_t most = 20;           ///< renderings of one word of f
    std::int64_t seen_at_least = 1;  ///< times
  };

  RenderingTable() = default;
  explicit RenderingTable(std::vector<std::vector<Rendering>> of_word)
      : of_word_(std::move(of_word)) {}
  /// Aligns every pair. A word of f is rendered by the words of e that come from it, where they
  /// stand in a row; words of e between them, or right before them, that come from NULL belong to
  /// them, so that they can be written again (`steht`: `is standing`).
  /// \param aligner  of p(e | f)
  /// \param channel  t(f | e), learned the other way round
  RenderingTable(const std::vector<TokenPair>& pairs, const Aligner& aligner,
                 const LexicalTable& channel, const Options& options);

  /// Most frequent first; none for a word that was never seen.
  const std::vector<Rendering>& of(Word f) const;
  const std::vector<std::vector<Rendering>>& all() const { return of_word_; }

 private:
  std::vector<std::vector<Rendering>> of_word_;  // [vocab of f]
};

/// log of the mean of t(f | e) over the words e; t(f | NULL) where there are none.
double channel_score(const LexicalTable& channel, Word f, const std::vector<Word>& words);

/// \}

}  // namespace lectern
