#include "tasks/language_model/masking.h"

#include <algorithm>
#include <cmath>

#include "tasks/language_model/settings.h"
#include "tasks/task/made_data.h"
#include "tasks/task/token_score.h"

namespace lectern {
namespace {

/// Hides the token at `place` of a window by the 80/10/10 rule.
void hide(std::int32_t& token, Draws& draws, const MaskingOptions& options) {
  const std::int64_t fate = draws.below(10);
  const std::int64_t words = options.mask - options.first_word;
  const auto other = options.first_word + static_cast<std::int32_t>(draws.below(words));
  if (fate < 8)
    token = options.mask;
  else if (fate == 8)
    token = other;
}

/// Keeps `count` of the places, drawn without repetition, in ascending order.
void draw_places(std::vector<std::int32_t>& places, std::int64_t count, Draws& draws) {
  for (std::int64_t i = 0; i < count; ++i)
    std::swap(places[i], places[i + draws.below(std::ssize(places) - i)]);
  places.resize(static_cast<std::size_t>(count));
  std::ranges::sort(places);
}

}  // namespace

MaskingOptions MaskingOptions::of(const Tokenizer* tokenizer, double share) {
  return {.share = share,
          .first_word = tokenizer ? Tokenizer::unknown : 0,
          .mask = static_cast<std::int32_t>(masked_vocab(tokenizer) - 1)};
}

std::int64_t masked_vocab(const Tokenizer* tokenizer) {
  return (tokenizer ? tokenizer->size() : byte_vocab) + 1;
}

std::int64_t most_masked(std::int64_t length, double share) {
  return std::max<std::int64_t>(1, std::llround(share * static_cast<double>(length)));
}

std::vector<std::int32_t> maskable(std::span<const std::int32_t> window,
                                   const MaskingOptions& options) {
  std::vector<std::int32_t> places;
  for (std::int64_t i = 0; i < std::ssize(window); ++i)
    if (window[i] >= options.first_word) places.push_back(static_cast<std::int32_t>(i));
  return places;
}

MaskedBatch mask_windows(std::span<const std::int32_t> text,
                         const std::vector<std::int64_t>& windows, std::int64_t length,
                         const std::vector<RandomKey>& keys, const MaskingOptions& options) {
  const std::int64_t room = most_masked(length, options.share);
  std::vector<std::int32_t> ids, places, targets;
  MaskedBatch batch;
  for (std::size_t i = 0; i < windows.size(); ++i) {
    const auto window = text.subspan(windows[i], length);
    const auto first = static_cast<std::int32_t>(ids.size());
    ids.insert(ids.end(), window.begin(), window.end());
    std::vector<std::int32_t> drawn = maskable(window, options);
    const std::int64_t count = drawn.empty() ? 0 : most_masked(std::ssize(drawn), options.share);
    Draws draws(keys[i]);
    draw_places(drawn, count, draws);
    for (const std::int32_t place : drawn) {
      places.push_back(first + place);
      targets.push_back(window[place]);
      hide(ids[first + place], draws, options);
    }
    places.resize((i + 1) * room, first);
    targets.resize((i + 1) * room, ignored_target);
    batch.target_tokens += count;
  }
  batch.source_tokens = std::ssize(ids) - batch.target_tokens;
  batch.ids = tensor_of<std::int32_t>({std::ssize(windows), length}, ids);
  batch.places = tensor_of<std::int32_t>({std::ssize(places)}, places);
  batch.targets = tensor_of<std::int32_t>({std::ssize(targets)}, targets);
  return batch;
}

MaskedBatch mask_in_turn(std::span<const std::int32_t> window,
                         const std::vector<std::int32_t>& places, const MaskingOptions& options) {
  std::vector<std::int32_t> ids, rows, targets;
  for (const std::int32_t place : places) {
    rows.push_back(static_cast<std::int32_t>(ids.size()) + place);
    ids.insert(ids.end(), window.begin(), window.end());
    targets.push_back(window[place]);
    ids[rows.back()] = options.mask;
  }
  const std::int64_t copies = std::ssize(places);
  return {.ids = tensor_of<std::int32_t>({copies, std::ssize(window)}, ids),
          .places = tensor_of<std::int32_t>({copies}, rows),
          .targets = tensor_of<std::int32_t>({copies}, targets),
          .target_tokens = copies,
          .source_tokens = std::ssize(ids) - copies};
}

}  // namespace lectern
