#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "tasks/text/tokenizer.h"
#include "tensor/random.h"
#include "tensor/tensor.h"

namespace lectern {

/// What can be hidden of a text, and by what.
struct MaskingOptions {
  double share = 0.15;          ///< of the tokens of a window
  std::int32_t first_word = 0;  ///< tokens from this one on can be hidden, and drawn
  std::int32_t mask = 0;        ///< the token that hides: the one behind the vocabulary

  /// For the tokens of a vocabulary, in which the ends of lines are never hidden, or, null, for bytes.
  static MaskingOptions of(const Tokenizer* tokenizer, double share);
};

/// The number of a model's tokens: those of the vocabulary, or 256 bytes, and the mask.
std::int64_t masked_vocab(const Tokenizer* tokenizer);

/// How many targets a window of `length` tokens has room for.
std::int64_t most_masked(std::int64_t length, double share);

/// Windows of a text in which some tokens are hidden.
struct MaskedBatch {
  Tensor ids;                      // [batch, length] i32, as the model reads them
  Tensor places;                   // [target] i32, in the rows of [batch · length]
  Tensor targets;                  // [target] i32, what was there; ignored_target: nothing
  std::int64_t target_tokens = 0;  ///< hidden ones
  std::int64_t source_tokens = 0;  ///< the others

  /// What the loss reads.
  template <class Visit>
  void visit_inputs(Visit visit) {
    visit(ids);
    visit(places);
    visit(targets);
  }
};

/// The rule of BERT (Devlin et al. 2019, §3.1): a share of the tokens, drawn without repetition, is to
/// be foretold. Of these, 80 % are replaced by the mask, 10 % by a token that is drawn from the
/// vocabulary, and 10 % stay as they are, because no text that the model will be used on has masks.
///
/// At least one token of a window is drawn, if any can be. All windows have room for equally many, so
/// that shapes repeat from batch to batch; what is left over is ignored.
/// \param windows  begins of windows of `length` tokens, all of which are in the text
/// \param keys     decide for each window what is drawn
MaskedBatch mask_windows(std::span<const std::int32_t> text,
                         const std::vector<std::int64_t>& windows, std::int64_t length,
                         const std::vector<RandomKey>& keys, const MaskingOptions& options);

/// Copies of a window, in each of which one other token is hidden by the mask.
/// \param places  of these tokens, in the window
MaskedBatch mask_in_turn(std::span<const std::int32_t> window,
                         const std::vector<std::int32_t>& places, const MaskingOptions& options);

/// Where the tokens of a window stand that can be hidden.
std::vector<std::int32_t> maskable(std::span<const std::int32_t> window,
                                   const MaskingOptions& options);

}  // namespace lectern
