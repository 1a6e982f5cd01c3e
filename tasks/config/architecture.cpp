#include "tasks/config/architecture.h"

#include "tasks/config/task_table.h"

namespace lectern {

bool is_recurrent(const Config& config) {
  switch (config.model.architecture) {
    case Architecture::transformer: return false;
    case Architecture::recurrent: break;
  }
  const TaskTable* task = find_task_table(config.task.name);
  return task == nullptr || !is_chosen("model.architecture", task->unused);
}

}  // namespace lectern
