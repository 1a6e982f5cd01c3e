#include <limits>

#include "tasks/language_model/language_model_task.h"
#include "tasks/task/training_options.h"
#include "tests/tasks/training_testing.h"

// What a run goes on from: a place that exists, data that are the same, a schedule that is.

using namespace lectern;

namespace {

/// A model of bytes that learns nothing, in no time: a batch is four windows of eight bytes.
Config tiny() {
  Config config;
  config.task = {"language_model", LanguageModelSettings{.length = 8}};
  config.model.d_model = 8;
  config.model.nhead = 1;
  config.model.num_layers = 1;
  config.model.dim_feedforward = 8;
  config.model.max_length = 8;
  config.train.batch_size = 4;
  config.train.schedule = Schedule::Kind::cosine;
  config.train.warmup_steps = 2;
  config.train.max_steps = 4;
  config.train.valid_every = 2;
  config.train.save_every = 1;
  config.log.tensorboard = false;
  return config;
}

/// `size` bytes of which no window is like another.
std::string text_of(std::size_t size, int first = 0) {
  std::string text;
  for (std::size_t i = 0; i < size; ++i)
    text +=
        static_cast<char>('a' + (first + 7 * static_cast<int>(i) + static_cast<int>(i / 8)) % 26);
  return text;
}

const std::string long_text = text_of(8 * 40), short_text = text_of(8 * 6);

/// One process's worth of training, gone on from `checkpoint` if that is a file's name.
void run(const Config& config, const std::string& path, const std::string& train,
         const std::string& checkpoint = "") {
  LanguageModelTask task(config, {TokenText(train), TokenText("validate on this")});
  RunFolder folder(path, RunFolder::Found::resume);
  Journal journal({.folder = path, .tensorboard = false, .quiet = true});
  const auto optimizer = make_optimizer(config, parameters(task.model()));
  Trainer trainer(task, *optimizer, trainer_options(config, task), &folder, journal);
  if (!checkpoint.empty()) trainer.resume(load_checkpoint(checkpoint));
  trainer.run();
}

std::string newest(const std::string& path) { return path + "/last"; }

std::string log_of(const std::string& path) { return read_file(path + "/log.txt"); }

}  // namespace

TEST_CASE("a place that no run can be at is refused, and named", "[resume]") {
  const TemporaryFolder place;
  run(tiny(), place.file("run"), long_text);
  Config longer = tiny();
  longer.train.max_steps = 8;
  const auto refusal = [&](const std::string& key, const std::string& value) {
    Checkpoint checkpoint = load_checkpoint(newest(place.file("run")));
    checkpoint.metadata["progress." + key] = value;
    save_checkpoint(place.file("crafted"), checkpoint);
    INFO(key << " = " << value);
    return failure_of(ExitCode::checkpoint,
                      [&] { run(longer, place.file("other"), long_text, place.file("crafted")); });
  };
  for (const std::string key : {"step", "epoch", "next_batch", "tokens", "interval_tokens",
                                "best_step", "stalled", "schedule_steps"})
    for (const std::string value : {"-2", "-9223372036854775808", "9223372036854775807",
                                    "99999999999999999999", "", "x", "1x", "1.5", "nan"})
      CHECK(mentions(refusal(key, value), "crafted: progress." + key + " = " + value));
  for (const std::string key : {"interval_loss", "best_score"})
    for (const std::string value : {"nan", "inf", "-inf", "1e999", "x", ""})
      CHECK(mentions(refusal(key, value), "crafted: progress." + key + " = " + value));
  CHECK(mentions(refusal("best_step", "5"), "is beyond progress.step = 4"));
  CHECK(mentions(refusal("next_batch", "10"),
                 "10 batches of epoch 1 are done, but it has only 10; take another checkpoint"));
  CHECK(mentions(refusal("next_batch", "1000000"), "1000000 batches of epoch 1 are done"));
}

TEST_CASE("the last place that a run can be at is taken", "[resume]") {
  const TemporaryFolder place;
  run(tiny(), place.file("run"), long_text);
  Checkpoint checkpoint = load_checkpoint(newest(place.file("run")));
  checkpoint.metadata["progress.epoch"] = "999999999";
  checkpoint.metadata["progress.next_batch"] = "8";
  save_checkpoint(place.file("far"), checkpoint);
  Config longer = tiny();
  longer.train.max_steps = 6;
  run(longer, place.file("other"), long_text, place.file("far"));
  CHECK(load_checkpoint(newest(place.file("other"))).text_of("progress.epoch") == "1000000000");
  checkpoint.metadata["progress.step"] = "1000000000";
  save_checkpoint(place.file("far"), checkpoint);
  run(longer, place.file("third"), long_text, place.file("far"));  // nothing is left to do
}

TEST_CASE("an optimiser's state of another type is refused", "[resume]") {
  const TemporaryFolder place;
  run(tiny(), place.file("run"), long_text);
  Checkpoint checkpoint = load_checkpoint(newest(place.file("run")));
  for (auto& [name, tensor] : checkpoint.tensors)
    if (name.starts_with("optimizer.")) tensor = Tensor(tensor.shape(), DType::f64, cpu);
  save_checkpoint(place.file("crafted"), checkpoint);
  CHECK(mentions(
      failure_of(ExitCode::checkpoint,
                 [&] { run(tiny(), place.file("other"), long_text, place.file("crafted")); }),
      ", expected f32 ["));
}

TEST_CASE("fewer data than a run has seen are refused, other data are told", "[resume]") {
  const TemporaryFolder place;
  run(tiny(), place.file("run"), long_text);
  Config longer = tiny();
  longer.train.max_steps = 8;
  const std::string message = failure_of(ExitCode::data, [&] {
    run(longer, place.file("fewer"), short_text, newest(place.file("run")));
  });
  CHECK(mentions(message, "4 batches of epoch 1 are done, but it has only 2"));
  CHECK(mentions(message, "data.train is not what this run began with"));

  run(longer, place.file("other"), text_of(8 * 40, 1), newest(place.file("run")));
  CHECK(mentions(log_of(place.file("other")),
                 "warning: data.train is not what this run began with (checksum "));
  run(longer, place.file("same"), long_text, newest(place.file("run")));
  CHECK_FALSE(mentions(log_of(place.file("same")), "data.train"));
}

TEST_CASE("a schedule that is stretched by resuming is told, with the rates", "[resume]") {
  const TemporaryFolder place;
  run(tiny(), place.file("run"), long_text);
  Config longer = tiny();
  longer.train.max_steps = 8;
  run(longer, place.file("cosine"), long_text, newest(place.file("run")));
  CHECK(
      mentions(log_of(place.file("cosine")),
               "warning: the learning rate's schedule ended at step 4 and ends at step 8 now: the "
               "rate goes from 0 to "));
  longer.train.schedule = Schedule::Kind::noam;
  run(longer, place.file("noam"), long_text, newest(place.file("run")));
  CHECK_FALSE(mentions(log_of(place.file("noam")), "schedule"));
  longer.train.schedule = Schedule::Kind::cosine;
  run(longer, place.file("again"), long_text, newest(place.file("cosine")));
  CHECK_FALSE(mentions(log_of(place.file("again")), "schedule"));
}

TEST_CASE("a training that cannot do what is asked of it says so before it begins", "[resume]") {
  const TemporaryFolder place;
  int runs = 0;
  const auto told = [&](const Config& config, const std::string& valid) {
    const std::string path = place.file(std::to_string(++runs));
    std::filesystem::create_directory(path);
    LanguageModelTask task(config, {TokenText(long_text), TokenText(valid)});
    Journal journal({.folder = path, .tensorboard = false, .quiet = true});
    check_training(config, task, journal);
    return log_of(path);
  };
  CHECK(told(tiny(), "validate") == "");
  CHECK(mentions(told(tiny(), ""), "nothing to validate on, so no checkpoint is the best; set"));
  Config config = tiny();
  config.train.early_stopping = 1;
  CHECK(
      mentions(failure_of(ExitCode::usage, [&] { told(config, ""); }),
               "train.early_stopping = 1 waits for validations, but there is nothing to validate"));
  CHECK(told(config, "validate") == "");
  config.train.early_stopping = 2;  // after the third validation, at step 6
  CHECK(mentions(told(config, "validate"), "train.early_stopping = 2 has no effect: a training"));
  config = tiny();
  config.train.average_checkpoints = 3;
  CHECK(mentions(told(config, ""), "and train.average_checkpoints has no effect"));
  config.train.average_checkpoints = 1;
  CHECK(mentions(told(config, "validate"), "the mean of one is itself"));
  config = tiny();
  config.train.warmup_steps = 5;
  CHECK(mentions(told(config, "validate"),
                 "train.warmup_steps = 5 is longer than the training, which ends with step 4: the "
                 "learning rate never reaches train.learning_rate = 0.0007"));
  config.train.warmup_steps = 4;
  CHECK(told(config, "validate") == "");
  config = tiny();
  config.train.max_steps = 100;
  config.train.max_epochs = 2;  // of ten batches
  CHECK(mentions(told(config, "validate"),
                 "but train.max_epochs = 2 ends the training with step 20"));
}

TEST_CASE("a damaged line in best.jsonl is passed over", "[resume]") {
  const TemporaryFolder place;
  run(tiny(), place.file("run"), long_text);
  const std::string list = place.file("run/checkpoints/best.jsonl");
  const std::string whole = read_file(list);
  for (const std::string line :
       {R"({"step":"x","score":1})", R"({"step":1,"score":"x"})", R"({"step":null,"score":null})",
        R"({"step":1.5,"score":1})", R"([1, 2])", R"({"step":)", "null", "\xff"}) {
    place.write("run/checkpoints/best.jsonl", line + "\n" + whole);
    INFO(line);
    const RunFolder folder(place.file("run"), RunFolder::Found::resume);
    CHECK(folder.best_checkpoints(10).size() == 1);
  }
}
