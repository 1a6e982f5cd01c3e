#include "tasks/config/field.h"

#include <algorithm>

#include "tasks/config/task_table.h"

namespace lectern {

std::vector<const Field*> fields_of(const Config& config) {
  std::vector<const Field*> fields;
  const TaskTable* task = find_task_table(config.task.name);
  for (const Field& field : config_fields()) {
    fields.push_back(&field);
    if (field.table != "task" || !task) continue;
    for (const Field& key : task->keys) fields.push_back(&key);
  }
  return fields;
}

const Field* find_field(const Config& config, const std::string& key) {
  for (const Field* field : fields_of(config))
    if (field->key() == key) return field;
  return nullptr;
}

bool is_config_table(const std::string& name) {
  const auto inside = [&](const Field& field) { return field.table == name; };
  return std::ranges::any_of(config_fields(), inside);
}

bool is_chosen(const std::string& key, const std::vector<std::string>& chosen) {
  const std::string table = key.substr(0, key.find('.'));
  return std::ranges::count(chosen, key) + std::ranges::count(chosen, table) > 0;
}

Config defaults_for(const Config& config) {
  Config defaults;
  const TaskTable* task = find_task_table(config.task.name);
  if (task) defaults.task = {task->name, task->settings};
  if (task) defaults.train.valid_metric = task->metrics[0];
  if (task) defaults.tokenizer.kind = task->tokenizer;
  return defaults;
}

}  // namespace lectern
