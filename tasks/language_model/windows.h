#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "tensor/tensor.h"

namespace lectern {

/// Windows of a text, each with the token that follows every token.
struct WindowBatch {
  Tensor ids;                      // [batch, length] i32
  Tensor targets;                  // [batch, length] i32; ignored_target where nothing counts
  std::int64_t target_tokens = 0;  ///< targets that count
  std::int64_t source_tokens = 0;  ///< none: every token is a target

  /// What the loss reads.
  template <class Visit>
  void visit_inputs(Visit visit) {
    visit(ids);
    visit(targets);
  }
};

/// A window of a text.
struct TextWindow {
  std::int64_t start = 0;
  std::int64_t seen = 0;  ///< its first so many targets do not count: another window has them
};

/// The windows of `length` tokens. Where the text ends inside one, its rest is filled up with zeros,
/// after which nothing is to be predicted.
WindowBatch make_windows(std::span<const std::int32_t> text, const std::vector<TextWindow>& windows,
                         std::int64_t length);
WindowBatch make_windows(std::span<const std::int32_t> text,
                         const std::vector<std::int64_t>& starts, std::int64_t length);

/// A sequence by itself, i32 `[1, length]`.
Tensor as_row(const std::vector<std::int32_t>& tokens);

/// How many windows a piece of a text gives in an epoch.
constexpr std::int64_t windows_in(std::int64_t piece_size, std::int64_t length) {
  return (piece_size - length) / length;
}

/// Where the windows of one epoch begin, in the order of training: side by side from a place that
/// changes with the epoch, shuffled; a function of (seed, epoch, piece). Every window has a token
/// after it.
/// \param piece  which one of its text this is
std::vector<std::int64_t> plan_windows(std::int64_t piece_size, std::int64_t length,
                                       std::uint64_t seed, std::int64_t epoch,
                                       std::int64_t piece = 0);

/// Windows in order from the beginning, so that every token but the first is predicted once.
/// \param stride  from one to the next: all but the first begin with tokens that were scored before,
///                so that every token has at least `length - stride` before it (but at the beginning)
std::vector<TextWindow> windows_in_order(std::int64_t text_size, std::int64_t length,
                                         std::int64_t stride);

}  // namespace lectern
