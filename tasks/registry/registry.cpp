// The one list of tasks: a new one adds its line here and its name to TaskConfig.
#include "tasks/registry/registry.h"

#include <algorithm>

#include "tasks/language_model/language_model_kind.h"
#include "tasks/listops/listops_kind.h"
#include "tasks/synthetic/copy.h"
#include "tasks/synthetic/reverse.h"
#include "tasks/translation/translation_kind.h"

namespace lectern {

const TaskKind& task_kind(const Config& config) {
  static const std::vector<TaskKind> kinds = {
      translation_kind(), language_model_kind(), copy_kind(), reverse_kind(), listops_kind(),
  };
  const auto found = std::ranges::find(kinds, config.task.name, &TaskKind::name);
  check(found != kinds.end(),
        [&] { return text("no task ", task_name(config), " is registered"); });
  return *found;
}

}  // namespace lectern
