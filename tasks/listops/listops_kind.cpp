#include "tasks/listops/listops_kind.h"

#include <iostream>

#include "tasks/listops/listops_task.h"
#include "tasks/metrics/metric.h"

namespace lectern {
namespace {

std::unique_ptr<Task> start(const TaskStart& begin) {
  const TaskConfig& task = begin.config.task;
  begin.journal.note(text("data: expressions of ", task.min_length, " to ", task.length,
                          " tokens, ", task.train_size, " new ones in an epoch"));
  return std::make_unique<ListOpsTask>(begin.config);
}

void measure(const Evaluation& wanted) {
  ListOpsTask task(wanted.config);
  load_parameters(task.model(), wanted.checkpoint);
  freeze(task.model());
  const ListOpsScore score = task.score(wanted.split);
  const TokenScore& values = score.values;
  std::cout << "accuracy = " << accuracy_text(values.accuracy(), values.count) << ", "
            << values.count << " expressions\n"
            << "always saying " << score.commonest << " would give "
            << fixed(100.0 * score.commonest_share, 2) << " %\n"
            << "loss = " << fixed(values.loss(), 4) << " per expression\n";
}

}  // namespace

TaskKind listops_kind() {
  return {.name = TaskConfig::Name::listops,
          .summary = "the value of nested expressions",
          .start = start,
          .evaluate = measure};
}

}  // namespace lectern
