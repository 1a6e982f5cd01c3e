#pragma once

#include <string>
#include <vector>

namespace lectern {

/// The curves in a run's metrics.jsonl.
struct MetricsFile {
  std::vector<double> train_steps, train_loss, learning_rate;
  std::vector<double> width_steps, widths;  ///< σ of learned windows, the mean of all heads
  std::vector<double> valid_steps, valid_loss, valid_score;
};

/// Lines that are no JSON, such as one that a kill cut in half, are passed over.
MetricsFile read_metrics(const std::string& path);

}  // namespace lectern
