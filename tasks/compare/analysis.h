#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tasks/compare/runner.h"
#include "tasks/metrics/bootstrap.h"

namespace lectern {

/// A figure with the interval in which it lies at 95 per cent.
struct Estimate {
  double value = 0.0;
  double low = 0.0, high = 0.0;
};

/// One run on its own: its interval is over other examples of the same kind (bootstrap).
Estimate estimate_of(const RunResult& run);

/// A variant: the mean over its seeds. The interval is over other seeds, Student's t with seeds − 1
/// degrees of freedom; with one or two seeds, which say nothing of others, it is over other examples.
Estimate estimate_of(const VariantResult& variant);

/// A variant against the baseline.
struct Against {
  double difference = 0.0;  ///< of the means: variant − baseline
  double p_value = 1.0;
  bool better = false;  ///< by the mean, in the direction of the task
};

/// Compares two variants pair by pair: run with run of the same seed, example with example. What has
/// diverged in one of them counts in neither. Nothing where no pair is left, where their examples do
/// not add up to the figure, or are not as many.
///
/// All seeds' examples count as one text, of which both variants see the same resamples
/// (compare_systems). That says whether other examples would have given another winner; whether other
/// seeds would, the interval over seeds says.
std::optional<Against> against(const VariantResult& baseline, const VariantResult& variant);

/// The runs as comma-separated values, a line each, as RFC 4180 has them.
std::string runs_csv(const std::vector<VariantResult>& results, const std::string& baseline);

}  // namespace lectern
