#include "tasks/zoo/record.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "tasks/failure.h"
#include "tasks/metrics/metric.h"
#include "tasks/report/markup.h"
#include "tensor/safe_file.h"

namespace lectern {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<std::pair<Sign, std::string_view>, 10> sign_names = {{
    {Sign::looks_ahead, "looks_ahead"},
    {Sign::entropy, "entropy"},
    {Sign::word_size, "word_size"},
    {Sign::first_step, "first_step"},
    {Sign::reads_the_answer, "reads_the_answer"},
    {Sign::counted_padding, "counted_padding"},
    {Sign::counted_words, "counted_words"},
    {Sign::unsteadiness, "unsteadiness"},
    {Sign::gradient_error, "gradient_error"},
    {Sign::counted_twice, "counted_twice"},
}};

Json to_json(const Trial& trial) {
  Json signs = Json::object();
  for (const auto& [sign, name] : sign_names)
    if (trial.signs.contains(sign)) signs[std::string(name)] = trial.signs.at(sign);
  return {{"bug", name_of(trial.bug)},
          {"reversible", trial.reversible},
          {"seed", trial.seed},
          {"steps", trial.steps},
          {"training", trial.training},
          {"valid", trial.valid},
          {"bleu", trial.bleu},
          {"translation", trial.translation},
          {"length_ratio", trial.length_ratio},
          {"signs", signs}};
}

Bug bug_named(const std::string& name) {
  if (name == name_of(Bug::none)) return Bug::none;
  for (const BugNotes& notes : bug_notes)
    if (name == name_of(notes.bug)) return notes.bug;
  throw Failure(ExitCode::data, "there is no bug '" + name + "'");
}

Trial trial_of(const Json& json) {
  Trial trial{.bug = bug_named(json.at("bug")),
              .reversible = json.at("reversible"),
              .seed = json.at("seed"),
              .steps = json.at("steps"),
              .training = json.at("training"),
              .valid = json.at("valid"),
              .bleu = json.at("bleu"),
              .translation = json.at("translation"),
              .length_ratio = json.at("length_ratio")};
  for (const auto& [sign, name] : sign_names)
    if (json.at("signs").contains(name)) trial.signs[sign] = json.at("signs").at(name);
  const std::size_t points = trial.steps.size();
  if (trial.training.size() != points || trial.valid.size() != points ||
      trial.bleu.size() != points || points < 2)
    throw Failure(ExitCode::data, "a curve has not as many points as there are steps");
  return trial;
}

/// Mean, and largest minus smallest, of a curve's point over trials.
struct Spread {
  double mean, range;
};
Spread spread_of(const std::vector<const Trial*>& trials, std::vector<double> Trial::*curve,
                 std::size_t point) {
  double sum = 0, smallest = INFINITY, largest = -INFINITY;
  for (const Trial* trial : trials) {
    const double value = (trial->*curve).at(point);
    sum += value;
    smallest = std::min(smallest, value);
    largest = std::max(largest, value);
  }
  return {sum / static_cast<double>(trials.size()), largest - smallest};
}

}  // namespace

const std::array<ZooCurve, 3> curves = {{{"loss in training", &Trial::training},
                                         {"loss on new sentences", &Trial::valid},
                                         {"BLEU", &Trial::bleu}}};

std::string to_json(const ZooRecord& record) {
  Json trials = Json::array();
  for (const Trial& trial : record.trials) trials.push_back(to_json(trial));
  const Json json = {{"machine", record.machine},
                     {"command", record.command},
                     {"version", record.version},
                     {"trials", trials}};
  return json.dump(1) + "\n";
}

ZooRecord read_zoo_record(const std::string& path) {
  auto in = open_to_read(path);
  const Json json = Json::parse(in, nullptr, /*allow_exceptions=*/false);
  try {
    if (json.is_discarded()) throw Failure(ExitCode::data, "it is no JSON");
    ZooRecord record{.machine = json.at("machine"),
                     .command = json.at("command"),
                     .version = json.at("version")};
    for (const Json& trial : json.at("trials")) record.trials.push_back(trial_of(trial));
    return record;
  } catch (const Json::exception& error) {
    throw Failure(ExitCode::data,
                  text(path, ": is not what `lectern zoo --record` writes: ", error.what()));
  } catch (const Failure& failure) {
    throw Failure(ExitCode::data,
                  text(path, ": is not what `lectern zoo --record` writes: ", failure.what()));
  }
}

std::vector<const Trial*> trials_of(const ZooRecord& record, Bug bug, bool reversible) {
  std::vector<const Trial*> found;
  for (const Trial& trial : record.trials)
    if (trial.bug == bug && trial.reversible == reversible) found.push_back(&trial);
  return found;
}

Apart apart(const std::vector<const Trial*>& ill, const std::vector<const Trial*>& healthy,
            std::vector<double> Trial::*curve) {
  Apart found;
  std::size_t points = (healthy.at(0)->*curve).size();
  for (const std::vector<const Trial*>* trials : {&ill, &healthy})
    for (const Trial* trial : *trials) points = std::min(points, (trial->*curve).size());
  for (std::size_t point = 1; point < points; ++point, ++found.of) {
    const Spread a = spread_of(ill, curve, point), b = spread_of(healthy, curve, point);
    if (std::abs(a.mean - b.mean) > std::max(a.range, b.range)) ++found.points;
  }
  return found;
}

double sign_of(const std::vector<const Trial*>& trials, Sign sign) {
  double sum = 0;
  for (const Trial* trial : trials)
    sum += trial->signs.contains(sign) ? trial->signs.at(sign) : NAN;
  return sum / static_cast<double>(trials.size());
}

std::string sign_text(Sign sign, double value) {
  switch (sign) {
    case Sign::entropy:
    case Sign::reads_the_answer:
    case Sign::counted_padding: return fixed(100 * value, 0) + " %";
    case Sign::first_step: return fixed(100 * value, 2) + " %";
    case Sign::gradient_error: return readable(100 * value, 2) + " %";
    case Sign::counted_twice: return readable(value, 6);
    case Sign::looks_ahead:
    case Sign::word_size:
    case Sign::unsteadiness: return fixed(value, 2);
    case Sign::counted_words: return fixed(value, 1);
  }
  return {};
}

}  // namespace lectern
