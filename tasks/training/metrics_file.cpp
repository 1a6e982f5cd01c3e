#include "tasks/training/metrics_file.h"

#include <fstream>
#include <nlohmann/json.hpp>

namespace lectern {

MetricsFile read_metrics(const std::string& path) {
  MetricsFile metrics;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const auto entry = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (!entry.is_object()) continue;
    if (entry.value("kind", "") == "train") {
      metrics.train_steps.push_back(entry.value("step", 0.0));
      metrics.train_loss.push_back(entry.value("loss", 0.0));
      metrics.learning_rate.push_back(entry.value("learning_rate", 0.0));
    } else if (entry.value("kind", "") == "valid") {
      metrics.valid_steps.push_back(entry.value("step", 0.0));
      metrics.valid_loss.push_back(entry.value("loss", 0.0));
      metrics.valid_score.push_back(entry.value("BLEU", 0.0));
    }
  }
  return metrics;
}

}  // namespace lectern
