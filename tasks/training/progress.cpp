#include "tasks/training/progress.h"

#include <charconv>
#include <cmath>

#include "tasks/failure.h"
#include "tensor/launch.h"

namespace lectern {
namespace {

constexpr std::int64_t most_steps = 1'000'000'000;           // as train.max_steps
constexpr std::int64_t most_tokens = std::int64_t{1} << 60;  // sums of them fit
constexpr std::int64_t most_batches = std::int64_t{1} << 40;

/// Calls `field(name, member, lowest, highest)` for every whole number of Progress.
template <class P, class Field>
void each_count(P& progress, Field field) {
  field("progress.step", progress.step, 0, most_steps);
  field("progress.epoch", progress.epoch, 0, most_steps);
  field("progress.next_batch", progress.next_batch, 0, most_batches);
  field("progress.tokens", progress.tokens, 0, most_tokens);
  field("progress.interval_tokens", progress.interval_tokens, 0, most_tokens);
  field("progress.best_step", progress.best_step, -1, most_steps);
  field("progress.stalled", progress.stalled, 0, most_steps);
  field("progress.schedule_steps", progress.schedule_steps, 0, most_tokens);
}

/// Calls `field(name, member)` for every number of Progress that is not whole.
template <class P, class Field>
void each_sum(P& progress, Field field) {
  field("progress.interval_loss", progress.interval_loss);
  field("progress.best_score", progress.best_score);
}

template <class Number>
std::string written(Number value) {
  char buffer[64];
  return {buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr};
}

[[noreturn]] void refuse(const Checkpoint& checkpoint, const std::string& name,
                         const std::string& problem) {
  throw Failure(ExitCode::checkpoint,
                text(checkpoint.path, ": ", name, " = ", checkpoint.text_of(name), " ", problem,
                     "; take another checkpoint, or start a new --run-dir"));
}

template <class Number>
void read(const Checkpoint& checkpoint, const char* name, Number& value) {
  const std::string& digits = checkpoint.text_of(name);
  const char* end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, value);
  if (stop != end || error != std::errc()) refuse(checkpoint, name, "is not a number");
}

}  // namespace

void write_progress(const Progress& progress, Checkpoint& checkpoint) {
  each_count(progress, [&](const char* name, std::int64_t value, auto, auto) {
    checkpoint.metadata[name] = written(value);
  });
  each_sum(progress,
           [&](const char* name, double value) { checkpoint.metadata[name] = written(value); });
}

Progress read_progress(const Checkpoint& checkpoint) {
  Progress progress;
  each_count(progress, [&](const char* name, std::int64_t& value, auto lowest, auto highest) {
    // Checkpoints of older versions do not say how long their schedule was.
    if (&value == &progress.schedule_steps && !checkpoint.metadata.contains(name)) return;
    read(checkpoint, name, value);
    if (value < lowest || value > highest)
      refuse(checkpoint, name, text("is not from ", lowest, " to ", highest));
  });
  each_sum(progress, [&](const char* name, double& value) {
    read(checkpoint, name, value);
    if (!std::isfinite(value)) refuse(checkpoint, name, "is not finite");
  });
  if (progress.best_step > progress.step)
    refuse(checkpoint, "progress.best_step", text("is beyond progress.step = ", progress.step));
  return progress;
}

double scalar(const Tensor& tensor) {
  double value = 0.0;
  launch(tensor, [&](auto, auto zero) { value = tensor.item<decltype(zero)>(); });
  return value;
}

}  // namespace lectern
