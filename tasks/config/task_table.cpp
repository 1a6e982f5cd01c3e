#include "tasks/config/task_table.h"

#include <deque>

namespace lectern {
namespace {

struct Tables {
  std::deque<TaskTable> stored;  // never moves what it holds
  std::vector<const TaskTable*> listed;
};

Tables& tables() {
  static Tables tables;
  return tables;
}

}  // namespace

const std::vector<const TaskTable*>& task_tables() { return tables().listed; }

void add_task_table(TaskTable table) {
  check(!find_task_table(table.name),
        [&] { return text("there is a task ", table.name, " already; choose another name"); });
  check(!table.metrics.empty(),
        [&] { return text("the task ", table.name, " must name what it is measured by"); });
  tables().stored.push_back(std::move(table));
  tables().listed.push_back(&tables().stored.back());
}

const TaskTable* find_task_table(const std::string& name) {
  for (const TaskTable* table : task_tables())
    if (table->name == name) return table;
  return nullptr;
}

}  // namespace lectern
