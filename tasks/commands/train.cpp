#include "tasks/commands/train.h"

#include <filesystem>
#include <fstream>
#include <optional>

#include "tasks/commands/commands.h"
#include "tasks/commands/device.h"
#include "tasks/commands/processor.h"
#include "tasks/failure.h"
#include "tasks/registry/registry.h"
#include "tasks/task/training_options.h"
#include "tasks/training/safe_file.h"
#include "tensor/parallel.h"
#include "tensor/precision.h"

namespace lectern {
namespace {

/// The newest checkpoint of a run that can be read; those that cannot are named. None where the run
/// has not saved yet.
std::optional<Checkpoint> newest_readable(const RunFolder& folder, Journal& journal) {
  const std::vector<std::int64_t> steps = folder.checkpoint_steps();
  if (steps.empty()) return std::nullopt;
  for (const std::int64_t step : steps) {
    try {
      return load_checkpoint(folder.checkpoint_path(step));
    } catch (const Failure& failure) {
      if (failure.code != ExitCode::checkpoint) throw;
      journal.note(text("warning: ", failure.what(), "; taking the one before"));
    }
  }
  throw Failure(ExitCode::checkpoint, text(folder.path(), ": none of its ", steps.size(),
                                           " checkpoints can be read; start a new --run-dir"));
}

std::optional<Checkpoint> checkpoint_to_resume(const TrainingRun& run, const RunFolder& folder,
                                               Journal& journal) {
  if (run.resume == "no") return std::nullopt;
  if (run.resume == "auto") return newest_readable(folder, journal);
  return load_checkpoint(resolve_checkpoint(run.resume));
}

/// A run can be made longer or told to log elsewhere; anything else would make it another run.
void expect_same_run(const Config& now, const Checkpoint& checkpoint) {
  Config before = parse_config(checkpoint.text_of("config"), checkpoint.path);
  before.log = now.log;
  before.decode = now.decode;
  before.train.max_steps = now.train.max_steps;
  before.train.max_epochs = now.train.max_epochs;
  before.train.threads = now.train.threads;
  before.train.device = now.train.device;
  before.train.cuda_graphs = now.train.cuda_graphs;
  before.train.save_every = now.train.save_every;
  before.train.keep_last = now.train.keep_last;
  before.train.keep_best = now.train.keep_best;
  before.train.early_stopping = now.train.early_stopping;
  before.train.average_checkpoints = now.train.average_checkpoints;
  before.train.detect_anomaly = now.train.detect_anomaly;
  before.attention.freeze_widths_at = now.attention.freeze_widths_at;
  before.attention.dropped_mass = now.attention.dropped_mass;
  before.data.train = now.data.train;
  before.data.valid = now.data.valid;
  before.data.test = now.data.test;
  if (before == now) return;
  std::istringstream old_lines(to_toml(before)), new_lines(to_toml(now));
  for (std::string was, is; std::getline(old_lines, was) && std::getline(new_lines, is);)
    if (was != is)
      throw Failure(ExitCode::checkpoint,
                    text(checkpoint.path, ": this run was started with \"", was,
                         "\" and cannot go on with \"", is, "\"; start a new --run-dir"));
}

void write_text(const std::string& path, const std::string& content) {
  replace_file(
      path, [&](int descriptor) { write_all(descriptor, content.data(), content.size(), path); });
}

}  // namespace

int train_model(const TrainingRun& run) {
  set_up_machine(run.config);
  use_device(run.config.train.device);
  RunFolder folder(run.run_folder, /*may_exist=*/run.resume != "no");
  Journal journal({.folder = folder.path(),
                   .tensorboard = run.config.log.tensorboard,
                   .tensorboard_folder = run.config.log.tensorboard_dir,
                   .quiet = run.quiet});
  if (matmul_precision() != Precision::f32 && default_device() == cpu)
    journal.note("train.precision tf32 and bf16 are for GPUs; this CPU calculates in fp32");
  const std::optional<Checkpoint> resumed = checkpoint_to_resume(run, folder, journal);
  if (resumed) expect_same_run(run.config, *resumed);
  write_text(folder.file("config.toml"), to_toml(run.config));

  const std::unique_ptr<Task> task = task_kind(run.config)
                                         .start({.config = run.config,
                                                 .resumed = resumed ? &*resumed : nullptr,
                                                 .strict = run.strict,
                                                 .journal = journal});
  journal.note(text("model: ", parameter_count(task->model()), " parameters, ",
                    describe(default_device()), ", ", thread_count(),
                    thread_count() == 1 ? " thread" : " threads"));

  const std::unique_ptr<Optimizer> optimizer = make_optimizer(run.config, task->model());
  TrainerOptions options = trainer_options(run.config);
  if (options.max_steps == 0) {
    const std::int64_t batches = task->batches_in_epoch(0);
    options.schedule.total_steps =
        options.max_epochs * ((batches + options.grad_accum - 1) / options.grad_accum);
  }
  Trainer trainer(*task, *optimizer, options, folder, journal);
  if (resumed) trainer.resume(*resumed);
  return trainer.run();
}

void set_up_machine(const Config& config) {
  using Choice = TrainConfig::Precision;
  const Choice choice = config.train.precision;
  set_matmul_precision(choice == Choice::bf16   ? Precision::bf16
                       : choice == Choice::tf32 ? Precision::tf32
                                                : Precision::f32);
  expect_processor();
  if (config.train.threads > 0) set_thread_count(static_cast<int>(config.train.threads));
}

Command train_command() {
  Command command{
      .name = "train",
      .summary = "Train a model from a configuration.",
      .example = "lectern train tasks/translation/multi30k.toml --run-dir runs/m30k",
      .positionals = {{.name = "CONFIG", .help = "a TOML file; see `lectern config`"}},
      .flags = {{.name = "run-dir",
                 .aliases = {"save-dir", "out-dir", "output-dir", "model-dir"},
                 .metavar = "DIR",
                 .help = "where everything of this run goes",
                 .default_value = "runs/run"},
                {.name = "resume",
                 .aliases = {"restore-file", "resume-from-checkpoint"},
                 .metavar = "auto|no|PATH",
                 .help = "go on with the run in the folder (auto), or with a checkpoint",
                 .default_value = "no"},
                {.name = "strict", .help = "refuse invalid UTF-8 instead of mending it"},
                {.name = "quiet", .help = "say nothing on stderr"}},
      .run = [](const Arguments& arguments) {
        const int signal =
            train_model({.config = read_config(arguments.text("CONFIG"), arguments.overrides()),
                         .run_folder = arguments.text("run-dir"),
                         .resume = arguments.text("resume"),
                         .strict = arguments.on("strict"),
                         .quiet = arguments.on("quiet")});
        return signal == 0 ? 0 : 128 + signal;
      }};
  for (Flag& flag :
       config_flags({"data", "tokenizer", "model", "attention", "train", "decode", "log"}))
    command.flags.push_back(std::move(flag));
  return command;
}

}  // namespace lectern
