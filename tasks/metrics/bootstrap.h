#pragma once

#include "tasks/metrics/metric.h"

namespace lectern {

struct BootstrapOptions {
  int resamples = 1000;
  unsigned seed = 12345;  ///< the same seed gives the same numbers on every machine
};

/// Says how much a score would move had the test text been another one of its kind: draws as many
/// sentences as there are, with replacement, scores them, repeats. The interval is half the
/// distance between the scores at 2.5 and 97.5 per cent.
///
/// Cost: O(resamples · sentences) additions; no sentence is looked at again.
/// Source: Koehn, "Statistical Significance Tests for Machine Translation Evaluation", 2004.
/// sacreBLEU (`--confidence`) computes the same with another random generator.
Interval bootstrap_interval(const CountedText& text, const BootstrapOptions& options = {});

/// Two systems on the same lines.
struct Comparison {
  double difference;  ///< system's score - baseline's score
  double p_value;     ///< how often chance alone would make a difference at least as large
  Interval baseline, system;
};

/// Says whether two systems differ by more than chance, by scoring both on the same resampled
/// sentences: p is the share of resamples whose difference is further from the mean difference
/// than the observed one is from zero (as sacreBLEU's `--paired-bs`).
/// \throws Failure  (data) when the texts have different numbers of lines, naming both
Comparison compare_systems(const CountedText& baseline, const CountedText& system,
                           const BootstrapOptions& options = {});

}  // namespace lectern
