#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tasks/config/config.h"
#include "tasks/task/split.h"
#include "tensor/tensor.h"

namespace lectern {

/// Bytes are the tokens: no tokenizer, no unknown word, any language.
inline constexpr std::int64_t byte_vocab = 256;

/// `[task]` of a language model.
struct LanguageModelSettings {
  std::int64_t length = 128;  ///< of a window [bytes]
  double valid_share = 0.1;  ///< of data.train, held out to validate on where data.valid is not set
};

/// The text of a part of the data. data.train names one file, plain or .gz; without data.valid, the
/// last task.valid_share of it is held out and belongs to no other part.
/// \throws Failure (usage) where the key of the file is not set, (data) where it cannot be read
std::string read_text(const Config& config, Split split);

/// Windows of a text, each with the byte that follows every byte.
struct WindowBatch {
  Tensor ids;                      // [batch, length] i32
  Tensor targets;                  // [batch, length] i32; ignored_target after the text's end
  std::int64_t target_tokens = 0;  ///< targets that count
  std::int64_t source_tokens = 0;  ///< none: every byte is a target

  /// What the loss reads.
  template <class Visit>
  void visit_inputs(Visit visit) {
    visit(ids);
    visit(targets);
  }
};
/// The windows of `length` bytes that begin at `starts`. Where the text ends inside one, its rest
/// is filled up with zeros, after which nothing is to be predicted.
WindowBatch make_windows(const std::string& text, const std::vector<std::int64_t>& starts,
                         std::int64_t length);

/// Where the windows of one epoch begin, in the order of training: side by side from a place that
/// changes with the epoch, shuffled; a function of (seed, epoch). Every window has a byte after it.
std::vector<std::int64_t> plan_windows(std::int64_t text_size, std::int64_t length,
                                       std::uint64_t seed, std::int64_t epoch);

/// Windows side by side from the beginning, so that every byte but the first is predicted once.
std::vector<std::int64_t> windows_in_order(std::int64_t text_size, std::int64_t length);

}  // namespace lectern
