#pragma once

#include <cstdint>
#include <vector>

#include "tasks/text/corpus.h"

/// \defgroup statistical Translation before attention
/// \ingroup tasks
/// Rules, IBM Model 1, a hidden Markov aligner, a language model, and the search of a noisy
/// channel: what translated before there were networks, and what attention learned to do again.

namespace lectern {

/// \addtogroup statistical
/// \{

// As in Koehn's book, f is the sentence that is read and e the one that is written: in a TokenPair
// `source` and `target`. Brown et al. tell the story from the other end, so their e is our f.

/// A word's number; see Tokenizer.
using Word = std::int32_t;

/// What explains a word that no word of the other sentence explains. Tokenizers keep the number for
/// padding, so that no text holds it.
inline constexpr Word null_word = Tokenizer::pad;

/// For each word of e the place in f of the word that it comes from.
using Alignment = std::vector<int>;
inline constexpr int from_null = -1;

/// How probable it is that word j of e comes from word i of f, for all j and i.
struct LinkProbabilities {
  std::size_t source = 0;             ///< words of f
  std::vector<double> probabilities;  ///< `[target, 1 + source]`; column 0 is NULL

  /// The row of word j; it sums to one.
  const double* row(std::size_t j) const { return probabilities.data() + j * (source + 1); }
  double* row(std::size_t j) { return probabilities.data() + j * (source + 1); }
};

/// The pairs with their two sides exchanged: what learns p(f | e) instead of p(e | f).
std::vector<TokenPair> exchanged(std::vector<TokenPair> pairs);

class LexicalTable;

/// A model of which word of f each word of e comes from.
class Aligner {
 public:
  virtual ~Aligner() = default;
  /// t(e | f)
  virtual const LexicalTable& table() const = 0;
  /// The most probable alignment (Viterbi).
  virtual Alignment align(const TokenPair& pair) const = 0;
  /// All alignments, each as much as it is probable.
  virtual LinkProbabilities posterior(const TokenPair& pair) const = 0;
  /// log p(e | f), natural, without the probability of e's length.
  virtual double log_likelihood(const TokenPair& pair) const = 0;
};

/// \}

}  // namespace lectern
