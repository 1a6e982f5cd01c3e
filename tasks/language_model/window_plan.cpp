#include "tasks/language_model/window_plan.h"

#include <algorithm>

#include "tasks/failure.h"
#include "tasks/language_model/windows.h"
#include "tensor/check.h"

namespace lectern {

std::int64_t WindowPlan::batches_in(std::int64_t piece_size) const {
  const std::int64_t windows = windows_in(piece_size, options_.length);
  return (windows + options_.batch_size - 1) / options_.batch_size;
}

std::int64_t WindowPlan::batches_in_epoch(const TokenText& text) const {
  std::int64_t batches = 0;
  for (std::int64_t piece = 0; piece < text.pieces(); ++piece)
    batches += batches_in(text.piece_size(piece));
  return batches;
}

WindowPlan::Batch WindowPlan::batch(const TokenText& text, std::int64_t epoch, std::int64_t index) {
  Batch batch;
  while (index >= batches_in(text.piece_size(batch.piece))) {
    index -= batches_in(text.piece_size(batch.piece));
    batch.first_window += windows_in(text.piece_size(batch.piece), options_.length);
    ++batch.piece;
  }
  if (epoch_ != epoch || piece_ != batch.piece)
    starts_ = plan_windows(text.piece_size(batch.piece), options_.length, options_.seed, epoch,
                           batch.piece);
  epoch_ = epoch;
  piece_ = batch.piece;
  const std::int64_t done = index * options_.batch_size;
  const auto first = starts_.begin() + done;
  batch.starts = {first, first + std::min(options_.batch_size, std::ssize(starts_) - done)};
  batch.first_window += done;
  return batch;
}

void expect_windows(const TokenText& train, std::int64_t length, const char* unit) {
  if (train.size() >= 2 * length) return;
  throw Failure(
      ExitCode::data,
      text(train.path(), ": ", train.size(), " ", unit,
           " to learn from are fewer than two windows of task.length = ", length,
           "; try a longer text or task.length=", std::max<std::int64_t>(2, train.size() / 4)));
}

}  // namespace lectern
