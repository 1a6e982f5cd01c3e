#include "attention/patterns.h"
#include "autograd/variable.h"
#include "tasks/compare/analysis.h"
#include "tasks/compare/compare_page.h"
#include "tasks/compare/experiment.h"
#include "tasks/compare/formulas.h"
#include "tasks/language_model/settings.h"
#include "tasks/registry/registry.h"
#include "tasks/task/task_kind.h"
#include "tasks/training/progress.h"
#include "tensor/measure.h"
#include "tests/tasks/training_testing.h"

using namespace lectern;

namespace {

const bool tasks_are_known = (add_library_tasks(), true);

constexpr const char* base = R"([task]
name = "recall"
length = 16
pairs = 2
symbols = 4
[model]
d_model = 16
nhead = 2
num_layers = 2
dim_feedforward = 32
max_length = 64
[train]
batch_size = 4
)";

constexpr const char* experiment = R"([experiment]
question = "Which?"
base = "base.toml"
baseline = "window-4"
seeds = [3, 1]
split = "valid"

[cases.16]
[cases.64]
task.length = 64

[variants.exact]
model.attention = "exact"
[variants.window-4]
model.attention = "window"
attention.window = 4
)";

/// A folder with the configuration and an experiment beside it.
struct Place : TemporaryFolder {
  Place() { write("base.toml", base); }
  std::string with(const std::string& toml) const { return write("experiment.toml", toml); }
};

std::string refused(const std::string& toml) {
  const Place place;
  return failure_of(ExitCode::usage, [&] { cells_of(read_experiment(place.with(toml))); });
}

RunResult run_with(const Config& config, std::int64_t seed, std::vector<Counts> examples) {
  RunResult run{.cell = {.variant = "x", .seed = seed, .config = config}};
  run.evaluation.examples = examples;
  const double value = task_kind(config).score(config, total({.sentences = examples}));
  run.evaluation.figures = {{.name = "accuracy", .value = value, .unit = "%"}};
  return run;
}

/// `right` of a hundred examples, of one question each.
std::vector<Counts> hundred(int right) {
  std::vector<Counts> examples;
  for (int i = 0; i < 100; ++i) examples.push_back({0, i < right ? 1 : 0, 1});
  return examples;
}

}  // namespace

TEST_CASE("an experiment is every case, variant and seed, seed after seed", "[compare]") {
  const Place place;
  const Experiment read = read_experiment(place.with(experiment));
  CHECK(read.question == "Which?");
  CHECK(read.baseline == "window-4");
  CHECK(read.split == Split::valid);
  std::vector<std::string> folders;
  const std::vector<Cell> cells = cells_of(read);
  for (const Cell& cell : cells) folders.push_back(cell.folder());
  CHECK(folders == std::vector<std::string>{"16/exact/seed-3", "16/window-4/seed-3",
                                            "64/exact/seed-3", "64/window-4/seed-3",
                                            "16/exact/seed-1", "16/window-4/seed-1",
                                            "64/exact/seed-1", "64/window-4/seed-1"});
  CHECK(cells[3].config.attention.window == 4);
  CHECK(cells[3].config.model.attention == "window");
  CHECK(cells[3].config.train.seed == 3);
  CHECK(cells[2].config.model.attention == "exact");
}

TEST_CASE("an experiment that is none is told with its line", "[compare]") {
  const auto add = [](const std::string& line) { return experiment + line + "\n"; };
  CHECK(mentions(refused("[experiment]\nbase = \"base.toml\"\n"), "nothing to compare"));
  CHECK(mentions(refused("[variants.exact]\n"), "experiment.base is not set"));
  CHECK(mentions(refused("[experiment]\nbse = \"x\"\n"), "experiment.toml:2: unknown key"));
  CHECK(mentions(refused("[models.exact]\n"), "experiment.toml:1: unknown table \"models\""));
  CHECK(mentions(refused(add("[variants.\"a/b\"]")), "\"a/b\" is no name for a folder"));
  CHECK(mentions(refused(add("[variants.x]\nwindow = 3")), "names no key of a configuration"));
  CHECK(mentions(refused(add("[variants.x]\nattention.windw = 3")),
                 "experiment.toml:18: unknown key attention.windw"));
  CHECK(mentions(refused(add("[variants.x]\nattention.window = -3")), "attention.window = -3"));
  CHECK(mentions(refused(add("[variants.x]\ntrain.seed = 3")), "experiment.seeds sets"));
  const std::string start = "[experiment]\nbase = \"base.toml\"\n", end = "\n[variants.exact]\n";
  CHECK(mentions(refused(start + "baseline = \"exat\"" + end), "\"exat\" is none of the variants"));
  CHECK(mentions(refused(start + "seeds = [1, 1]" + end), "experiment.seeds has 1 twice"));
  CHECK(mentions(refused(start + "seeds = [1.5]" + end), "1.5, no whole number"));
  CHECK(mentions(refused(start + "seeds = 3" + end), "no list of numbers"));
  CHECK(mentions(refused(start + "split = \"tst\"" + end), "tst"));
  CHECK(mentions(refused("[experiment]\nbase = \"absent.toml\"\n[variants.a]\n"), "absent.toml"));
  const Place place;
  const Experiment read = read_experiment(place.with(experiment));
  CHECK(mentions(failure_of(ExitCode::usage,
                            [&] {
                              cells_of(read, {{"train.seed", "5", "--seed"}});
                            }),
                 "--seed: the seeds are the experiment's"));
}

TEST_CASE("a result is read back as it was, and only for the same settings", "[compare]") {
  const Place place;
  const std::vector<Cell> cells = cells_of(read_experiment(place.with(experiment)));
  RunResult result = run_with(cells[0].config, 3, hundred(40));
  result.cell = cells[0];
  result.steps = 12;
  result.training_seconds = 0.1;
  result.evaluation.breakdown = {"distance", {1, 2}, {50, 30.5}};
  const std::string path = place.file("result.json");
  CHECK_FALSE(read_result(path, cells[0]));
  write_result(path, result);
  const RunResult again = read_result(path, cells[0]).value();
  CHECK(again.steps == 12);
  CHECK(again.training_seconds == 0.1);
  CHECK(again.evaluation.examples == result.evaluation.examples);
  CHECK(again.evaluation.measure().value == 40);
  CHECK(again.evaluation.breakdown.value == std::vector<double>{50, 30.5});
  CHECK(mentions(failure_of(ExitCode::usage, [&] { read_result(path, cells[1]); }),
                 "this run was made with model.attention = \"exact\""));
  place.write("result.json", "{\"steps\": 3}");
  CHECK(mentions(failure_of(ExitCode::data, [&] { read_result(path, cells[0]); }),
                 "is not as this program wrote it"));
  place.write("result.json", "{\"steps\": ");
  CHECK(mentions(failure_of(ExitCode::data, [&] { read_result(path, cells[0]); }), "is damaged"));
}

TEST_CASE("the interval over seeds is Student's, the test is over examples", "[compare]") {
  const Place place;
  const Config config = cells_of(read_experiment(place.with(experiment)))[0].config;
  const auto variant = [&](std::initializer_list<int> rights) {
    VariantResult result;
    std::int64_t seed = 1;
    for (const int right : rights) result.runs.push_back(run_with(config, seed++, hundred(right)));
    return result;
  };
  // 40, 50, 60: mean 50, standard error 10 / √3, t with two degrees of freedom 4.303.
  const Estimate estimate = estimate_of(variant({40, 50, 60}));
  CHECK(estimate.value == Approx(50));
  CHECK(estimate.high - 50 == Approx(4.303 * 10 / std::sqrt(3.0)));
  CHECK(50 - estimate.low == Approx(estimate.high - 50));
  // Of one seed it is over examples: about 1.96 √(0.5 · 0.5 / 100) = 9.8 per cent.
  CHECK(estimate_of(variant({50})).high == Approx(59.8).margin(1.5));

  const Against found = against(variant({40, 50}), variant({70, 80})).value();
  CHECK(found.difference == Approx(30));
  CHECK(found.better);
  CHECK(found.p_value < 0.01);
  const Against same = against(variant({40, 50}), variant({41, 49})).value();
  CHECK(same.difference == Approx(0).margin(1e-9));
  CHECK(same.p_value > 0.1);
  CHECK(against(variant({40, 50}), variant({40, 50}))->p_value == 1);
  // What one of them lacks counts in neither.
  CHECK(against(variant({40}), variant({70, 0}))->difference == Approx(30));
  VariantResult diverged = variant({});
  diverged.diverged.push_back({.cell = {.seed = 1}, .diverged = "step 3"});
  CHECK_FALSE(against(diverged, variant({40})));
  VariantResult fewer = variant({40});
  fewer.runs[0].evaluation.examples.pop_back();
  CHECK_FALSE(against(fewer, variant({40})));  // not as many examples
}

TEST_CASE("the file has a line for every run, and quotes what it must", "[compare]") {
  const Place place;
  const Config config = cells_of(read_experiment(place.with(experiment)))[0].config;
  VariantResult exact{.setting = "1,024", .variant = "exact"};
  VariantResult window{.setting = "1,024", .variant = "window"};
  exact.runs = {run_with(config, 1, hundred(50))};
  window.runs = {run_with(config, 1, hundred(60))};
  const std::string file = runs_csv({exact, window}, "exact");
  CHECK(std::ranges::count(file, '\n') == 3);
  CHECK(mentions(file, "\r\n\"1,024\",exact,1,accuracy,50"));
  CHECK(mentions(file, "window,1,accuracy,60"));
  const std::string second = file.substr(file.rfind("window"));
  CHECK(mentions(second, ",10.0,"));  // 60 against the 50 of the same seed
}

namespace {

/// What a forward pass of this model makes, counted and by formulas.
struct Operations {
  std::int64_t made, formula;
};
Operations operations_of(const Config& config) {
  Journal journal({.quiet = true});
  const auto task = task_kind(config).start({.config = config, .journal = journal});
  evaluate(task->model());
  const Task::Inputs inputs = task->inputs(0, 0);
  const std::int64_t made = operations([&] {
    const NoGradient no_gradient;
    task->loss_of(inputs.tensors);
  });
  return {made, forward_operations_by_formula(*task, inputs)};
}

}  // namespace

TEST_CASE("operations by formulas are the operations that a forward pass makes", "[compare]") {
  const Place place;
  for (const PatternEntry& pattern : patterns()) {
    if (!pattern.causal) continue;  // the model reads from left to right
    CAPTURE(pattern.name);
    const Config config =
        read_config(place.file("base.toml"), {{"model.attention", pattern.name, "test"},
                                              {"task.length", "64", "test"},
                                              {"model.dropout", "0", "test"},
                                              {"model.attention_dropout", "0", "test"},
                                              {"attention.exact_below", "1", "test"}});
    const auto [made, formula] = operations_of(config);
    if (pattern.name == "adaptive_span")  // by the formula it looks as far as it may
      CHECK(formula >= made);
    else
      CHECK(std::abs(static_cast<double>(formula) / static_cast<double>(made) - 1) < 0.01);
  }
}

TEST_CASE("so are those of a recurrent language model", "[compare]") {
  const TemporaryFolder place;
  Config config;
  config.task = {"language_model", LanguageModelSettings{.length = 16}};
  config.tokenizer.kind = TokenizerKind::byte;
  config.model.architecture = Architecture::recurrent;
  config.model.d_model = 24;
  config.model.num_layers = 3;
  config.train.batch_size = 4;
  config.train.valid_metric = "loss";
  config.data.train = place.write("text", std::string(400, 'x'));
  for (const CellKind cell : {CellKind::rnn, CellKind::gru, CellKind::lstm}) {
    config.model.cell = cell;
    const auto [made, formula] = operations_of(config);
    CHECK(made == formula);
  }
}

TEST_CASE("steps are measured, attention is a part of them", "[compare]") {
  const Place place;
  const Config config = read_config(place.file("base.toml"), {});
  Journal journal({.quiet = true});
  const auto task = task_kind(config).start({.config = config, .journal = journal});
  Checkpoint checkpoint;
  task->describe(checkpoint);
  for (const NamedParameter& parameter : parameters(task->model()))
    checkpoint.tensors.emplace_back(parameter.name, parameter.variable.value());
  write_progress({}, checkpoint);
  StepMeter meter(config, checkpoint);
  meter.round();
  meter.round();
  const StepCost cost = meter.cost();
  CHECK(cost.step > 0);
  CHECK(cost.attention > 0);
  CHECK(cost.attention < cost.step);
  CHECK(cost.forward > 0);
  CHECK(cost.forward_operations == cost.counted_forward);
  CHECK(cost.operations > 2 * cost.forward_operations);
  CHECK(cost.peak > 4 * 16 * 16 * 4);
  CHECK(cost.parameters == parameter_count(task->model()));
  CHECK(cost.batches == task->batches_in_epoch(0));
}
