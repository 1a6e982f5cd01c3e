#include "tasks/training/metrics_file.h"

#include <fstream>
#include <nlohmann/json.hpp>

#include "tensor/safe_file.h"

namespace lectern {

namespace {

double number_of(const nlohmann::json& entry, const char* name) {
  const auto found = entry.find(name);
  return found != entry.end() && found->is_number() ? found->get<double>() : 0.0;
}

/// Of a list of numbers; what else stands there counts as 0.
double mean_of(const nlohmann::json& entry, const char* name) {
  const auto found = entry.find(name);
  if (found == entry.end() || !found->is_array() || found->empty()) return 0.0;
  double sum = 0.0;
  for (const nlohmann::json& number : *found)
    sum += number.is_number() ? number.get<double>() : 0.0;
  return sum / static_cast<double>(found->size());
}

}  // namespace

MetricsFile read_metrics(const std::string& path) {
  MetricsFile metrics;
  auto file = open_to_read(path);
  file.exceptions(std::ios::badbit);
  for (std::string line; std::getline(file, line);) {
    const auto entry = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (!entry.is_object() || !entry.contains("kind")) continue;
    if (entry["kind"] == "train") {
      metrics.train_steps.push_back(number_of(entry, "step"));
      metrics.train_loss.push_back(number_of(entry, "loss"));
      metrics.learning_rate.push_back(number_of(entry, "learning_rate"));
    } else if (entry["kind"] == "widths") {
      metrics.width_steps.push_back(number_of(entry, "step"));
      metrics.widths.push_back(mean_of(entry, "sigma"));
    } else if (entry["kind"] == "valid") {
      metrics.valid_steps.push_back(number_of(entry, "step"));
      metrics.valid_loss.push_back(number_of(entry, "loss"));
      metrics.valid_score.push_back(number_of(entry, "BLEU"));
    }
  }
  return metrics;
}

}  // namespace lectern
