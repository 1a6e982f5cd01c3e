#include "tasks/language_model/windows.h"

#include <utility>

#include "tasks/task/made_data.h"
#include "tasks/task/token_score.h"

namespace lectern {

WindowBatch make_windows(std::span<const std::int32_t> text, const std::vector<TextWindow>& windows,
                         std::int64_t length) {
  const std::int64_t size = std::ssize(text);
  std::vector<std::int32_t> ids, targets;
  WindowBatch batch;
  for (const TextWindow& window : windows) {
    for (std::int64_t i = window.start; i < window.start + length; ++i) {
      const bool counts = i + 1 < size && i >= window.start + window.seen;
      ids.push_back(i < size ? text[static_cast<std::size_t>(i)] : 0);
      targets.push_back(counts ? text[static_cast<std::size_t>(i) + 1] : ignored_target);
      batch.target_tokens += counts;
    }
  }
  const Shape shape = {std::ssize(windows), length};
  batch.ids = tensor_of<std::int32_t>(shape, ids);
  batch.targets = tensor_of<std::int32_t>(shape, targets);
  return batch;
}

WindowBatch make_windows(std::span<const std::int32_t> text,
                         const std::vector<std::int64_t>& starts, std::int64_t length) {
  std::vector<TextWindow> windows;
  for (const std::int64_t start : starts) windows.push_back({.start = start});
  return make_windows(text, windows, length);
}

Tensor as_row(const std::vector<std::int32_t>& tokens) {
  return tensor_of<std::int32_t>({1, std::ssize(tokens)}, tokens);
}

std::vector<std::int64_t> plan_windows(std::int64_t piece_size, std::int64_t length,
                                       std::uint64_t seed, std::int64_t epoch, std::int64_t piece) {
  check(piece_size >= 2 * length, [&] {
    return text("windows of ", length, " tokens need twice as many, not ", piece_size);
  });
  Draws draws({.seed = seed,
               .step = static_cast<std::uint32_t>(epoch),
               .site = static_cast<std::uint32_t>(piece)});
  const std::int64_t offset = draws.below(length);
  std::vector<std::int64_t> starts;
  for (std::int64_t i = 0; i < windows_in(piece_size, length); ++i)
    starts.push_back(offset + i * length);
  for (std::size_t i = starts.size(); i > 1; --i)
    std::swap(starts[i - 1],
              starts[static_cast<std::size_t>(draws.below(static_cast<std::int64_t>(i)))]);
  return starts;
}

std::vector<TextWindow> windows_in_order(std::int64_t text_size, std::int64_t length,
                                         std::int64_t stride) {
  std::vector<TextWindow> windows;
  if (text_size > 1) windows.push_back({});
  // The window before ends with the token that this one's first new target follows.
  for (std::int64_t start = stride; start + length - stride + 1 < text_size; start += stride)
    windows.push_back({.start = start, .seen = length - stride});
  return windows;
}

}  // namespace lectern
