#include "tasks/listops/listops_kind.h"

#include "tasks/config/settings.h"
#include "tasks/failure.h"
#include "tasks/listops/expression.h"
#include "tasks/listops/generator.h"
#include "tasks/listops/listops_task.h"
#include "tasks/metrics/metric.h"

namespace lectern {
namespace {

std::unique_ptr<Task> start(const TaskContext& context) {
  const auto& settings = context.config.task.as<ListOpsSettings>();
  context.journal.note(text("data: expressions of ", settings.min_length, " to ", settings.length,
                            " tokens, ", settings.sizes.train, " new ones in an epoch"));
  return std::make_unique<ListOpsTask>(context.config);
}

Evaluation measure(const EvaluationRequest& request) {
  ListOpsTask task(request.config);
  load_parameters(task.model(), request.checkpoint);
  prepare_for_inference(task.model());
  const ListOpsScore score = task.score(request.split);
  const TokenScore& values = score.values;
  const double commonest = 100.0 * score.commonest_share;
  return {
      .text = text("accuracy = ", accuracy_text(values.accuracy(), values.count), ", ",
                   values.count, " expressions\n", "always saying ", score.commonest,
                   " would give ", fixed(commonest, 2), " %\n", "loss = ", fixed(values.loss(), 4),
                   " per expression\n"),
      .figures = {{.name = "accuracy", .value = 100.0 * values.accuracy(), .unit = "%"},
                  {.name = "commonest value", .value = commonest, .unit = "%"},
                  {.name = "loss", .value = values.loss(), .unit = "per expression", .digits = 4}},
      .examples = values.examples};
}

TrainedExample example(const ExampleRequest& request) {
  const Config& config = request.config;
  const std::vector<std::int32_t> expression =
      request.text.empty() ? draw_expression(config.task.as<ListOpsSettings>(),
                                             {.seed = static_cast<std::uint64_t>(config.train.seed),
                                              .split = Split::test})
                           : parse_expression(request.text);
  const auto length = static_cast<std::int64_t>(expression.size()) + 1;
  if (length > config.model.max_length)
    throw Failure(ExitCode::usage,
                  text("the expression has ", length - 1, " tokens, but the model reads ",
                       config.model.max_length - 1, "; try a shorter one"));
  const auto model = std::make_shared<SequenceClassifier>(make_listops_model(config));
  load_parameters(*model, request.checkpoint);
  prepare_for_inference(*model);
  std::vector<std::string> tokens = {"whole"};
  for (const std::int32_t token : expression) tokens.push_back(expression_text({&token, 1}));
  const auto run = [model, batch = make_listops_batch({expression}, length)] {
    const NoGradient no_gradient;
    (*model)(batch.tokens);
  };
  const std::string name = request.text.empty() ? "the first test example" : "the expression given";
  return {model, run, name, tokens};
}

std::vector<Field> keys() {
  using S = ListOpsSettings;
  constexpr ValueRange tokens{1, 1'000'000};
  std::vector<Field> keys;
  auto rows = task_rows<S>(keys);
  rows.integer("min_length", &S::min_length, tokens, "shortest expression [tokens]");
  rows.integer("length", &S::length, {2, 1'000'000}, "longest expression [tokens]");
  rows.integer("max_depth", &S::max_depth, {1, 1000}, "nesting depth: levels of an expression");
  rows.integer("max_arguments", &S::max_arguments, {2, 1000}, "arguments of an operator");
  split_size_rows<S>(keys);
  return keys;
}

/// An operator and its bracket around the longest arguments, level after level, up to `enough`.
std::int64_t longest_expression(const ListOpsSettings& task, std::int64_t enough) {
  std::int64_t longest = 1;
  for (std::int64_t level = 1; level < task.max_depth && longest < enough; ++level)
    longest = 2 + task.max_arguments * longest;
  return longest;
}

void check_settings(const Settings& settings) {
  const auto& task = settings.config().task.as<ListOpsSettings>();
  const std::int64_t room = settings.config().model.max_length - 1;
  if (task.length > room)
    settings.disagree("task.length", "model.max_length", "and the token of the class are above",
                      text(room));
  if (task.min_length > task.length)
    settings.disagree("task.min_length", "task.length", "is above", text(task.length));
  const std::int64_t longest = longest_expression(task, task.min_length);
  if (longest < task.min_length)
    settings.disagree("task.min_length", "task.max_depth", "cannot be reached with", text(longest));
}

}  // namespace

TaskKind listops_kind() {
  return {.table = {.name = "listops",
                    .summary = "the value of nested expressions",
                    .settings = ListOpsSettings{},
                    .keys = keys(),
                    .metrics = {"accuracy", "loss"},
                    .unused = made_data_ignores(),
                    .check = check_settings},
          .start = start,
          .score = [](const Config&, const Counts& sum) { return accuracy_of(sum); },
          .evaluate = measure,
          .example = example};
}

}  // namespace lectern
