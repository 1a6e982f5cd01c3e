#include <algorithm>
#include <csignal>
#include <nlohmann/json.hpp>

#include "tasks/task/training_options.h"
#include "tasks/training/trainer.h"
#include "tasks/translation/toy_corpus.h"
#include "tasks/translation/translation_task.h"
#include "tensor/parallel.h"
#include "tensor/precision.h"
#include "tests/tasks/training_testing.h"
#include "tests/tensor/on_gpu.h"

using namespace lectern;
namespace fs = std::filesystem;

namespace {

/// A model that learns little, but in no time, with dropout and two batches a step.
Config tiny() {
  Config config;
  config.tokenizer = {.kind = TokenizerKind::word, .vocab_size = 200};
  config.model.d_model = 16;
  config.model.nhead = 2;
  config.model.num_encoder_layers = config.model.num_decoder_layers = 1;
  config.model.dim_feedforward = 32;
  config.model.dropout = 0.2;
  config.model.max_length = 64;
  config.data.max_length = 60;
  config.train.learning_rate = 1e-2;
  config.train.warmup_steps = 5;
  config.train.max_steps = 18;
  config.train.batch_tokens = 400;
  config.train.grad_accum = 2;
  config.train.valid_every = 6;
  config.train.save_every = 4;
  config.train.keep_last = 100;
  config.decode.max_length = 8;
  config.log.log_every = 5;
  config.log.tensorboard = false;
  return config;
}

/// The same with recurrent layers.
Config tiny_recurrent() {
  Config config = tiny();
  config.model.architecture = Architecture::recurrent;
  config.model.attention_score = ScoreKind::general;
  return config;
}

/// A translation task to which something happens at one of its batches.
class Disturbed : public TranslationTask {
 public:
  using TranslationTask::TranslationTask;
  std::function<void()> disturb;
  int at_batch = -1;

  Batch batch(std::int64_t epoch, std::int64_t index) override {
    if (at_batch-- == 0) disturb();
    return TranslationTask::batch(epoch, index);
  }
};

/// How many pairs there are to learn from.
std::size_t pairs = 150;

struct Disturbance {
  int at_batch = -1;
  std::function<void()> what = {};
};

/// Of the last run.
std::int64_t recorded_shapes = 0;

/// One process's worth of training. The newest checkpoint in the folder, if any, is gone on from.
int run(const Config& config, const std::string& path, const Disturbance& disturbance = {}) {
  const ToyCorpus corpus = make_toy_corpus({.train = pairs, .valid = 12, .test = 0});
  RunFolder folder(path, RunFolder::Found::resume);
  Journal journal({.folder = path, .tensorboard = false, .quiet = true});
  std::optional<Checkpoint> checkpoint;
  if (const auto steps = folder.checkpoint_steps(); !steps.empty())
    checkpoint = load_checkpoint(folder.checkpoint_path(steps[0]));
  std::optional<Vocabularies> vocabularies;
  if (checkpoint) vocabularies = read_vocabularies(*checkpoint, config.data.lowercase);
  Disturbed task(config, {corpus.train, corpus.valid}, vocabularies);
  task.disturb = disturbance.what;
  task.at_batch = disturbance.at_batch;
  const std::unique_ptr<Optimizer> optimizer = make_optimizer(config, parameters(task.model()));
  Trainer trainer(task, *optimizer, trainer_options(config, task), &folder, journal);
  if (checkpoint) trainer.resume(*checkpoint);
  const int signal = trainer.run();
  recorded_shapes = trainer.recorded_shapes();
  return signal;
}

/// metrics.jsonl without what the clock says.
std::vector<std::string> metrics_of(const std::string& path) {
  std::vector<std::string> lines;
  std::ifstream file(path + "/metrics.jsonl");
  for (std::string line; std::getline(file, line);) {
    auto entry = nlohmann::ordered_json::parse(line);
    entry.erase("time");
    lines.push_back(entry.dump());
  }
  return lines;
}

/// The last checkpoint as it is in memory: weights, the optimiser's state, progress. The
/// configuration is left out, which may speak of another end of the run.
std::string weights_of(const std::string& path) {
  Checkpoint checkpoint = load_checkpoint(path + "/last");
  checkpoint.metadata.erase("config");
  save_checkpoint(path + "/compared", checkpoint);
  return read_file(path + "/compared");
}

void check_same(const std::string& a, const std::string& b) {
  CHECK(metrics_of(a) == metrics_of(b));
  CHECK(weights_of(a) == weights_of(b));
  CHECK(fs::read_symlink(a + "/best") == fs::read_symlink(b + "/best"));
}

std::vector<double> losses_of(const std::string& path) {
  std::vector<double> losses;
  for (const std::string& line : metrics_of(path))
    losses.push_back(nlohmann::json::parse(line).at("loss"));
  return losses;
}

/// What kill -9 leaves behind: the trainer stops without a word.
struct Killed {};

/// A run on one thread, one on two, and one that was killed and resumed.
void check_threads_and_resumption(const Config& config, const TemporaryFolder& place) {
  const int threads = thread_count();
  for (const int count : {1, 2}) {
    set_thread_count(count);
    CHECK(run(config, place.file(std::to_string(count))) == 0);
  }
  set_thread_count(threads);
  check_same(place.file("1"), place.file("2"));
  CHECK_THROWS_AS(run(config, place.file("killed"), {14, [] { throw Killed(); }}), Killed);
  CHECK(run(config, place.file("killed")) == 0);
  check_same(place.file("1"), place.file("killed"));
}

}  // namespace

TEST_CASE("the same run twice gives the same bits, on any number of threads", "[trainer]") {
  const TemporaryFolder place;
  const int threads = thread_count();
  for (const int count : {1, 2, 3}) {
    set_thread_count(count);
    CHECK(run(tiny(), place.file(std::to_string(count))) == 0);
  }
  set_thread_count(threads);
  CHECK(run(tiny(), place.file("again")) == 0);
  const std::vector<std::string> metrics = metrics_of(place.file("1"));
  CHECK(metrics.size() == 3 + 3);  // 5, 10, 15; 6, 12, 18
  for (const std::string other : {"2", "3", "again"})
    check_same(place.file("1"), place.file(other));
}

TEST_CASE("a recurrent run: the same bits on any number of threads, and resumed", "[trainer]") {
  const TemporaryFolder place;
  check_threads_and_resumption(tiny_recurrent(), place);
}

TEST_CASE("a run in bf16: the same bits on any number of threads, and resumed", "[trainer]") {
  const TemporaryFolder place;
  CHECK(run(tiny(), place.file("in-f32")) == 0);
  const WithPrecision scope(Precision::bf16);
  check_threads_and_resumption(tiny(), place);
  const std::vector<double> exact = losses_of(place.file("in-f32")),
                            rounded = losses_of(place.file("1"));
  REQUIRE(rounded.size() == exact.size());
  for (std::size_t i = 0; i < exact.size(); ++i)
    CHECK(rounded[i] == Approx(exact[i]).epsilon(0.02));  // 8 bits in every product
  CHECK(weights_of(place.file("1")) != weights_of(place.file("in-f32")));
}

TEST_CASE("a run that was stopped by a signal goes on with the same bits", "[trainer]") {
  const TemporaryFolder place;
  run(tiny(), place.file("whole"));
  for (const int batch : {0, 3, 7, 12, 19, 30}) {
    const std::string path = place.file(std::to_string(batch));
    const int signal = batch % 2 == 0 ? SIGTERM : SIGINT;
    INFO("at batch " << batch);
    CHECK(run(tiny(), path, {batch, [&] { std::raise(signal); }}) == signal);
    CHECK(run(tiny(), path) == 0);
    check_same(place.file("whole"), path);
  }
}

TEST_CASE("a run that was killed goes on from its last save with the same bits", "[trainer]") {
  const TemporaryFolder place;
  run(tiny(), place.file("whole"));
  for (const int batch : {2, 5, 9, 14, 23, 31}) {
    const std::string path = place.file(std::to_string(batch));
    INFO("at batch " << batch);
    CHECK_THROWS_AS(run(tiny(), path, {batch, [] { throw Killed(); }}), Killed);
    CHECK(run(tiny(), path) == 0);
    check_same(place.file("whole"), path);
  }
}

TEST_CASE("a run that was made longer equals one that was long from the start", "[trainer]") {
  const TemporaryFolder place;
  run(tiny(), place.file("whole"));
  for (const int end : {1, 4, 7, 11, 15}) {
    const std::string path = place.file(std::to_string(end));
    INFO("at step " << end);
    Config shorter = tiny();
    shorter.train.max_steps = end;
    CHECK(run(shorter, path) == 0);
    CHECK(fs::exists(path + "/best"));  // validated at its end
    const std::vector<std::string> metrics = metrics_of(path);
    CHECK(run(shorter, path) == 0);  // nothing is left to do
    CHECK(metrics_of(path) == metrics);
    CHECK(run(tiny(), path) == 0);
    CHECK(metrics_of(path) == metrics_of(place.file("whole")));
    CHECK(weights_of(path) == weights_of(place.file("whole")));
  }
}

TEST_CASE("SIGUSR1 saves and goes on", "[trainer]") {
  const TemporaryFolder place;
  CHECK(run(tiny(), place.file("run"), {12, [] { std::raise(SIGUSR1); }}) == 0);
  CHECK(fs::exists(place.file("run/checkpoints/step-000007.safetensors")));
  run(tiny(), place.file("whole"));
  check_same(place.file("whole"), place.file("run"));
}

TEST_CASE("a best checkpoint whose mark a kill prevented is marked on resuming", "[trainer]") {
  const TemporaryFolder place;
  Config config = tiny();
  config.train.max_steps = 6;
  run(config, place.file("run"));
  fs::remove(place.file("run/best"));
  fs::remove(place.file("run/checkpoints/best.jsonl"));
  run(config, place.file("run"));
  CHECK(fs::read_symlink(place.file("run/best")) == "checkpoints/step-000006.safetensors");
}

TEST_CASE("divergence names the operation and leaves the best alone", "[trainer]") {
  const TemporaryFolder place;
  Config config = tiny();
  config.train.max_steps = 6;
  run(config, place.file("run"));
  const std::string best = read_file(place.file("run/best"));
  config.train.max_steps = 60;
  config.train.learning_rate = 1e30;
  const std::string message =
      failure_of(ExitCode::diverged, [&] { run(config, place.file("run")); });
  CHECK(mentions(message, "step "));
  CHECK(mentions(message, "the loss is not finite: "));
  CHECK_FALSE(mentions(message, "no single operation"));
  CHECK(read_file(place.file("run/best")) == best);
  CHECK_NOTHROW(load_checkpoint(place.file("run/last")));
}

TEST_CASE("early stopping saves where it stops", "[trainer]") {
  const TemporaryFolder place;
  Config config = tiny();
  config.train.learning_rate = 1e-12;  // nothing improves
  config.train.valid_every = 3;
  config.train.save_every = 0;
  config.train.early_stopping = 2;
  CHECK(run(config, place.file("run")) == 0);
  CHECK(fs::read_symlink(place.file("run/last")) == "checkpoints/step-000009.safetensors");
  CHECK(fs::read_symlink(place.file("run/best")) == "checkpoints/step-000003.safetensors");
}

TEST_CASE("a checkpoint of another model is refused with names and shapes", "[trainer]") {
  const TemporaryFolder place;
  Config config = tiny();
  config.train.max_steps = 1;
  run(config, place.file("run"));
  config.model.d_model = 32;
  const std::string message =
      failure_of(ExitCode::checkpoint, [&] { run(config, place.file("run")); });
  CHECK(mentions(message, "step-000001.safetensors: "));
  CHECK(mentions(message, " is f32 ["));
  CHECK(mentions(message, " 16], but f32 ["));
  CHECK(mentions(message, "in the model"));
}

TEST_CASE("averaging at the end keeps what is best", "[trainer]") {
  const TemporaryFolder place;
  Config config = tiny();
  config.train.valid_every = 3;
  config.train.average_checkpoints = 3;
  config.train.valid_metric = "loss";
  CHECK(run(config, place.file("run")) == 0);
  const std::string log = read_file(place.file("run/log.txt"));
  CHECK(mentions(log, "mean of the weights of 3 checkpoints | loss "));
  const bool better = mentions(log, "checkpoints | loss ") && mentions(log, " | new best\n");
  CHECK(better);
  CHECK_NOTHROW(load_checkpoint(place.file("run/best")));
}

namespace {

/// Twenty steps, each with its loss.
Config twenty_steps() {
  Config config = tiny();
  config.train.max_steps = config.train.valid_every = 20;
  config.log.log_every = 1;
  return config;
}

std::vector<double> losses_on(Device device, const Config& config, const std::string& path) {
  const OnDevice scope(device);
  CHECK(run(config, path) == 0);
  return losses_of(path);
}

constexpr Device gpu{Device::Kind::cuda};

}  // namespace

TEST_CASE("a GPU's losses are the CPU's, up to rounding", "[trainer][gpu]") {
  if (!gpu_is_there()) return;
  const TemporaryFolder place;
  for (const Architecture architecture : {Architecture::transformer, Architecture::recurrent}) {
    Config config = twenty_steps();
    config.model.architecture = architecture;
    const std::string name(name_of(architecture));
    INFO(name);
    const std::vector<double> here = losses_on(cpu, config, place.file(name + "-cpu"));
    const std::vector<double> there = losses_on(gpu, config, place.file(name + "-gpu"));
    REQUIRE(here.size() == 20 + 1);  // and the validation
    REQUIRE(there.size() == here.size());
    for (std::size_t i = 0; i < here.size(); ++i) CHECK(there[i] == Approx(here[i]).epsilon(1e-4));
  }
}

TEST_CASE("a recorded step does what it does step by step, in f32 and in bf16", "[trainer][gpu]") {
  if (!gpu_is_there()) return;
  const TemporaryFolder place;
  Config config = twenty_steps();
  config.train.grad_accum = 1;
  config.train.batch_tokens = 4000;  // an epoch is one batch: its shape comes again and again
  pairs = 20;
  Config recurrent = config;
  recurrent.model.architecture = Architecture::recurrent;
  const std::vector<double> cells = losses_on(gpu, recurrent, place.file("cells"));
  CHECK(recorded_shapes == 1);
  recurrent.train.cuda_graphs = false;
  const std::vector<double> cells_apart = losses_on(gpu, recurrent, place.file("cells-apart"));
  REQUIRE(cells.size() == cells_apart.size());
  for (std::size_t i = 0; i < cells.size(); ++i)
    CHECK(cells[i] == Approx(cells_apart[i]).epsilon(1e-5));
  const std::vector<double> recorded = losses_on(gpu, config, place.file("recorded"));
  CHECK(recorded_shapes == 1);
  config.train.cuda_graphs = false;
  const std::vector<double> apart = losses_on(gpu, config, place.file("apart"));
  CHECK(recorded_shapes == 0);
  config.train.cuda_graphs = true;
  set_matmul_precision(Precision::bf16);
  const std::vector<double> rounded = losses_on(gpu, config, place.file("rounded"));
  set_matmul_precision(Precision::f32);
  CHECK(recorded_shapes == 1);
  pairs = 150;
  REQUIRE(recorded.size() == apart.size());
  for (std::size_t i = 0; i < apart.size(); ++i)
    CHECK(recorded[i] == Approx(apart[i]).epsilon(1e-5));
  REQUIRE(rounded.size() == apart.size());
  for (std::size_t i = 0; i < apart.size(); ++i)
    CHECK(rounded[i] == Approx(apart[i]).epsilon(0.05));  // 8 bits in every product
}

TEST_CASE("a GPU that diverges far ahead of the host changes no weight", "[trainer][gpu]") {
  if (!gpu_is_there()) return;
  const OnDevice scope(gpu);
  const TemporaryFolder place;
  Config config = tiny();
  config.train.max_steps = 4;
  config.train.valid_every = 100;
  run(config, place.file("run"));
  config.train.max_steps = 60;
  config.train.save_every = 100;
  config.train.learning_rate = 1e30;
  config.log.log_every = 100;
  const std::string message =
      failure_of(ExitCode::diverged, [&] { run(config, place.file("run")); });
  CHECK(mentions(message, "the loss is not finite: "));
  CHECK_FALSE(mentions(message, "no single operation"));
}
