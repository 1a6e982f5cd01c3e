#include "tasks/compare/experiment.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <regex>

#include "tasks/config/toml.h"
#include "tasks/config/value.h"
#include "tasks/failure.h"

namespace lectern {
namespace {

/// As somebody would have typed it after `--set key=`.
std::string as_typed(const Value& value) {
  if (const auto* words = std::get_if<std::string>(&value)) return *words;
  if (const auto* list = std::get_if<std::vector<double>>(&value)) {
    std::string items;
    for (const double item : *list) items += (items.empty() ? "" : ",") + to_toml(item);
    return items;
  }
  return to_toml(value);
}

/// Reads the entries of one file, one after the other.
class Reader {
 public:
  explicit Reader(Experiment& experiment) : experiment_(experiment) {}

  void read(const TomlEntry& entry) {
    const std::size_t dot = entry.key.find('.');
    const std::string table = entry.key.substr(0, dot);
    const std::string rest = dot == std::string::npos ? "" : entry.key.substr(dot + 1);
    const bool known = table == "experiment" || table == "cases" || table == "variants";
    if (known && entry.is_table && rest.empty()) return;
    if (table == "experiment") return read_key(rest, entry);
    if (table == "cases" || table == "variants")
      return read_setting(table == "cases" ? experiment_.cases : experiment_.variants, rest, entry);
    fail(entry, text("unknown table \"", table, "\""),
         "there are [experiment], [cases.NAME] and [variants.NAME]");
  }

 private:
  [[noreturn]] void fail(const TomlEntry& entry, const std::string& problem,
                         const std::string& advice) const {
    throw Failure(ExitCode::usage,
                  text(experiment_.path, ":", entry.line, ": ", problem, "; ", advice));
  }

  std::string words(const TomlEntry& entry) const {
    const auto* value = std::get_if<std::string>(&entry.value);
    if (value == nullptr || value->empty())
      fail(entry, entry.key + " is no text", "put it in quotes");
    return *value;
  }

  void read_key(const std::string& key, const TomlEntry& entry) {
    if (entry.is_table) fail(entry, entry.key + " is a table", "it is a key of [experiment]");
    if (key == "question") {
      experiment_.question = words(entry);
    } else if (key == "base") {
      const auto beside = std::filesystem::path(experiment_.path).parent_path();
      experiment_.base = (beside / words(entry)).lexically_normal().string();
    } else if (key == "baseline") {
      experiment_.baseline = words(entry);
    } else if (key == "split") {
      experiment_.split = split_named(words(entry));
    } else if (key == "seeds") {
      read_seeds(entry);
    } else {
      fail(entry, text("unknown key \"", entry.key, "\""),
           "there are question, base, baseline, seeds and split");
    }
  }

  void read_seeds(const TomlEntry& entry) {
    const auto* list = std::get_if<std::vector<double>>(&entry.value);
    if (list == nullptr || list->empty())
      fail(entry, "experiment.seeds is no list of numbers", "try [1, 2, 3]");
    for (const double seed : *list) {
      if (seed < 0 || seed > 1e15 || seed != std::floor(seed))
        fail(entry, text("experiment.seeds has ", seed, ", no whole number from 0 to 10^15"),
             "try [1, 2, 3]");
      const auto whole = static_cast<std::int64_t>(seed);
      if (std::ranges::count(experiment_.seeds, whole) > 0)
        fail(entry, text("experiment.seeds has ", whole, " twice"), "leave one out");
      experiment_.seeds.push_back(whole);
    }
  }

  /// `name` is the header of a variant, `name.model.attention` one of its keys.
  void read_setting(std::vector<Variant>& list, const std::string& rest, const TomlEntry& entry) {
    static const std::regex folder_name("[A-Za-z0-9][A-Za-z0-9_-]*");
    const std::size_t dot = rest.find('.');
    const std::string name = rest.substr(0, dot);
    if (!std::regex_match(name, folder_name))
      fail(entry, text("\"", name, "\" is no name for a folder"), "use letters, digits, _ and -");
    auto found = std::ranges::find(list, name, &Variant::name);
    if (found == list.end()) found = list.insert(list.end(), {name});
    if (entry.is_table) return;  // [variants.NAME], or [variants.NAME.model]
    const std::string key = dot == std::string::npos ? "" : rest.substr(dot + 1);
    if (key.find('.') == std::string::npos)
      fail(entry, text("\"", entry.key, "\" names no key of a configuration"),
           text("try ", entry.key.substr(0, entry.key.size() - key.size()), "model.attention"));
    if (key == "train.seed")
      fail(entry, "train.seed is what experiment.seeds sets", "leave it out");
    found->settings.push_back(
        {key, as_typed(entry.value), text(experiment_.path, ":", entry.line)});
  }

  Experiment& experiment_;
};

void expect_complete(Experiment& experiment) {
  const auto missing = [&](const std::string& what, const std::string& advice) {
    throw Failure(ExitCode::usage, text(experiment.path, ": ", what, "; add ", advice));
  };
  if (experiment.base.empty())
    missing("experiment.base is not set",
            "the configuration that all runs share: base = \"recall.toml\"");
  if (experiment.variants.empty())
    missing("there is nothing to compare", "[variants.exact] and others, each with its keys");
  if (experiment.baseline.empty()) experiment.baseline = experiment.variants[0].name;
  if (std::ranges::count(experiment.variants, experiment.baseline, &Variant::name) == 0)
    missing(text("the baseline \"", experiment.baseline, "\" is none of the variants"),
            text("[variants.", experiment.baseline, "], or name another"));
  if (experiment.seeds.empty()) experiment.seeds = {1};
  if (experiment.cases.empty()) experiment.cases = {{""}};
}

}  // namespace

std::string Cell::folder() const {
  return (setting.empty() ? "" : setting + "/") + variant + text("/seed-", seed);
}

Experiment read_experiment(const std::string& path) {
  Experiment experiment{.path = path};
  Reader reader(experiment);
  for (const TomlEntry& entry : read_toml(toml_file(path), path)) reader.read(entry);
  expect_complete(experiment);
  return experiment;
}

std::vector<Cell> cells_of(const Experiment& experiment, const std::vector<Override>& typed) {
  for (const Override& entry : typed)
    if (entry.key == "train.seed")
      throw Failure(ExitCode::usage, entry.origin +
                                         ": the seeds are the experiment's; change its "
                                         "experiment.seeds");
  std::vector<Cell> cells;
  for (const std::int64_t seed : experiment.seeds)
    for (const Variant& setting : experiment.cases)
      for (const Variant& variant : experiment.variants) {
        std::vector<Override> settings = setting.settings;
        settings.insert(settings.end(), variant.settings.begin(), variant.settings.end());
        settings.insert(settings.end(), typed.begin(), typed.end());
        settings.push_back({"train.seed", text(seed), experiment.path});
        cells.push_back({setting.name, variant.name, seed, read_config(experiment.base, settings)});
      }
  return cells;
}

}  // namespace lectern
