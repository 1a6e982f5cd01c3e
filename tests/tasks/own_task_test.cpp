#include <iostream>

#include "autograd/ops/cross_entropy.h"
#include "nn/linear.h"
#include "tasks/commands/lectern_main.h"
#include "tasks/config/command_line.h"
#include "tasks/config/rows.h"
#include "tasks/config/settings.h"
#include "tasks/config/without_effect.h"
#include "tasks/task/task_kind.h"
#include "tasks/task/token_score.h"
#include "tasks/training/checkpoint.h"
#include "tasks/training/run_folder.h"
#include "tensor/precision.h"
#include "tests/tasks/config_testing.h"
#include "tests/tasks/library_tasks.h"
#include "tests/tasks/training_testing.h"

// A task of one's own, as a program outside the library would bring it: whether a number is at least
// half of `limit`, told by one linear layer from the number and a one beside it.

using namespace lectern;

namespace {

struct HalfSettings {
  std::int64_t limit = 8;
};

struct Numbers {
  Tensor rows;    // [batch, 2]
  Tensor halves;  // [batch] i32, 0 or 1
  std::int64_t target_tokens = 0, source_tokens = 0;

  template <class Visit>
  void visit_inputs(Visit visit) {
    visit(rows);
    visit(halves);
  }
};

Numbers numbers(std::int64_t limit) {
  std::vector<float> rows;
  std::vector<std::int32_t> halves;
  for (std::int64_t i = 0; i < limit; ++i) {
    rows.insert(rows.end(), {static_cast<float>(i) / static_cast<float>(limit), 1.0f});
    halves.push_back(2 * i >= limit);
  }
  return {tensor_of<float>({limit, 2}, rows), tensor_of<std::int32_t>({limit}, halves), limit,
          limit};
}

class HalfTask : public TaskOf<Numbers> {
 public:
  explicit HalfTask(const Config& config)
      : config_(config),
        init_(7),
        model_(2, 2, init_),
        all_(numbers(config.task.as<HalfSettings>().limit)) {}

  Module& model() override { return model_; }
  std::int64_t batches_in_epoch(std::int64_t) override { return 1; }
  Numbers batch(std::int64_t, std::int64_t) override { return all_; }
  Variable loss(const Numbers& batch) override {
    return cross_entropy(model_(Variable(batch.rows)), batch.halves, {});
  }
  bool can_validate() const override { return true; }
  Validation validate(ProcessGroup&) override {
    const NoGradient no_gradient;
    TokenScore score;
    score.add(model_(Variable(all_.rows)).value(), all_.halves);
    return {.loss = score.loss(), .score = 100.0 * score.accuracy(), .score_name = "accuracy"};
  }
  void describe(Checkpoint& checkpoint) override { describe_task(config_, checkpoint); }

 private:
  Config config_;
  Initializer init_;
  Linear model_;
  Numbers all_;
};

TaskKind half_kind() {
  std::vector<Field> keys;
  task_rows<HalfSettings>(keys).integer("limit", &HalfSettings::limit, {2, 100},
                                        "numbers are below it");
  return {.table = {.name = "half",
                    .summary = "which numbers are large",
                    .settings = HalfSettings{},
                    .keys = keys,
                    .metrics = {"accuracy", "loss"},
                    .unused = {"data", "tokenizer", "model", "attention", "decode"},
                    .check =
                        [](const Settings& settings) {
                          if (settings.config().task.as<HalfSettings>().limit % 2 != 0)
                            settings.disagree("task.limit", "task.name", "is odd for", "8");
                        }},
          .command = "halve",
          .start = [](const TaskContext& context) -> std::unique_ptr<Task> {
            const auto limit = context.config.task.as<HalfSettings>().limit;
            context.journal.note(text("data: ", limit, " numbers"));
            return std::make_unique<HalfTask>(context.config);
          },
          .evaluate =
              [](const EvaluationRequest& request) {
                HalfTask task(request.config);
                load_parameters(task.model(), request.checkpoint);
                ProcessGroup alone;
                const double accuracy = task.validate(alone).score;
                return Evaluation{
                    .text = text("accuracy = ", accuracy, '\n'),
                    .figures = {{.name = "accuracy", .value = accuracy, .unit = "%"}}};
              },
          .commands = {{.name = "halve",
                        .summary = "prints half of a number",
                        .example = "lectern halve 9",
                        .positionals = {{.name = "NUMBER", .help = "a whole number"}},
                        .run = [](const Arguments& arguments) {
                          std::cout << arguments.integer("NUMBER") / 2 << '\n';
                          return 0;
                        }}}};
}

const bool half_is_known = (add_task(half_kind()), true);

constexpr const char* toml = R"([task]
name = "half"
limit = 10
[train]
learning_rate = 0.3
schedule = "constant"
warmup_steps = 0
max_steps = 60
valid_every = 20
save_every = 20
weight_decay = 0.0
[log]
tensorboard = false
)";

}  // namespace

TEST_CASE("a task of one's own has keys, checks and a metric in the configuration", "[own_task]") {
  const Config config = parse_config(toml, "half.toml");
  CHECK(config.task.as<HalfSettings>().limit == 10);
  CHECK(config.train.valid_metric == "accuracy");
  CHECK(contains(to_toml(config), "[task]\nname = \"half\""));
  CHECK(contains(to_toml(config), "\nlimit = 10 "));
  CHECK(parse_config(to_toml(config), "printed") == config);
  const auto refusal = [](const std::string& key, const std::string& value) {
    return usage_error([&] { parse_config(toml, "half.toml", {{key, value, "--set"}}); });
  };
  CHECK(refusal("task.limit", "101") ==
        "--set: task.limit = 101 is not a whole number in [2, 100]; try 8");
  CHECK(refusal("task.limit", "5") ==
        "--set: task.limit = 5 is odd for task.name = \"half\"; try 8");
  CHECK(contains(refusal("task.limits", "4"), "did you mean task.limit?"));
  CHECK(contains(refusal("train.valid_metric", "bleu"), "try \"accuracy\""));
  CHECK(contains(refusal("task.name", "hlaf"), "is not one of \"translation\", "));
  CHECK(settings_without_effect(config).empty());
  CHECK_THROWS(add_task(half_kind()));  // the name is taken
}

TEST_CASE("a command's help shows the keys of a task of one's own", "[own_task]") {
  const Command train{.name = "train",
                      .summary = "trains",
                      .example = "lectern train x.toml",
                      .flags = config_flags({"train"}, {"task"})};
  const std::string page = help(Program{.name = "lectern"}, train);
  CHECK(contains(page, "  task.name=half                which numbers are large\n"));
  CHECK(contains(page, "    task.limit=N                numbers are below it (8)\n"));
  const Command other{
      .name = "other", .summary = "", .example = "", .flags = config_flags({"train"})};
  CHECK_FALSE(contains(help(Program{.name = "lectern"}, other), "task.limit"));
}

namespace {

struct Outcome {
  int code = 0;
  std::string out, err;
};

/// The program with these words.
Outcome lectern_with(std::vector<std::string> words) {
  words.insert(words.begin(), "lectern");
  std::vector<char*> typed;
  for (std::string& word : words) typed.push_back(word.data());
  std::ostringstream out, err;
  std::streambuf* const old_out = std::cout.rdbuf(out.rdbuf());
  std::streambuf* const old_err = std::cerr.rdbuf(err.rdbuf());
  const int code = lectern_main(static_cast<int>(typed.size()), typed.data());
  std::cout.rdbuf(old_out);
  std::cerr.rdbuf(old_err);
  return {code, out.str(), err.str()};
}

}  // namespace

TEST_CASE("a task of one's own is configured, trained, resumed and evaluated by the commands",
          "[own_task]") {
  const TemporaryFolder place;
  const std::string config = place.write("half.toml", toml), run = place.file("run");
  CHECK(contains(lectern_with({"config", config}).out, "\nlimit = 10 "));
  CHECK(contains(lectern_with({"train", "-h"}).out, "    task.limit=N "));
  const Outcome first = lectern_with({"train", config, "--run-dir", run, "--max-steps", "20"});
  CHECK(first.code == 0);
  CHECK(contains(first.err, "data: 10 numbers"));
  const Outcome rest = lectern_with({"train", config, "--run-dir", run, "--resume", "auto"});
  CHECK(rest.code == 0);
  CHECK(contains(rest.err, "resumed at step 20"));
  const Outcome other = lectern_with(
      {"train", config, "--run-dir", run, "--resume", "auto", "--set", "task.limit=4"});
  CHECK(other.code == 4);
  CHECK(contains(other.err, "started with task.limit = 10 and cannot go on with task.limit = 4"));
  CHECK(lectern_with({"evaluate", run}).out == "accuracy = 100\n");
  CHECK(lectern_with({"halve", "9"}).out == "4\n");  // a command of its own
  const Outcome translated = lectern_with({"translate", run});
  CHECK(translated.code == 2);
  CHECK(
      contains(translated.err,
               "learned the task half, and this command is for translation; try `lectern halve`"));
  const Outcome pictured = lectern_with({"attention", run, "--buckets"});
  CHECK(pictured.code == 2);
}

TEST_CASE("a model that learned in bf16 is read elsewhere in fp32, which is said", "[own_task]") {
  if (is_supported(Precision::bf16, cpu)) return;
  const TemporaryFolder place;
  const std::string config = place.write("half.toml", toml), run = place.file("run");
  CHECK(lectern_with({"train", config, "--run-dir", run, "--max-steps", "20"}).code == 0);
  CHECK(lectern_with({"evaluate", run}).err.empty());
  Checkpoint checkpoint = load_checkpoint(resolve_checkpoint(run));
  std::string& settings = checkpoint.metadata.at("config");
  const std::string before = "precision = \"fp32\"";
  settings.replace(settings.find(before), before.size(), "precision = \"bf16\"");
  const std::string rounded = place.file("rounded.safetensors");
  save_checkpoint(rounded, checkpoint);
  const Outcome evaluated = lectern_with({"evaluate", rounded});
  CHECK(evaluated.code == 0);
  CHECK(contains(evaluated.err, "warning: the model learned with products in bf16; "));
  const Outcome trained =
      lectern_with({"train", config, "--run-dir", place.file("other"), "--precision", "bf16"});
  CHECK(trained.code == 2);
  CHECK(contains(trained.err, "does not multiply bf16"));
  CHECK_FALSE(contains(trained.err, "warning"));
}
