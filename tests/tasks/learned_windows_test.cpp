#include "tasks/training/learned_windows.h"

#include "attention/learned_window.h"
#include "nn/optim/adam.h"
#include "tasks/language_model/language_model_kind.h"
#include "tasks/language_model/language_model_task.h"
#include "tasks/task/trained_run.h"
#include "tasks/task/training_options.h"
#include "tasks/training/average.h"
#include "tasks/training/metrics_file.h"
#include "tests/tasks/library_tasks.h"
#include "tests/tasks/training_testing.h"
#include "tests/tensor/helpers.h"

using namespace lectern;

// Stage 2 of learned windows in a training: from step 3 on the windows of two layers are cut.

namespace {

constexpr std::int64_t last_step = 6, cut_at = 3;

Config config_of_run() {
  return parse_config(R"([task]
name = "language_model"
length = 64
valid_share = 0.2
[model]
d_model = 16
nhead = 2
num_layers = 2
dim_feedforward = 32
max_length = 64
attention = "learned_window"
[attention]
sigma = 2
freeze_widths_at = 3
dropped_mass = 0.02
[train]
learning_rate = 0.01
warmup_steps = 1
max_steps = 6
batch_size = 2
valid_every = 2
save_every = 1
keep_last = 20
[log]
log_every = 1
tensorboard = false
)",
                      "test");
}

std::string some_text() {
  std::string text;
  for (int i = 0; i < 100; ++i) text += "Line " + std::to_string(i * i) + " of a text.\n";
  return text;
}

/// A run in a folder of its own; it may go on from a checkpoint.
struct Run {
  explicit Run(const std::string& path, const std::string& resumed = "")
      : folder(path, RunFolder::Found::refuse) {
    const Config config = config_of_run();
    const std::string text = some_text();
    LanguageModelTask task(
        config, {.train = TokenText(text.substr(500)), .valid = TokenText(text.substr(0, 500))});
    const auto optimizer = make_optimizer(config, parameters(task.model()));
    Journal journal({.folder = path, .tensorboard = false, .quiet = true});
    Trainer trainer(task, *optimizer, trainer_options(config, task), &folder, journal);
    if (!resumed.empty()) trainer.resume(load_checkpoint(resumed));
    trainer.run();
  }
  Checkpoint checkpoint(std::int64_t step) const {
    return load_checkpoint(folder.checkpoint_path(step));
  }
  RunFolder folder;
};

const std::string layer = "encoder.layers.0.self_attention.pattern";

}  // namespace

TEST_CASE("learned windows are cut at their step, and learn no width any more", "[windows]") {
  const TemporaryFolder place;
  const Run run(place.file("run"));
  const Checkpoint before = run.checkpoint(cut_at - 1), at = run.checkpoint(cut_at),
                   end = run.checkpoint(last_step);
  REQUIRE(at.has_tensor(layer + ".rho"));
  CHECK(!before.has_tensor(layer + ".reach"));
  REQUIRE(at.has_tensor(layer + ".reach"));
  // Bells of two tokens: the shortest cut, a tile of 32 tokens, drops almost nothing.
  CHECK(at.tensor(layer + ".reach").to_vector<std::int32_t>() == std::vector{32, 32});
  CHECK(same_bits(end.tensor(layer + ".reach"), at.tensor(layer + ".reach")));
  CHECK(!same_bits(before.tensor(layer + ".rho"), at.tensor(layer + ".rho")));
  CHECK(same_bits(end.tensor(layer + ".rho"), at.tensor(layer + ".rho")));
  const std::string embedding = "encoder.embedding.weight";
  CHECK(!same_bits(end.tensor(embedding), at.tensor(embedding)));

  const std::string log = read_file(place.file("run/log.txt"));
  CHECK(mentions(log, "window frozen | " + layer + " | sigma 2.0"));
  CHECK(mentions(log, "reach 32 tokens | dropped mass 0.0"));
  // The best model of stage 1 was another model.
  CHECK(load_checkpoint(resolve_checkpoint(place.file("run"))).has_tensor(layer + ".reach"));
}

TEST_CASE("the widths of learned windows are journalled while they learn", "[windows]") {
  const TemporaryFolder place;
  const Run run(place.file("run"));
  const MetricsFile curves = read_metrics(place.file("run/metrics.jsonl"));
  CHECK(curves.width_steps == std::vector<double>{1, 2, 3, 4, 5, 6});
  CHECK(curves.widths[0] == Approx(2).margin(0.05));
  CHECK(curves.widths[cut_at - 2] != curves.widths[cut_at - 1]);
  CHECK(curves.widths[cut_at] == curves.widths[cut_at - 1]);  // frozen

  const Config config = config_of_run();
  LanguageModelTask task(config, {.train = TokenText(some_text())});
  load_parameters(task.model(), run.checkpoint(last_step));
  const WindowSummary summary = summary_of_windows(task.model(), 64).value();
  CHECK(summary.sigma == Approx(curves.widths.back()));
  CHECK(summary.effective_tokens == Approx(2.5066282746 * summary.sigma));
  CHECK(summary.reach == 32);
  CHECK(widths_of(task.model()).size() == 4);
}

TEST_CASE("widths learn at a rate of their own", "[windows]") {
  // One step of Adam moves every parameter by the learning rate, whatever its gradient is.
  for (const double rate : {1.0, 10.0}) {
    Initializer init(1);
    LearnedWindowAttention window({.heads = 2, .start = 20, .regularization = 1, .rate = rate},
                                  init);
    CHECK(window.widths().value().to_vector<float>()[0] == Approx(20));
    Adam adam(parameters(window), {});
    minimise(window.regularization_loss(), adam, 0.01);
    // σ = ln(1 + e^ρ) is ρ at 20, so that it moves as ρ does.
    CHECK(window.widths().value().to_vector<float>()[0] == Approx(20 - 0.01 * rate).epsilon(1e-4));
  }
  Initializer init(1);
  CHECK_THROWS(LearnedWindowAttention({.rate = 0}, init));
}

TEST_CASE("a run with cut windows goes on with the same bits", "[windows]") {
  const TemporaryFolder place;
  const Run whole(place.file("whole"));
  for (const std::int64_t step : {cut_at - 1, cut_at, cut_at + 1}) {
    INFO("resumed at step " << step);
    const Run rest(place.file("rest-" + std::to_string(step)), whole.folder.checkpoint_path(step));
    const Checkpoint expected = whole.checkpoint(last_step), found = rest.checkpoint(last_step);
    REQUIRE(found.tensors.size() == expected.tensors.size());
    for (const auto& [name, tensor] : expected.tensors)
      CHECK(same_bits(found.tensor(name), tensor));
  }
}

TEST_CASE("a trained model sees as far as its checkpoint says", "[windows]") {
  const TemporaryFolder place;
  const Run run(place.file("run"));
  const auto windows_at = [&](std::int64_t step) {
    const auto [checkpoint, config] = open_run(run.folder.checkpoint_path(step));
    const auto model = load_language_model(checkpoint, config).model;
    std::vector<bool> frozen;
    for (const auto& [name, window] : parts_of<LearnedWindowAttention>(*model))
      frozen.push_back(window->frozen());
    return frozen;
  };
  CHECK(windows_at(cut_at - 1) == std::vector{false, false});
  CHECK(windows_at(last_step) == std::vector{true, true});

  Checkpoint wrong = run.checkpoint(last_step);
  for (auto& [name, tensor] : wrong.tensors)
    if (name == layer + ".reach") tensor = tensor_of<std::int32_t>({3}, {1, 2, 3});
  CHECK(mentions(
      failure_of(ExitCode::checkpoint, [&] { load_language_model(wrong, config_of_run()); }),
      layer + ".reach is i32 [3], expected i32 [2]"));
}

TEST_CASE("models with unlike windows have no mean", "[windows]") {
  const TemporaryFolder place;
  const Run run(place.file("run"));
  const std::string path = run.folder.checkpoint_path(last_step), other = place.file("other");
  CHECK(same_bits(average_checkpoints({path, path}).tensor(layer + ".reach"),
                  run.checkpoint(last_step).tensor(layer + ".reach")));
  Checkpoint farther = run.checkpoint(last_step);
  for (auto& [name, tensor] : farther.tensors)
    if (name == layer + ".reach") tensor = tensor_of<std::int32_t>({2}, {64, 32});
  save_checkpoint(other, farther);
  CHECK(mentions(failure_of(ExitCode::checkpoint,
                            [&] {
                              average_checkpoints({path, other});
                            }),
                 layer + ".reach is not as in"));
}

TEST_CASE("a cut that can never come is refused", "[windows]") {
  CHECK(mentions(failure_of(ExitCode::usage,
                            [] {
                              parse_config(
                                  "[attention]\nfreeze_widths_at = 20\n[train]\nmax_steps "
                                  "= 10\n",
                                  "c");
                            }),
                 "is never reached in train.max_steps = 10"));
}
