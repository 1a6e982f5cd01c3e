#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tasks/compare/cost.h"
#include "tasks/compare/experiment.h"
#include "tasks/task/evaluation.h"

namespace lectern {

/// What became of one training of an experiment.
struct RunResult {
  Cell cell;
  std::int64_t steps = 0;         ///< of the optimiser
  std::int64_t tokens = 0;        ///< read while it trained, padding not counted
  double training_seconds = 0;    ///< wall clock, validations and checkpoints with it
  double evaluation_seconds = 0;  ///< wall clock, of the whole scoring: for a translator its search
  Evaluation evaluation = {};
  std::string diverged = {};  ///< why there is no model to score; empty: there is one
  /// σ of learned windows while it trained, the mean of all heads, and the steps; empty: there are none.
  std::vector<double> width_steps = {}, widths = {};
};

/// The file in a run's folder that says it is finished: figures, and the counts of every example.
void write_result(const std::string& path, const RunResult& result);

/// Reads it back, for the `cell` that it must belong to.
/// \return  nothing where there is no such file: the run is not finished
/// \throws Failure (data) for a file that is damaged; (usage) for one whose run had other settings: the
///         key, what it was and what it is now
std::optional<RunResult> read_result(const std::string& path, const Cell& cell);

/// The costs of a variant's steps, measured once for all seeds.
void write_cost(const std::string& path, const StepCost& cost, const Config& config);
std::optional<StepCost> read_cost(const std::string& path, const Config& config);

}  // namespace lectern
