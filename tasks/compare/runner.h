#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tasks/compare/result.h"
#include "tensor/collective.h"

namespace lectern {

/// Trains one configuration into a folder, or goes on where it stopped there. Returns 0 or the
/// signal that ended it (train_model of tasks/commands/train.h).
using TrainCell = std::function<int(const Config& config, const std::string& folder)>;

struct CompareOptions {
  std::string folder;   ///< of the experiment: runs, compare.csv, report.html
  int rounds = 5;       ///< in which the steps of all variants are measured in turn
  bool strict = false;  ///< refuse, in scoring, what would have to be mended, cut or left out
  std::function<void(const std::string& line)> say;  ///< what is done and what is left
  /// Who share the trainings, each of which one rank does alone; null: this process does all of
  /// them.
  ProcessGroup* ranks = nullptr;
};

/// A variant in one of the cases, with all its seeds.
struct VariantResult {
  std::string setting = {}, variant = {};
  std::vector<RunResult> runs = {};      ///< in the order of the seeds
  std::vector<RunResult> diverged = {};  ///< those without a score
  StepCost cost = {};
};

/// Does what is left of an experiment: trains, scores, measures. What is finished is read, never
/// repeated. A training that diverges is finished, too: that is what became of it. Of several ranks
/// the first one measures the steps, while the others wait, and has the results.
/// \return the signal that ended it, or 0
int run_experiment(const Experiment& experiment, const std::vector<Cell>& cells,
                   const TrainCell& train, const CompareOptions& options,
                   std::vector<VariantResult>& results);

}  // namespace lectern
