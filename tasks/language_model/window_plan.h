#pragma once

#include <cstdint>
#include <vector>

#include "tasks/language_model/token_text.h"

namespace lectern {

/// Which windows of a text go into which batch of an epoch: those of its first piece, shuffled, then
/// those of its second one … A function of (seed, epoch, text): a resumed run needs to know nothing
/// but its position.
class WindowPlan {
 public:
  struct Options {
    std::int64_t length = 128;    ///< of a window [tokens]
    std::int64_t batch_size = 1;  ///< windows
    std::uint64_t seed = 42;
  };
  explicit WindowPlan(const Options& options) : options_(options) {}

  std::int64_t batches_in_epoch(const TokenText& text) const;

  struct Batch {
    std::int64_t piece = 0;            ///< in which all windows of this batch lie
    std::vector<std::int64_t> starts;  ///< of the windows, in the piece
    std::int64_t first_window = 0;     ///< how many windows of the epoch come before
  };
  Batch batch(const TokenText& text, std::int64_t epoch, std::int64_t index);

 private:
  std::int64_t batches_in(std::int64_t piece_size) const;

  Options options_;
  std::int64_t epoch_ = -1, piece_ = -1;  // what is planned
  std::vector<std::int64_t> starts_;
};

/// \throws Failure (data) for a text of less than two windows
void expect_windows(const TokenText& text, std::int64_t length, const char* unit);

}  // namespace lectern
