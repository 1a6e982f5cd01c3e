#include "tasks/commands/distributed.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <thread>

#include "tasks/commands/commands.h"
#include "tasks/config/field.h"
#include "tasks/failure.h"
#include "tasks/training/crc32c.h"
#include "tensor/launch.h"
#include "tensor/parallel.h"
#include "tensor/platform.h"

namespace lectern {
namespace {

/// How many processes a launcher says that it has started: Open MPI, MPICH and Intel's, Slurm.
int started_processes() {
  for (const char* name : {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_STEP_NUM_TASKS"})
    if (const char* value = std::getenv(name)) return std::max(1, std::atoi(value));
  return 1;
}

/// What a program lacks that has no such engine, and the lines that bring it.
std::string why_no_engine(const std::string& name, int started) {
  if (name == "nccl")
    return "--distributed nccl: this program is built without NCCL. Type\n"
           "  sudo apt-get install libnccl2 libnccl-dev && cmake --preset cuda -DLECTERN_MPI=ON "
           "-DLECTERN_NCCL=ON && cmake --build --preset cuda\n(the packages are in NVIDIA's "
           "repository), or let gradients pass through the host's memory: --distributed mpi";
  return text(started, started == 1 ? " process was" : " processes were",
              " started, but this program is built without MPI. Type\n"
              "  ./script/bootstrap --with mpi && cmake --preset release -DLECTERN_MPI=ON && "
              "cmake --build --preset release\nor, for processes that know nothing of each "
              "other, --distributed no");
}

/// The checksum of the program that runs.
std::uint32_t program_checksum() {
  std::ifstream file(own_program(), std::ios::binary);
  std::vector<char> block(1 << 20);
  std::uint32_t checksum = 0;
  while (file.read(block.data(), std::ssize(block)) || file.gcount() > 0)
    checksum = crc32c(block.data(), static_cast<std::size_t>(file.gcount()), checksum);
  return checksum;
}

std::uint32_t weights_checksum(Module& model) {
  std::uint32_t checksum = 0;
  for (const NamedParameter& parameter : parameters(model)) {
    const Tensor value = parameter.variable.value().to(cpu);
    launch_any(value, [&](auto, auto zero) {
      using T = decltype(zero);
      checksum =
          crc32c(value.data<T>(), sizeof(T) * static_cast<std::size_t>(value.size()), checksum);
    });
  }
  return checksum;
}

}  // namespace

std::vector<Flag> distributed_flags() {
  return {{.name = "distributed",
           .metavar = "auto|nccl|mpi|no",
           .help = "share every step among the processes that mpirun has started",
           .default_value = "auto"},
          {.name = "rank-timeout",
           .metavar = "SECONDS",
           .help = "how long a process may keep the others waiting",
           .default_value = "1800"}};
}

std::unique_ptr<ProcessGroup> join_group(const Arguments& arguments) {
  const std::string& how = arguments.text("distributed");
  if (how != "auto" && how != "nccl" && how != "mpi" && how != "no")
    throw Failure(ExitCode::usage, text("--distributed ", how, ": expected auto, nccl, mpi or no"));
  const double patience = arguments.number("rank-timeout");
  if (patience < 1) throw Failure(ExitCode::usage, "--rank-timeout: expected at least 1 second");
  const int started = started_processes();
  if (how == "no" || (how == "auto" && started == 1)) return std::make_unique<ProcessGroup>();
  const std::string name = how != "auto" ? how : find_group_engine("nccl") ? "nccl" : "mpi";
  const GroupEngine* engine = find_group_engine(name);
  if (engine == nullptr) throw Failure(ExitCode::usage, why_no_engine(name, started));
  if ((started & (started - 1)) != 0)
    throw Failure(ExitCode::usage, text(started,
                                        " processes cannot share a step, a power of two can; "
                                        "try mpirun -n 2 or -n 4"));
  return engine->join({.patience = patience});
}

int run_in_group(ProcessGroup& group, const std::function<int()>& work) {
  try {
    const int code = work();
    group.leave();
    return code;
  } catch (const RankLost& lost) {
    std::cerr << group.name(group.rank()) << ": " << std::flush;
    throw Failure(ExitCode::io, lost.what());
  } catch (...) {
    if (!group.is_first()) std::this_thread::sleep_for(std::chrono::seconds(1));
    if (group.size() > 1) std::cerr << group.name(group.rank()) << ": " << std::flush;
    throw;
  }
}

void expect_alike(ProcessGroup& group, const std::string& what, const std::string& mine,
                  const std::string& advice) {
  const std::vector<std::string> all = gather(group, mine);
  for (int rank = 1; rank < group.size(); ++rank) {
    const std::string& theirs = all[static_cast<std::size_t>(rank)];
    if (theirs == all[0]) continue;
    throw Failure(ExitCode::usage, text(what, " is ", all[0], " on ", group.name(0), " and ",
                                        theirs, " on ", group.name(rank), "; ", advice));
  }
}

void expect_same_settings(ProcessGroup& group, const Config& config) {
  if (group.size() == 1) return;
  expect_alike(group, "the program", text(lectern_version, ", checksum ", program_checksum()),
               "start the same build everywhere");
  const std::string advice = "all ranks need the same command line and configuration";
  expect_alike(group, "the task", config.task.name, advice);
  for (const Field* field : fields_of(config))
    if (field->key() != "train.threads")
      expect_alike(group, field->key(), to_toml(field->get(config)), advice);
  expect_alike(group, "the device", default_device() == cpu ? "a CPU" : "a GPU",
               "not every host has what --device auto finds; try --device cpu");
}

void expect_same_start(ProcessGroup& group, Task& task) {
  if (group.size() == 1) return;
  expect_alike(group, "the checksum of data.train", task.data_checksum(),
               "copy the files from one host to the others");
  expect_alike(group, "the checksum of the weights", text(weights_checksum(task.model())),
               "all ranks need the same data, vocabulary and checkpoint");
}

void tell_detour(const ProcessGroup& group, Journal& journal) {
  if (group.size() > 1 && default_device() != cpu && find_group_engine("nccl") == nullptr)
    journal.note(
        "the ranks' gradients pass through the host's memory: this program is built without NCCL "
        "(-DLECTERN_NCCL=ON)");
}

void share_cores(const ProcessGroup& group, const Config& config) {
  if (config.train.threads == 0 && group.size() > 1)
    set_thread_count(std::max(1, thread_count() / group.ranks_on_these_cores()));
}

void tell_balance(ProcessGroup& group, const TrainingTime& seconds, Journal& journal) {
  if (group.size() == 1) return;
  const auto percent = [](double share) { return std::round(1000 * share) / 10; };
  const std::vector<double> waited = gather(group, seconds.exchanging / seconds.all);
  for (int rank = 0; rank < group.size(); ++rank) {
    const double share = waited[static_cast<std::size_t>(rank)];
    journal.note(text(group.name(rank), ": ", percent(1 - share), " % of the time at work, ",
                      percent(share), " % waiting for other ranks and for what they send"));
  }
}

}  // namespace lectern
