#pragma once

#include "tasks/metrics/metric.h"

namespace lectern {

struct GleuOptions {
  int iterations = 500;  ///< each draws one reference for every sentence
};

/// GLEU of corrected sentences: BLEU that also counts against a correction what it left as it was in
/// the source and no reference has.
///
/// \f[ p_n = \frac{\sum_{x \in C} \max\bigl(0,\; |x \cap R| - |x \cap (S \setminus R)|\bigr)}
///                 {\sum_{x \in C} |x|}, \qquad
///     \mathrm{GLEU} = \min\bigl(1, e^{1 - r/c}\bigr) \cdot \exp\Bigl(\tfrac14 \sum_{n=1}^{4} \ln p_n\Bigr) \f]
///
/// with the n-grams of a correction x, its source S and one reference R; S \ R are the n-grams of the
/// source that R has not at all. Words are what stands between blanks. Of several references each
/// iteration draws one for every sentence; the score is the mean over the iterations. They are drawn as
/// the published scorer draws them (Python 2's `random.seed(101 · iteration)`), so that the score is the
/// same to every digit: the uncorrected source of JFLEG has 38.21 on dev and 40.54 on test.
///
/// \return  0 … 100
/// \throws Failure  (data) when the numbers of lines differ, naming both
///
/// Cost: O(words · references), and ten additions for every sentence and iteration.
/// Source: Napoles et al., "Ground Truth for Grammatical Error Correction Metrics", 2015, and "GLEU
/// Without Tuning", 2016.
double gleu(const Lines& sources, const Lines& corrections, const References& references,
            const GleuOptions& options = {});

/// The same text sentence by sentence, for bootstrap.h: every sentence counts with the mean of its
/// references, which moves the score by a tenth from gleu().
CountedText count_gleu(const Lines& sources, const Lines& corrections,
                       const References& references);
/// The score of added-up counts of count_gleu.
double gleu_score(const Counts& sum);

}  // namespace lectern
