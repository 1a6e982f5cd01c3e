#pragma once

#include "tasks/translation/statistical/lexical_table.h"

namespace lectern {

/// \addtogroup statistical
/// \{

/// IBM Model 1: every word of e comes from some word of f, or from NULL (word 0), all of them
/// equally likely beforehand; the order of the words does not matter.
///
/// \f[ p(e \mid f) = \prod_{j=1}^{J} \frac{1}{I+1} \sum_{i=0}^{I} t(e_j \mid f_i) \f]
///
/// The sum over all \f$ (I+1)^J \f$ alignments has become a product of J sums, because each word
/// chooses for itself. The probability of the length J is left out: nothing depends on it.
///
/// Source: Brown et al., "The Mathematics of Statistical Machine Translation", 1993, section 4.1,
/// where e and f stand the other way round; Koehn, "Statistical Machine Translation", 2010, chapter
/// 4, as here.
class IbmModel1 : public Aligner {
 public:
  explicit IbmModel1(LexicalTable table) : table_(std::move(table)) {}

  const LexicalTable& table() const override { return table_; }
  /// \f[ a_j = \arg\max_i t(e_j \mid f_i) \f]
  /// the first of equals; NULL only where it is better than
  /// every word. A word that was never seen with any of them comes from NULL.
  Alignment align(const TokenPair& pair) const override;
  /// \f[ p(a_j = i \mid e, f) = \frac{t(e_j \mid f_i)}{\sum_{i'} t(e_j \mid f_{i'})} \f]
  LinkProbabilities posterior(const TokenPair& pair) const override;
  double log_likelihood(const TokenPair& pair) const override;

 private:
  LexicalTable table_;
};

/// A round of expectation-maximisation. Expectation: each word of e gives one count, shared among
/// the words of f by `posterior`. Maximisation: t(e | f) is f's counts, made to sum to one. The
/// likelihood cannot fall, and Model 1 has one summit only, so any start leads there.
///
/// Cost: two operations for each pair of words of each sentence pair. The result is the same for
/// any number of threads.
/// \param model   made from `corpus`: from its uniform_table() at first
EmRound em_round(IbmModel1& model, const Cooccurrences& corpus);

/// \}

}  // namespace lectern
