#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <nlohmann/json.hpp>

#include "tasks/training/crc32c.h"
#include "tasks/training/journal.h"
#include "tasks/training/metrics_file.h"
#include "tasks/training/run_folder.h"
#include "tasks/training/signals.h"
#include "tasks/training/tensorboard.h"
#include "tests/tasks/training_testing.h"

using namespace lectern;
using Found = RunFolder::Found;
namespace fs = std::filesystem;
using Steps = std::vector<std::int64_t>;

namespace {

void touch(RunFolder& folder, std::int64_t step) {
  folder.claim(step);
  std::ofstream(folder.checkpoint_path(step)) << "checkpoint " << step;
}

template <class T>
T number_at(const std::string& bytes, std::size_t at) {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

std::uint32_t masked(const std::string& bytes) {
  const std::uint32_t crc = crc32c(bytes.data(), bytes.size());
  return ((crc >> 15) | (crc << 17)) + 0xa282ead8u;
}

/// The events of a TensorBoard file, after checking both sums of each.
std::vector<std::string> records(const std::string& bytes) {
  std::vector<std::string> events;
  for (std::size_t at = 0; at < bytes.size();) {
    const auto length = number_at<std::uint64_t>(bytes, at);
    CHECK(number_at<std::uint32_t>(bytes, at + 8) == masked(bytes.substr(at, 8)));
    events.push_back(bytes.substr(at + 12, length));
    CHECK(number_at<std::uint32_t>(bytes, at + 12 + length) == masked(events.back()));
    at += 16 + length;
  }
  return events;
}

std::string event_file(const std::string& folder) {
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.path().filename().string().starts_with("events.out.tfevents."))
      return entry.path().string();
  return "";
}

}  // namespace

TEST_CASE("a TensorBoard file holds what TensorBoard reads", "[tensorboard]") {
  const TemporaryFolder folder;
  {
    TensorBoardFile file(folder.file("board"));
    file.scalar("loss", 300, 1.5);
  }
  const std::vector<std::string> events = records(read_file(event_file(folder.file("board"))));
  REQUIRE(events.size() == 2);
  // Event: 1 wall_time (double), 3 file_version (text)
  CHECK(events[0][0] == 0x09);
  CHECK(events[0].substr(9) ==
        "\x1a\x0d"
        "brain.Event:2");
  // Event: 1 wall_time, 2 step (varint), 5 summary { 1 value { 1 tag, 2 simple_value (float) } }
  CHECK(number_at<double>(events[1], 1) > 1.6e9);
  CHECK(events[1].substr(9) ==
        std::string("\x10\xac\x02\x2a\x0d\x0a\x0b\x0a\x04loss\x15\0\0\xc0\x3f", 18));
}

TEST_CASE("a TensorBoard file that cannot be made says so", "[tensorboard]") {
  CHECK(mentions(failure_of(ExitCode::io, [] { TensorBoardFile file("/dev/null/x"); }),
                 "/dev/null/x/events"));
}

TEST_CASE("a second training in a folder is refused, and the first one named", "[run_folder]") {
  const TemporaryFolder place;
  const RunFolder folder(place.file("run"), Found::refuse);
  const std::string message =
      failure_of(ExitCode::usage, [&] { RunFolder(place.file("run"), Found::resume); });
  CHECK(mentions(message, text("another training runs in this folder (process ", ::getpid(), ")")));
}

TEST_CASE("a folder is free again when its process is gone", "[run_folder]") {
  const TemporaryFolder place;
  const pid_t child = ::fork();
  if (child == 0) {
    const RunFolder folder(place.file("run"), Found::refuse);
    ::kill(::getpid(), SIGKILL);
  }
  ::waitpid(child, nullptr, 0);
  CHECK_NOTHROW(RunFolder(place.file("run"), Found::refuse));
}

TEST_CASE("a folder that holds a run is not begun anew", "[run_folder]") {
  const TemporaryFolder place;
  const std::string path = place.file("run");
  RunFolder(path, Found::refuse);
  place.write("run/metrics.jsonl", "");  // left by an attempt that found no data
  CHECK_NOTHROW(RunFolder(path, Found::refuse));
  place.write("run/metrics.jsonl", "{\"step\":1}\n");
  CHECK(mentions(failure_of(ExitCode::usage, [&] { RunFolder(path, Found::refuse); }),
                 "--resume auto"));
  CHECK_NOTHROW(RunFolder(path, Found::resume));
  fs::remove(place.file("run/metrics.jsonl"));
  {
    RunFolder folder(path, Found::resume);
    touch(folder, 5);
  }
  failure_of(ExitCode::usage, [&] { RunFolder(path, Found::refuse); });
}

TEST_CASE("a folder with anybody else's files is refused and left as it is", "[run_folder]") {
  const TemporaryFolder place;
  fs::create_directories(place.file("mine/checkpoints"));
  place.write("mine/notes.tmp", "notes");
  place.write("mine/config.toml", "# mine");
  for (const Found found : {Found::refuse, Found::resume, Found::clear}) {
    CHECK(mentions(failure_of(ExitCode::usage, [&] { RunFolder(place.file("mine"), found); }),
                   "not a run's"));
    place.write("mine/lock", "of my bicycle");
  }
  CHECK(read_file(place.file("mine/notes.tmp")) == "notes");
  CHECK(read_file(place.file("mine/config.toml")) == "# mine");
  CHECK(read_file(place.file("mine/lock")) == "of my bicycle");
}

TEST_CASE("an empty path is no run folder", "[run_folder]") {
  CHECK(mentions(failure_of(ExitCode::usage, [] { RunFolder("", Found::refuse); }), "empty"));
}

TEST_CASE("a cleared folder keeps what no run wrote", "[run_folder]") {
  const TemporaryFolder place;
  {
    RunFolder folder(place.file("run"), Found::refuse);
    touch(folder, 5);
    folder.point("last", 5);
  }
  place.write("run/metrics.jsonl", "{}");
  place.write("run/notes", "mine");
  place.write("run/checkpoints/good.safetensors", "mine");
  const RunFolder folder(place.file("run"), Found::clear);
  CHECK(folder.checkpoint_steps().empty());
  CHECK_FALSE(fs::exists(fs::symlink_status(place.file("run/last"))));
  CHECK_FALSE(fs::exists(place.file("run/metrics.jsonl")));
  CHECK(read_file(place.file("run/notes")) == "mine");
  CHECK(read_file(place.file("run/checkpoints/good.safetensors")) == "mine");
}

TEST_CASE("a folder that cannot be made is refused before the first step", "[run_folder]") {
  const TemporaryFolder place;
  const std::string file = place.write("file", "");
  CHECK(mentions(failure_of(ExitCode::usage, [&] { RunFolder(file + "/run", Found::refuse); }),
                 "cannot make the run folder"));
}

TEST_CASE("what a killed process was writing is removed", "[run_folder]") {
  const TemporaryFolder place;
  RunFolder(place.file("run"), Found::refuse);
  place.write("run/checkpoints/step-000003.safetensors.77.tmp", "half");
  place.write("run/metrics.jsonl.77.tmp", "half");
  for (const char* mine : {"notes.tmp", "notes.77.tmp", "metrics.jsonl.old.tmp", ".77.tmp"})
    place.write(text("run/", mine), "mine");
  const RunFolder folder(place.file("run"), Found::resume);
  CHECK_FALSE(fs::exists(place.file("run/checkpoints/step-000003.safetensors.77.tmp")));
  CHECK_FALSE(fs::exists(place.file("run/metrics.jsonl.77.tmp")));
  for (const char* mine : {"notes.tmp", "notes.77.tmp", "metrics.jsonl.old.tmp", ".77.tmp"})
    CHECK(read_file(place.file(text("run/", mine))) == "mine");
}

TEST_CASE("pruning keeps the newest, the best and the linked", "[run_folder]") {
  const TemporaryFolder place;
  RunFolder folder(place.file("run"), Found::refuse);
  for (const std::int64_t step : {1, 2, 3, 4, 5, 6, 7, 1000000}) touch(folder, step);
  place.write("run/checkpoints/step-x.safetensors", "not ours");
  folder.remember_best(2, 10.0, 2);
  folder.remember_best(3, 30.0, 2);
  folder.remember_best(4, 20.0, 2);
  folder.point("best", 3);
  folder.point("last", 1);
  folder.prune(2);
  CHECK(folder.checkpoint_steps() == Steps{1000000, 7, 4, 3, 1});
  CHECK(folder.best_checkpoints(5) ==
        std::vector<std::string>{folder.checkpoint_path(3), folder.checkpoint_path(4)});
  CHECK(fs::exists(place.file("run/checkpoints/step-x.safetensors")));
}

TEST_CASE("only what the run has written is ever removed or written over", "[run_folder]") {
  const TemporaryFolder place;
  const auto at = [&](const std::string& name) { return place.file("run/checkpoints/" + name); };
  {
    RunFolder folder(place.file("run"), Found::refuse);
    for (const std::int64_t step : {1, 2}) touch(folder, step);
  }
  place.write("run/checkpoints/step-000000.safetensors", "mine");
  place.write("run/checkpoints/step-000003.safetensors", "mine");
  fs::create_directory(at("step-000004.safetensors"));
  fs::create_symlink("step-000003.safetensors", at("step-000005.safetensors"));
  fs::remove(at("step-000002.safetensors"));
  place.write("run/checkpoints/step-000020.safetensors", "mine");
  {
    RunFolder folder(place.file("run"), Found::resume);
    CHECK(folder.has_written(1));
    CHECK_FALSE(folder.has_written(2));
    CHECK(folder.claim(3) == at("step-000003.safetensors.1"));
    CHECK(folder.claim(3).empty());
    CHECK(folder.claim(4) == at("step-000004.safetensors.1"));
    for (const std::int64_t step : {3, 4, 6, 7}) touch(folder, step);
    folder.prune(1);
    CHECK(folder.checkpoint_steps() == Steps{20, 7, 5, 0});
  }
  const RunFolder cleared(place.file("run"), Found::clear);
  CHECK(cleared.checkpoint_steps() == Steps{20, 5, 0});
  for (const char* name :
       {"step-000000.safetensors", "step-000003.safetensors.1", "step-000020.safetensors"})
    CHECK(read_file(at(name)) == "mine");
  CHECK(fs::is_directory(at("step-000004.safetensors.1")));
  CHECK(fs::is_symlink(at("step-000005.safetensors")));
}

TEST_CASE("the best checkpoints are remembered by the next process", "[run_folder]") {
  const TemporaryFolder place;
  {
    RunFolder folder(place.file("run"), Found::refuse);
    touch(folder, 3);
    folder.remember_best(3, 30.0, 1);
  }
  std::ofstream(place.file("run/checkpoints/best.jsonl"), std::ios::app) << "{\"st";  // cut off
  RunFolder folder(place.file("run"), Found::resume);
  CHECK(folder.best_checkpoints(5) == std::vector<std::string>{folder.checkpoint_path(3)});
}

TEST_CASE("a run folder stands for its best checkpoint, or else its last", "[run_folder]") {
  const TemporaryFolder place;
  RunFolder folder(place.file("run"), Found::refuse);
  const auto resolved = [&] { return resolve_checkpoint(folder.path()); };
  CHECK(mentions(failure_of(ExitCode::checkpoint, resolved), "neither `best` nor `last`"));
  touch(folder, 1);
  touch(folder, 2);
  folder.point("last", 2);
  CHECK(read_file(resolved()) == "checkpoint 2");
  folder.point("best", 1);
  CHECK(read_file(resolved()) == "checkpoint 1");
  folder.point("best", 9);  // of which the checkpoint is gone
  CHECK(read_file(resolved()) == "checkpoint 2");
  CHECK(resolve_checkpoint(folder.checkpoint_path(1)) == folder.checkpoint_path(1));
  CHECK(mentions(failure_of(ExitCode::checkpoint, [] { resolve_checkpoint("no/such/run"); }),
                 "no/such/run: no such file"));
}

TEST_CASE("a journal goes back to the step that a run resumes at", "[journal]") {
  const TemporaryFolder place;
  Journal journal({.folder = place.path(), .tensorboard = false, .quiet = true});
  for (const std::int64_t step : {10, 20, 30}) {
    journal.training({.step = step, .loss = 1.0 / static_cast<double>(step)});
    journal.validation({.step = step, .loss = 2.0, .score_name = "BLEU", .extra = step == 20});
  }
  std::ofstream(place.file("metrics.jsonl"), std::ios::app)
      << "{\"kind\":\"train\",\"step\":\"x\"}\n[]\n{\"kind\":\"tra";
  const std::string before = read_file(place.file("metrics.jsonl"));
  journal.rewind(20);
  const std::string after = read_file(place.file("metrics.jsonl"));
  CHECK(before.starts_with(after));
  const MetricsFile metrics = read_metrics(place.file("metrics.jsonl"));
  CHECK(metrics.train_steps == std::vector<double>{10, 20});
  CHECK(metrics.valid_steps == std::vector<double>{10});
  journal.training({.step = 30, .loss = 0.25});
  CHECK(read_metrics(place.file("metrics.jsonl")).train_loss ==
        std::vector<double>{0.1, 0.05, 0.25});
}

TEST_CASE("the journal's lines read as the manual shows them", "[journal]") {
  const TemporaryFolder place;
  {
    Journal journal({.folder = place.path(), .quiet = true});
    journal.start_clock(0);
    journal.training({.step = 100,
                      .max_steps = 2000,
                      .epoch = 1,
                      .loss = 4.1234,
                      .learning_rate = 3e-4,
                      .gradient_norm = 0.912,
                      .tokens = 12300});
    journal.validation({.step = 500, .loss = 1.0, .score = 23.44, .score_name = "BLEU"});
    journal.validation({.step = 600,
                        .loss = 1.0,
                        .score = 22.0,
                        .score_name = "BLEU",
                        .best_step = 500,
                        .best_score = 23.44,
                        .stalled = 1,
                        .patience = 5});
    journal.note("stopped");
  }
  const std::string log = read_file(place.file("log.txt"));
  CHECK(
      mentions(log, "] epoch 1 step 100/2000 | loss 4.123 | ppl 61.8 | lr 3.0e-4 | gnorm 0.91 | "));
  CHECK(mentions(log, "[valid] step 500 | loss 1.000 | ppl 2.72 | BLEU 23.4 | new best\n"));
  CHECK(mentions(log, " | BLEU 22.0 | stalled 1/5 (best 23.4 at 500)\n"));
  CHECK(log.ends_with("stopped\n"));
  CHECK(records(read_file(event_file(place.path()))).size() == 1 + 4 + 2 * 2);
}

TEST_CASE("the first signal asks, and the next one ends", "[signals]") {
  const pid_t child = ::fork();
  if (child == 0) {
    const SignalWatch signals;
    std::raise(SIGUSR1);
    const bool save = signals.save_requested() && !signals.save_requested();
    std::raise(SIGTERM);
    if (!save || signals.stop_requested() != SIGTERM) ::_exit(1);
    std::raise(SIGINT);
    ::_exit(2);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  REQUIRE(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGINT);
}
