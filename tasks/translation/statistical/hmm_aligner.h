#pragma once

#include "tasks/translation/statistical/ibm_model_1.h"

namespace lectern {

/// \addtogroup statistical
/// \{

/// A hidden Markov model of alignment: like Model 1, but where a word of e comes from depends on
/// where the word before it came from, by the width of the jump.
///
/// \f[ p(e \mid f) = \sum_a \prod_{j=1}^{J} p(a_j \mid a_{j-1}) \, t(e_j \mid f_{a_j}), \qquad
///     p(i \mid i') = (1 - p_0) \frac{c(i - i')}{\sum_{l=1}^{I} c(l - i')} \f]
///
/// The first word jumps from place 0, before f. With probability \f$ p_0 \f$ a word comes from
/// NULL, which keeps the place: the next jump is counted from \f$ i' \f$ still (Och and Ney's I
/// further states, one for each place, here with a state for place 0 too). All jumps wider than 30
/// words share one c to each side.
///
/// Source: Vogel, Ney and Tillmann, "HMM-Based Word Alignment in Statistical Translation", 1996,
/// section 4; NULL: Och and Ney, "A Systematic Comparison of Various Statistical Alignment Models",
/// 2003, section 2.1.
class HmmAligner : public Aligner {
 public:
  static constexpr int longest_jump = 30;  ///< to either side
  static constexpr std::size_t jump_widths = 2 * longest_jump + 1;

  /// \param table  where translation begins: Model 1's
  /// \param jumps  `[jump_widths]` c, from -longest_jump to +longest_jump; empty: all equal
  /// \param null_probability  \f$ p_0 \f$
  explicit HmmAligner(LexicalTable table, std::vector<double> jumps = {},
                      double null_probability = 0.2);

  const LexicalTable& table() const override { return table_; }
  Alignment align(const TokenPair& pair) const override;
  LinkProbabilities posterior(const TokenPair& pair) const override;
  double log_likelihood(const TokenPair& pair) const override;

  const std::vector<double>& jumps() const { return jumps_; }
  double null_probability() const { return null_probability_; }
  /// Where the jump from place `from` to word `to` has its c: places are counted from 1, place 0 is
  /// before the first word.
  static std::size_t jump_index(std::size_t from, std::size_t to);

 private:
  friend EmRound em_round(HmmAligner& model, const Cooccurrences& corpus);

  LexicalTable table_;
  std::vector<double> jumps_;
  double null_probability_;
};

/// A round of expectation-maximisation (Baum and Welch). Expectation: the forward-backward
/// recursion, each step scaled to sum to one. Maximisation: t as in Model 1. For c there is no
/// closed form, because the sum below it depends on i' and I; the update
///
/// \f[ c(d) \leftarrow \frac{\text{expected jumps of width } d}
///     {\sum_{\text{jumps}} [\, d \text{ has room} \,] \,/ \sum_{l=1}^{I} c(l - i')} \f]
///
/// maximises a bound that touches the likelihood at the present c (Hunter and Lange, "A Tutorial on
/// MM Algorithms", 2004), so that the likelihood cannot fall either. \f$ p_0 \f$ stays.
///
/// Cost: J · I² for each sentence pair. The result is the same for any number of threads.
/// \param model  made from a table of `corpus`
EmRound em_round(HmmAligner& model, const Cooccurrences& corpus);

/// \}

}  // namespace lectern
