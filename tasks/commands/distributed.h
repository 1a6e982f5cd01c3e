#pragma once

#include <functional>
#include <memory>

#include "tasks/config/command_line.h"
#include "tasks/training/journal.h"
#include "tasks/training/task.h"
#include "tensor/collective.h"

namespace lectern {

// One training in several processes, which `mpirun` or `srun` has started.

/// `--distributed` and `--rank-timeout`.
std::vector<Flag> distributed_flags();

/// Joins the other processes, as `--distributed` says. Throws Failure(usage) where this program cannot,
/// with the line that installs what it lacks.
std::unique_ptr<ProcessGroup> join_group(const Arguments& arguments);

/// Does `work`, and leaves the group. An exception is told with the name of the rank, and thrown on,
/// which ends all ranks. Where all fail alike, the first one is heard: the others wait a second before
/// they speak, unless it is a lost rank that they have to name.
int run_in_group(ProcessGroup& group, const std::function<int()>& work);

/// Throws the same Failure(usage) on all ranks, naming the first whose `mine` is not that of rank 0.
/// \param what    "train.seed"
/// \param advice  what to do
void expect_alike(ProcessGroup& group, const std::string& what, const std::string& mine,
                  const std::string& advice);
/// The same program, every setting but train.threads, and the same kind of device.
void expect_same_settings(ProcessGroup& group, const Config& config);
/// The same texts and weights.
void expect_same_start(ProcessGroup& group, Task& task);

/// Tells that GPUs cannot reach each other by a shorter way than the host's memory.
void tell_detour(const ProcessGroup& group, Journal& journal);

/// Shares the cores of a host among the ranks there, unless train.threads says how many a rank has.
void share_cores(const ProcessGroup& group, const Config& config);

/// Seconds of a training, and how many of them ProcessGroup::seconds_exchanging counted.
struct TrainingTime {
  double all = 0, exchanging = 0;
};
/// Tells how much of it each rank has spent with others instead of with its batches.
void tell_balance(ProcessGroup& group, const TrainingTime& seconds, Journal& journal);

}  // namespace lectern
