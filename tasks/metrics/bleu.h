#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "tasks/metrics/metric.h"

namespace lectern {

/// How BLEU cuts a line into words.
enum class BleuTokenizer {
  mteval_13a,  ///< see tokenize_13a; for ordinary, detokenized text
  none,        ///< at white space; for text that is tokenized already
};

/// What BLEU does with an n-gram order that has no match.
enum class BleuSmoothing {
  exponential,  ///< the k-th such order counts as 1/2ᵏ of a match (NIST)
  none,         ///< the score is 0
};

struct BleuOptions {
  BleuTokenizer tokenizer = BleuTokenizer::mteval_13a;
  BleuSmoothing smoothing = BleuSmoothing::exponential;
  bool lowercase = false;  ///< sacreBLEU's `-lc`
};

struct BleuScore {
  double score;                      ///< 0 … 100
  std::array<double, 4> precisions;  ///< of 1- to 4-grams, in per cent
  double brevity_penalty;            ///< 0 … 1
  std::int64_t hypothesis_length;    ///< words
  std::int64_t reference_length;     ///< words; of each line's reference of the closest length
  std::size_t references;            ///< how many references each line had
};

/// BLEU of a text, equal to sacreBLEU 2 with the same options.
///
/// \f[ \mathrm{BLEU} = b \cdot \exp\Bigl(\tfrac14 \sum_{n=1}^{4} \ln p_n\Bigr), \qquad
///     b = \min\bigl(1, e^{1 - r/h}\bigr) \f]
///
/// where p_n is the share of the hypotheses' n-grams that a reference has too, and h and r are the
/// lengths of hypotheses and references.
/// \throws Failure  (data) when the numbers of lines differ, naming both
///
/// Source: Papineni et al., "BLEU: a Method for Automatic Evaluation of Machine Translation", 2002;
/// the numbers' conventions: Post, "A Call for Clarity in Reporting BLEU Scores", 2018.
BleuScore bleu(const Lines& hypotheses, const References& references,
               const BleuOptions& options = {});

/// The same of the added-up counts of a text.
BleuScore bleu(const Counts& counts, const BleuOptions& options, std::size_t references);

/// The same text sentence by sentence, for bootstrap.h.
CountedText count_bleu(const Lines& hypotheses, const References& references,
                       const BleuOptions& options = {});

/// sacreBLEU's own line: `BLEU|nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:lectern-0.1.0 =
/// 17.2 72.7/33.3/7.1/5.0 (BP = 1.000 ratio = 1.000 hyp_len = 11 ref_len = 11)`.
std::string bleu_text(const BleuScore& score, const BleuOptions& options = {},
                      const ScoreFormat& format = {});

}  // namespace lectern
