#pragma once

#include <string>
#include <vector>

#include "tasks/compare/analysis.h"

namespace lectern {

/// What an experiment found, as one self-contained page.
struct ComparePage {
  const Experiment& experiment;
  const std::vector<VariantResult>& results;
  std::string machine = {};  ///< on what it was measured
  std::string command = {}, version = {};
};

/// For every case a table: the figure with its interval, the difference from the baseline and how
/// likely chance alone makes one as large, what a step costs; then pictures: quality against time,
/// quality over the cases where they are numbers, and the breakdown that the task gives.
std::string compare_page(const ComparePage& page);

}  // namespace lectern
