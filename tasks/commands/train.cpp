#include "tasks/commands/train.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>

#include "tasks/commands/commands.h"
#include "tasks/commands/device.h"
#include "tasks/commands/distributed.h"
#include "tasks/commands/model_command.h"
#include "tasks/config/field.h"
#include "tasks/config/without_effect.h"
#include "tasks/failure.h"
#include "tasks/task/task_kind.h"
#include "tasks/task/trained_run.h"
#include "tasks/task/training.h"
#include "tasks/training/output_file.h"
#include "tasks/training/progress.h"
#include "tensor/matmul_engine.h"
#include "tensor/parallel.h"
#include "tensor/platform.h"
#include "tensor/precision.h"

namespace lectern {
namespace {

std::string change(const Field& field, const Config& before, const Config& now) {
  return text(field.key(), " = ", to_toml(field.get(now)), " was ", to_toml(field.get(before)));
}

/// Whether there is nothing left to do of a training that is done at once or not at all.
bool is_complete(const TrainingRun& run, const RunFolder& folder, Journal& journal) {
  if (run.resume == "no") return false;
  if (run.resume != "auto")
    throw Failure(
        ExitCode::usage,
        text("--resume ", run.resume, ": the task ", run.config.task.name,
             " learns all at once, so that there is nothing to go on with; leave it out"));
  if (folder.checkpoint_steps().empty()) return false;
  journal.note(folder.path() + ": this run is complete; to learn anew, start a new --run-dir");
  return true;
}

/// A run can be made longer or told to log elsewhere; what its keys do not allow to change (see
/// Field::may_change) would make it another run.
void expect_same_run(const Config& now, const Checkpoint& checkpoint) {
  const Config before = trained_config(checkpoint);
  for (const Field* field : fields_of(now)) {
    if (field->may_change || field->get(before) == field->get(now)) continue;
    const auto shown = [&](const Config& config) {
      return field->key() + " = " + to_toml(field->get(config));
    };
    throw Failure(ExitCode::checkpoint,
                  text(checkpoint.path, ": this run was started with ", shown(before),
                       " and cannot go on with ", shown(now), "; start a new --run-dir"));
  }
}

/// A training needs its place in the data and what its optimiser remembers; an average of checkpoints,
/// or weights from elsewhere, have neither.
void expect_resumable(const Checkpoint& checkpoint) {
  read_progress(checkpoint);
  const auto of_optimizer = [](const auto& entry) { return entry.first.starts_with("optimizer."); };
  if (std::ranges::none_of(checkpoint.tensors, of_optimizer))
    throw Failure(ExitCode::checkpoint,
                  checkpoint.path +
                      ": it holds weights alone, as an average of checkpoints does, without what "
                      "the optimiser remembers, so that no training can go on from it");
}

/// The newest checkpoint of a run from which it can go on; those from which it cannot are named. None
/// where the run has not saved yet. That the settings are others is no reason to take an older one,
/// unless it was somebody else who put the checkpoint there.
std::optional<Checkpoint> newest_resumable(const TrainingRun& run, const RunFolder& folder,
                                           Journal& journal) {
  const std::vector<std::int64_t> steps = folder.checkpoint_steps();
  if (steps.empty()) return std::nullopt;
  for (const std::int64_t step : steps) {
    try {
      Checkpoint checkpoint = load_checkpoint(folder.checkpoint_path(step));
      expect_resumable(checkpoint);
      if (!folder.has_written(step)) expect_same_run(run.config, checkpoint);
      return checkpoint;
    } catch (const Failure& failure) {
      if (failure.code != ExitCode::checkpoint) throw;
      journal.note(text("warning: ", failure.what(), "; taking the one before"));
    }
  }
  throw Failure(ExitCode::checkpoint,
                text(folder.path(), ": from none of its ", steps.size(),
                     " checkpoints can this training go on; start a new --run-dir"));
}

std::optional<Checkpoint> checkpoint_to_resume(const TrainingRun& run, const RunFolder& folder,
                                               Journal& journal) {
  if (run.resume == "no") return std::nullopt;
  std::optional<Checkpoint> resumed = run.resume == "auto"
                                          ? newest_resumable(run, folder, journal)
                                          : load_checkpoint(resolve_checkpoint(run.resume));
  if (!resumed) return resumed;
  expect_resumable(*resumed);
  expect_same_run(run.config, *resumed);
  return resumed;
}

/// Keeps the configuration in the run's folder. The file that is there, with whatever its reader has
/// noted in it, is left as it is while it says the same.
void keep_config(const TrainingRun& run, const RunFolder& folder, Journal& journal) {
  const std::string path = folder.file("config.toml");
  std::error_code absent;
  if (std::filesystem::equivalent(run.config_file, path, absent)) return;
  if (run.resume != "no" && std::filesystem::exists(path, absent)) {
    std::optional<Config> before;
    try {
      before = read_config(path);
    } catch (const Failure& failure) {
      return journal.note(text("warning: ", failure.what(), " (", path, " is left as it is)"));
    }
    // A run of another task cannot be resumed, so both have the same keys.
    if (*before == run.config) return;
    std::string changes;
    for (const Field* field : fields_of(run.config))
      if (field->get(*before) != field->get(run.config))
        changes += (changes.empty() ? "" : ", ") + change(*field, *before, run.config);
    journal.note(text(path, " is written anew: ", excerpt(changes, 400)));
  }
  write_output(path, to_toml(run.config));
}

/// The checkpoint that the first rank goes on from, for all of them.
std::optional<Checkpoint> checkpoint_of_all(const TrainingRun& run, const RunFolder* folder,
                                            Journal& journal, ProcessGroup& group) {
  std::optional<Checkpoint> resumed;
  if (folder != nullptr) resumed = checkpoint_to_resume(run, *folder, journal);
  const std::string path = gather(group, resumed ? resumed->path : std::string()).front();
  if (folder == nullptr && !path.empty()) resumed = load_checkpoint(path);
  return resumed;
}

/// A task that learns all at once, without steps.
int learn_at_once(const TrainingRun& run, RunFolder& folder, Journal& journal) {
  if (is_complete(run, folder, journal)) return 0;
  for (const std::string& said : settings_without_effect(run.config))
    journal.note("warning: " + said);
  keep_config(run, folder, journal);
  return task_kind(run.config)
      .train({.config = run.config, .strict = run.strict, .folder = folder, .journal = journal});
}

int learn_in_steps(const TrainingRun& run, RunFolder* folder, Journal& journal,
                   ProcessGroup& group) {
  const std::optional<Checkpoint> resumed = checkpoint_of_all(run, folder, journal, group);
  for (const std::string& said : settings_without_effect(run.config))
    journal.note("warning: " + said);
  if (folder != nullptr) keep_config(run, *folder, journal);
  Training training({.config = run.config,
                     .resumed = resumed ? &*resumed : nullptr,
                     .strict = run.strict,
                     .journal = journal},
                    folder, &group);
  expect_same_start(group, training.task());
  const auto start = std::chrono::steady_clock::now();
  const double before = group.seconds_exchanging();
  const int signal = training.trainer().run();
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  tell_balance(group, {.all = seconds.count(), .exchanging = group.seconds_exchanging() - before},
               journal);
  return signal;
}

bool lacks_bfloat16(const Config& config) {
  return config.train.precision == Precision::bf16 &&
         !is_supported(Precision::bf16, default_device());
}

}  // namespace

int train_model(const TrainingRun& run) {
  ProcessGroup alone;
  ProcessGroup& group = run.group != nullptr ? *run.group : alone;
  use_device(run.config.train.device, group.rank_on_this_host());
  expect_bfloat16_if_chosen(run.config);
  set_up_machine(run.config);
  share_cores(group, run.config);
  expect_same_settings(group, run.config);
  group.meet_on(default_device());
  const bool at_once = task_kind(run.config).train != nullptr;
  if (at_once && group.size() > 1)
    throw Failure(ExitCode::usage,
                  text("the task ", run.config.task.name,
                       " learns all at once, in one process; start ", "it without mpirun"));
  std::optional<RunFolder> folder;
  if (group.is_first())
    folder.emplace(run.run_folder, run.begin_anew       ? RunFolder::Found::clear
                                   : run.resume == "no" ? RunFolder::Found::refuse
                                                        : RunFolder::Found::resume);
  Journal journal({.folder = folder ? folder->path() : std::string(),
                   .tensorboard = folder && run.config.log.tensorboard,
                   .tensorboard_folder = run.config.log.tensorboard_dir,
                   .quiet = run.quiet || !folder});
  tell_detour(group, journal);
  if (run.config.train.precision != matmul_precision())
    journal.note("train.precision tf32 is for GPUs; this CPU calculates in fp32");
  return at_once ? learn_at_once(run, *folder, journal)
                 : learn_in_steps(run, folder ? &*folder : nullptr, journal, group);
}

void expect_bfloat16_if_chosen(const Config& config) {
  if (lacks_bfloat16(config))
    throw Failure(ExitCode::usage,
                  text("train.precision = bf16: ", processor_model(),
                       " does not multiply bf16 (AVX-512 BF16), or this program was not built for "
                       "it; take fp32"));
}

void set_up_machine(const Config& config) {
  const bool supported = is_supported(config.train.precision, default_device());
  if (matmul_engine() == MatmulEngine::eigen && default_device() == cpu &&
      config.train.precision == Precision::bf16)
    throw Failure(ExitCode::usage,
                  "--product eigen multiplies fp32, and train.precision is bf16; take --precision "
                  "fp32 or --product tiles");
  set_matmul_precision(supported ? config.train.precision : Precision::f32);
  if (lacks_bfloat16(config))
    std::cerr << "warning: the model learned with products in bf16; " << processor_model()
              << " calculates in fp32, and results can differ a little\n";
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
                strict_flag(),
                {.name = "quiet", .help = "say nothing on stderr"}},
      .run = [](const Arguments& arguments) {
        const std::unique_ptr<ProcessGroup> group = join_group(arguments);
        const int signal = run_in_group(*group, [&] {
          return train_model(
              {.config = read_config(arguments.text("CONFIG"), arguments.overrides()),
               .run_folder = arguments.text("run-dir"),
               .resume = arguments.text("resume"),
               .config_file = arguments.text("CONFIG"),
               .strict = arguments.on("strict"),
               .quiet = arguments.on("quiet"),
               .group = group.get()});
        });
        return signal == 0 ? 0 : 128 + signal;
      }};
  for (Flag& flag : distributed_flags()) command.flags.push_back(std::move(flag));
  return model_command(std::move(command), config_flags({"data", "tokenizer", "model", "attention",
                                                         "train", "decode", "log"},
                                                        {"task"}));
}

}  // namespace lectern
