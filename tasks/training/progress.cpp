#include "tasks/training/progress.h"

#include <charconv>

#include "tasks/failure.h"
#include "tensor/launch.h"

namespace lectern {
namespace {

/// Calls `field(name, member)` for everything in Progress, once for writing and once for reading.
template <class P, class Field>
void each_field(P& progress, Field field) {
  field("progress.step", progress.step);
  field("progress.epoch", progress.epoch);
  field("progress.next_batch", progress.next_batch);
  field("progress.tokens", progress.tokens);
  field("progress.interval_loss", progress.interval_loss);
  field("progress.interval_tokens", progress.interval_tokens);
  field("progress.best_score", progress.best_score);
  field("progress.best_step", progress.best_step);
  field("progress.stalled", progress.stalled);
}

}  // namespace

void write_progress(const Progress& progress, Checkpoint& checkpoint) {
  each_field(progress, [&](const char* name, auto value) {
    char buffer[64];
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
    checkpoint.metadata[name] = std::string(buffer, end);
  });
}

Progress read_progress(const Checkpoint& checkpoint) {
  Progress progress;
  each_field(progress, [&](const char* name, auto& value) {
    const std::string& digits = checkpoint.text_of(name);
    const char* end = digits.data() + digits.size();
    if (std::from_chars(digits.data(), end, value).ptr != end)
      throw Failure(ExitCode::checkpoint,
                    text(checkpoint.path, ": ", name, " = \"", digits, "\" is not a number"));
  });
  return progress;
}

double scalar(const Tensor& tensor) {
  double value = 0.0;
  launch(tensor, [&](auto, auto zero) { value = tensor.item<decltype(zero)>(); });
  return value;
}

}  // namespace lectern
