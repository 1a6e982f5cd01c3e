#include "tasks/listops/listops_kind.h"

#include <iostream>

#include "tasks/failure.h"
#include "tasks/listops/expression.h"
#include "tasks/listops/generator.h"
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
  prepare_for_inference(task.model());
  const ListOpsScore score = task.score(wanted.split);
  const TokenScore& values = score.values;
  std::cout << "accuracy = " << accuracy_text(values.accuracy(), values.count) << ", "
            << values.count << " expressions\n"
            << "always saying " << score.commonest << " would give "
            << fixed(100.0 * score.commonest_share, 2) << " %\n"
            << "loss = " << fixed(values.loss(), 4) << " per expression\n";
}

TrainedExample example(const ExampleWanted& wanted) {
  const Config& config = wanted.config;
  const std::vector<std::int32_t> expression =
      wanted.text.empty()
          ? draw_expression(config.task, {.seed = static_cast<std::uint64_t>(config.train.seed),
                                          .split = Split::test})
          : parse_expression(wanted.text);
  const auto length = static_cast<std::int64_t>(expression.size()) + 1;
  if (length > config.model.max_length)
    throw Failure(ExitCode::usage,
                  text("the expression has ", length - 1, " tokens, but the model reads ",
                       config.model.max_length - 1, "; try a shorter one"));
  const auto model = std::make_shared<SequenceClassifier>(make_listops_model(config));
  load_parameters(*model, wanted.checkpoint);
  prepare_for_inference(*model);
  std::vector<std::string> tokens = {"whole"};
  for (const std::int32_t token : expression) tokens.push_back(expression_text({&token, 1}));
  const auto run = [model, batch = make_listops_batch({expression}, length)] {
    const NoGradient no_gradient;
    (*model)(batch.tokens);
  };
  const std::string name = wanted.text.empty() ? "the first test example" : "the expression given";
  return {model, run, name, tokens};
}

}  // namespace

TaskKind listops_kind() {
  return {.name = TaskConfig::Name::listops,
          .summary = "the value of nested expressions",
          .start = start,
          .evaluate = measure,
          .example = example};
}

}  // namespace lectern
