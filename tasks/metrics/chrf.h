#pragma once

#include <cstdint>
#include <string>

#include "tasks/metrics/metric.h"

namespace lectern {

struct ChrfOptions {
  int character_order = 6;  ///< longest run of characters that is counted
  int word_order = 0;       ///< 0: chrF; 2: chrF++, which counts words and pairs of words too
  int beta = 2;             ///< how many times recall weighs as much as precision
  bool lowercase = false;
};

struct ChrfScore {
  double score;            ///< 0 … 100
  std::size_t references;  ///< how many references each line had
};

/// chrF of a text, equal to sacreBLEU 2 with the same options. Characters are code points; white
/// space is not counted.
///
/// \f[ \mathrm{chrF}_\beta = 100 \cdot \frac{(1 + \beta^2)\, P R}{\beta^2 P + R} \f]
///
/// where P and R are the precision and recall of n-grams, averaged over the orders n. Of several
/// references each line uses the one with which it scores best.
/// \throws Failure  (data) when the numbers of lines differ, naming both
///
/// Source: Popović, "chrF: character n-gram F-score for automatic MT evaluation", 2015;
/// "chrF++: words helping character n-grams", 2017.
ChrfScore chrf(const Lines& hypotheses, const References& references,
               const ChrfOptions& options = {});

/// The same text sentence by sentence, for bootstrap.h.
CountedText count_chrf(const Lines& hypotheses, const References& references,
                       const ChrfOptions& options = {});

/// sacreBLEU's own line: `chrF2|nrefs:1|case:mixed|eff:yes|nc:6|nw:0|space:no|version:lectern-0.1.0
/// = 41.0`.
std::string chrf_text(const ChrfScore& score, const ChrfOptions& options = {},
                      const ScoreFormat& format = {});

}  // namespace lectern
