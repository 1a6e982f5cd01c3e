#include "tasks/config/without_effect.h"

#include <algorithm>

#include "tasks/config/task_table.h"

namespace lectern {
namespace {

/// Why the key changes nothing; empty where it does.
std::string reason(const Config& config, const Field& field) {
  const TaskTable* task = find_task_table(config.task.name);
  if (task && is_chosen(field.key(), task->unused))
    return "the task " + task->name + " has no use for it";
  if (field.has_effect && !field.has_effect(config)) return "it is for " + field.needs;
  return "";
}

/// The sentence about a key; empty where it has an effect, or its default.
std::string sentence(const Config& config, const Field& field) {
  const Value value = field.get(config);
  if (value == field.get(defaults_for(config))) return "";
  const std::string why = reason(config, field);
  return why.empty() ? "" : field.key() + " = " + to_toml(value) + " has no effect: " + why;
}

}  // namespace

std::vector<std::string> settings_without_effect(const Config& config) {
  std::vector<std::string> sentences;
  for (const std::string& setting : config.passed_over)
    sentences.push_back(setting + " has no effect: the task " + config.task.name +
                        " has no such key");
  for (const Field* field : fields_of(config))
    if (std::string said = sentence(config, *field); !said.empty())
      sentences.push_back(std::move(said));
  return sentences;
}

std::vector<std::string> settings_without_effect(const Config& config,
                                                 const std::vector<Override>& typed) {
  std::vector<std::string> sentences = settings_without_effect(config);
  std::erase_if(sentences, [&](const std::string& sentence) {
    const auto names = [&](const Override& entry) { return sentence.starts_with(entry.key + " "); };
    return !std::ranges::any_of(typed, names);
  });
  return sentences;
}

}  // namespace lectern
