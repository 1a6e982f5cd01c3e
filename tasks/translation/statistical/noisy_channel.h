#pragma once

#include <cstdint>
#include <vector>

#include "tasks/translation/statistical/ngram_model.h"
#include "tasks/translation/statistical/renderings.h"

namespace lectern {

/// \addtogroup statistical
/// \{

/// The parts of a translation's score, natural logarithms but for the last two.
struct ChannelScores {
  double channel = 0.0;     ///< log p(f | e): what the channel made of every word
  double direct = 0.0;      ///< log p(e | f), word by word
  double language = 0.0;    ///< log p(e)
  double distortion = 0.0;  ///< minus the words that were jumped over
  double words = 0.0;       ///< words of e
};

/// How much each part counts. Bayes' rule says 1 for channel and language and 0 for the rest;
/// chosen on validation data they translate better (Och and Ney 2002).
struct ChannelWeights {
  double channel = 1.0;
  double direct = 0.0;
  double language = 1.0;
  double distortion = 0.0;
  double words = 0.0;

  /// The weighted sum.
  double operator()(const ChannelScores& scores) const {
    return channel * scores.channel + direct * scores.direct + language * scores.language +
           distortion * scores.distortion + words * scores.words;
  }
};

/// A translation, and how it came about.
struct ChannelTranslation {
  /// One word of f, in the order in which they were translated.
  struct Step {
    std::size_t source = 0;   ///< its place in f
    std::vector<Word> words;  ///< its rendering; `unknown` for a word that passes through
    ChannelScores scores;     ///< what the step added
  };
  std::vector<Step> steps;
  ChannelScores scores;  ///< of the whole, with `</s>`
  double score = 0.0;    ///< weighted

  std::vector<Word> words() const;
  /// For each word of the translation the place in f that it comes from.
  Alignment alignment() const;
};

struct ChannelSearch {
  std::size_t stack_size = 50;  ///< hypotheses that are kept for each number of translated words
  std::size_t renderings = 10;  ///< of each word of f that are tried
  std::size_t distortion_limit = 4;  ///< how far a word may be translated before its turn; below 64
};

/// The noisy channel: somebody thought e, and noise made f of it. Guess e:
///
/// \f[ \hat e = \arg\max_e \; p(f \mid e) \, p(e) \f]
///
/// p(e) is the language model's, p(f | e) the translation model's, of the alignment that the search
/// chooses: every word of f is rendered once, one after another, mostly in order, and e grows to
/// the right. A word that was never seen passes through as it is.
///
/// The search is a beam search with stacks (Koehn 2010, chapter 6). A hypothesis is the beginning
/// of a translation; stack n holds those that have translated n words of f. What they still have to
/// do is estimated: the best rendering of each word left, as if the language model knew no history.
/// Two hypotheses that no future can tell apart (the same words of f translated, the same last one,
/// the same two last words of e) become one. A word may be translated `distortion_limit` places
/// before the first that is not, and a jump costs its width.
///
/// Cost: words of f · stack_size · (distortion_limit + 1) · renderings language model
/// probabilities. Source: Brown et al., "A Statistical Approach to Machine Translation", 1990;
/// Tillmann and Ney, "Word Reordering and a Dynamic Programming Beam Search Algorithm for SMT",
/// 2003; Och and Ney, "Discriminative Training and Maximum Entropy Models for SMT", 2002.
class NoisyChannel {
 public:
  /// Keeps references to both.
  NoisyChannel(const RenderingTable& renderings, const NgramModel& language,
               const ChannelWeights& weights, const ChannelSearch& search = {});

  /// An empty sentence becomes an empty translation.
  ChannelTranslation translate(const std::vector<Word>& source) const;

  /// The renderings of a word that are tried, best first by their own scores.
  std::vector<Rendering> candidates(Word f) const;
  /// What a step adds: `rendering` for the word at `place`, after the one at `last` (-1: none yet).
  ChannelScores step_scores(const Rendering& rendering, std::int64_t place, std::int64_t last,
                            NgramModel::History history) const;

 private:
  class Search;
  const RenderingTable& renderings_;
  const NgramModel& language_;
  ChannelWeights weights_;
  ChannelSearch search_;
};

/// \}

}  // namespace lectern
