#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "nn/module.h"
#include "tensor/safetensors.h"

namespace lectern {

/// \defgroup profile The profile of a training step
/// What a step did, operation after operation: how long, how much it calculated, what memory was alive
/// when, how large the gradients were. (In PyTorch: `torch.profiler` with `profile_memory`.)
///
///     const StepProfile profile =
///         profile_step(model, [&] { minimise(model.loss(batch), adam, 1e-3); });
///     for (const ProfiledOp& op : profile.ops) std::cout << op.part << ' ' << op.name << '\n';
///
/// @{

/// One operation of the step, as the tape has it.
struct ProfiledOp {
  std::string name{};   ///< "linear"
  std::string part{};   ///< of the model: `encoder.layers.0.norm1`; empty: none of them
  std::string where{};  ///< the line of the program that called it: `nn/dropout.cpp:15`
  Shape shape{};        ///< of its output
  /// Recorded while a derivative ran: a reversible layer forgets its inside and calculates it again.
  /// All its time is time of the backward pass.
  bool again = false;
  double forward = 0, backward = 0;                              ///< [seconds]
  std::int64_t forward_operations = 0, backward_operations = 0;  ///< see operations()
  std::int64_t made = 0;  ///< memory that the forward pass took, scratch included [bytes]
  std::int64_t kept = 0;  ///< what of it is alive when the backward pass begins [bytes]
  /// Length of the loss's derivative by its output; NaN where nobody asked for it.
  double gradient_norm = 0;
};

/// What a step is doing. The update is all that comes after the last derivative.
enum class StepPhase { before, forward, backward, update };

/// Tensor memory from when it is taken to when it is given back.
struct MemoryBlock {
  std::int64_t bytes = 0;
  StepPhase from = StepPhase::before;
  int op = -1;         ///< the operation that was at work, an index of StepProfile::ops; -1: none
  std::string name{};  ///< of what was there before the step: a parameter, and what else was named
  int born = 0;        ///< a moment of the film: from here on it is alive …
  int died = -1;       ///< … up to before this one; -1: it outlives the step
};

/// Memory at one moment: a block has just been taken or given back.
struct MemoryMoment {
  double time = 0;          ///< since the step began [seconds]
  std::int64_t in_use = 0;  ///< [bytes]
  StepPhase phase = StepPhase::before;
  int op = -1;  ///< the operation at work; -1: none
};

/// A parameter, and how large its gradient was.
struct ProfiledParameter {
  std::string name;
  std::int64_t bytes = 0;
  double gradient_norm = 0;  ///< NaN: it has none
};

struct StepProfile {
  std::vector<ProfiledOp> ops;  ///< in the order in which they were recorded
  std::vector<ProfiledParameter> parameters;
  std::vector<MemoryBlock> blocks;
  std::vector<MemoryMoment> film;  ///< the first is the beginning of the step
  double seconds = 0;              ///< of the step that is shown, while it was recorded
  double update = 0;      ///< of it, what came after the last derivative: clipping, the optimiser
  double unrecorded = 0;  ///< of the same step when nobody looks, the median [seconds]
  std::int64_t operations = 0;  ///< of all products; see operations()
  std::int64_t high_water = 0;  ///< as the allocator has counted it; MemoryStatistics
  std::int64_t named = 0;       ///< of what was alive before the step, bytes that have a name
};

/// What the ops take together, and the update: StepProfile::seconds but for what nobody measures.
double sum_of_times(const StepProfile& profile);
/// The moment of the film at which most memory is in use.
int peak_moment(const StepProfile& profile);
/// The blocks that are alive at a moment of the film, the largest first.
std::vector<const MemoryBlock*> alive_at(const StepProfile& profile, int moment);

struct ProfileOptions {
  int rounds = 5;  ///< steps that are recorded; the one whose time is the median is shown
  /// What is alive before the step beside the parameters, to be named in the film: what the optimiser
  /// remembers, a batch.
  NamedTensors alive{};
  double gradient_scale = 1;  ///< multiplies the norms: 1/targets where the loss is their sum
};

/// Runs a step several times: once to measure the gradients, then in turn unrecorded and recorded.
///
/// A span of time, and the memory taken in it, belongs to the operation that ended it, so that all
/// spans together are the step. Products are counted as operations() counts them. On a GPU each
/// operation is waited for, so that a recorded step takes longer than an unrecorded one.
/// \param step  a whole step: forward pass, backward(), update. Where the rounds shall be the same to
///              the last bit, let it have a learning rate of 0
/// \throws Error when the step records no operation
StepProfile profile_step(Module& model, const std::function<void()>& step,
                         const ProfileOptions& options = {}, Where where = Where::current());
/// @}

}  // namespace lectern
