#include "tasks/compare/result.h"

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tasks/config/field.h"
#include "tasks/failure.h"
#include "tasks/training/output_file.h"
#include "tensor/safe_file.h"

namespace lectern {
namespace {

using Json = nlohmann::ordered_json;

/// The file as JSON, or nothing where there is none.
std::optional<Json> read_json(const std::string& path) {
  std::error_code absent;
  if (!std::filesystem::exists(path, absent)) return std::nullopt;
  auto in = open_to_read(path);
  const Json json = Json::parse(in, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded() || !json.is_object())
    throw Failure(ExitCode::data,
                  path + ": is damaged; delete it, and the run is scored once more");
  return json;
}

/// Runs `read`, which takes a file apart; what is not as write_* left it is said.
template <class Read>
auto understood(const std::string& path, const Read& read) {
  try {
    return read();
  } catch (const Json::exception&) {
    throw Failure(ExitCode::data,
                  path +
                      ": is not as this program wrote it; delete it, and the run is scored once "
                      "more");
  }
}

/// Settings may have been added to the experiment since; what a finished run was made with may not
/// have changed.
void expect_same_settings(const std::string& path, const std::string& before_toml,
                          const Config& now) {
  const Config before = parse_config(before_toml, path);
  for (const Field* field : fields_of(now)) {
    if (field->table == "log" || field->get(before) == field->get(now)) continue;
    throw Failure(
        ExitCode::usage,
        text(path, ": this run was made with ", field->key(), " = ", to_toml(field->get(before)),
             ", and the experiment now says ", to_toml(field->get(now)),
             "; delete its folder to train it anew, or choose another --run-dir"));
  }
}

Json to_json(const Evaluation& evaluation) {
  Json figures = Json::array();
  for (const Figure& figure : evaluation.figures)
    figures.push_back({{"name", figure.name},
                       {"value", figure.value},
                       {"unit", figure.unit},
                       {"digits", figure.digits}});
  return {{"text", evaluation.text},
          {"figures", figures},
          {"less_is_better", evaluation.less_is_better},
          {"breakdown",
           {{"by", evaluation.breakdown.by},
            {"at", evaluation.breakdown.at},
            {"value", evaluation.breakdown.value}}},
          {"examples", evaluation.examples}};
}

Evaluation evaluation_of(const Json& json) {
  Evaluation evaluation{.text = json.at("text"),
                        .less_is_better = json.at("less_is_better"),
                        .examples = json.at("examples"),
                        .breakdown = {.by = json.at("breakdown").at("by"),
                                      .at = json.at("breakdown").at("at"),
                                      .value = json.at("breakdown").at("value")}};
  for (const Json& figure : json.at("figures"))
    evaluation.figures.push_back({.name = figure.at("name"),
                                  .value = figure.at("value"),
                                  .unit = figure.at("unit"),
                                  .digits = figure.at("digits")});
  return evaluation;
}

}  // namespace

void write_result(const std::string& path, const RunResult& result) {
  const Json json = {{"configuration", to_toml(result.cell.config)},
                     {"steps", result.steps},
                     {"tokens", result.tokens},
                     {"training_seconds", result.training_seconds},
                     {"evaluation_seconds", result.evaluation_seconds},
                     {"width_steps", result.width_steps},
                     {"widths", result.widths},
                     {"evaluation", to_json(result.evaluation)},
                     {"diverged", result.diverged}};
  write_output(path, json.dump(1) + "\n");
}

std::optional<RunResult> read_result(const std::string& path, const Cell& cell) {
  const std::optional<Json> json = read_json(path);
  if (!json) return std::nullopt;
  return understood(path, [&] {
    expect_same_settings(path, json->at("configuration"), cell.config);
    return RunResult{.cell = cell,
                     .steps = json->at("steps"),
                     .tokens = json->at("tokens"),
                     .training_seconds = json->at("training_seconds"),
                     .evaluation_seconds = json->at("evaluation_seconds"),
                     .evaluation = evaluation_of(json->at("evaluation")),
                     .diverged = json->value("diverged", std::string()),
                     .width_steps = json->value("width_steps", std::vector<double>{}),
                     .widths = json->value("widths", std::vector<double>{})};
  });
}

void write_cost(const std::string& path, const StepCost& cost, const Config& config) {
  const Json json = {{"configuration", to_toml(config)},
                     {"step_seconds", cost.step},
                     {"attention_seconds", cost.attention},
                     {"forward_seconds", cost.forward},
                     {"peak_bytes", cost.peak},
                     {"step_operations", cost.operations},
                     {"forward_operations", cost.forward_operations},
                     {"forward_operations_by_formula", cost.counted_forward},
                     {"parameters", cost.parameters},
                     {"batches", cost.batches}};
  write_output(path, json.dump(1) + "\n");
}

std::optional<StepCost> read_cost(const std::string& path, const Config& config) {
  const std::optional<Json> json = read_json(path);
  if (!json) return std::nullopt;
  return understood(path, [&] {
    expect_same_settings(path, json->at("configuration"), config);
    return StepCost{.step = json->at("step_seconds"),
                    .attention = json->at("attention_seconds"),
                    .forward = json->at("forward_seconds"),
                    .peak = json->at("peak_bytes"),
                    .operations = json->at("step_operations"),
                    .forward_operations = json->at("forward_operations"),
                    .counted_forward = json->at("forward_operations_by_formula"),
                    .parameters = json->at("parameters"),
                    .batches = json->at("batches")};
  });
}

}  // namespace lectern
