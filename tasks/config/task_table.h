#pragma once

#include <any>
#include <functional>
#include <string>
#include <vector>

#include "tasks/config/field.h"

namespace lectern {

class Settings;

/// What a configuration knows of a task: its keys in the table [task], and what goes together.
struct TaskTable {
  std::string name;                       ///< what `task.name` says: `listops`
  std::string summary;                    ///< what is learned: `the value of nested expressions`
  std::any settings = {};                 ///< a struct of the task's own, with its defaults
  std::vector<Field> keys = {};           ///< of the table [task]; get and set see `settings`
  std::vector<std::string> metrics = {};  ///< for train.valid_metric; the first one is usual
  std::vector<std::string> unused = {};   ///< tables and keys that mean nothing to this task
  TokenizerKind tokenizer = TokenizerKind::bpe;  ///< tokenizer.kind where it is not set
  /// Calls Settings::disagree for values that contradict each other; null: nothing can.
  std::function<void(const Settings&)> check = nullptr;
};

/// The one list of tasks that configurations can name, in the order in which they were added.
const std::vector<const TaskTable*>& task_tables();

/// Adds a task; see add_task, tasks/task/task_kind.h. Throws where the name is taken.
void add_task_table(TaskTable table);

/// The table of that name, or null.
const TaskTable* find_task_table(const std::string& name);

}  // namespace lectern
