#pragma once

#include <cstdint>
#include <vector>

#include "models/tokens.h"
#include "tasks/chatbot/dialogue_tokens.h"
#include "tasks/chatbot/settings.h"
#include "tasks/task/token_score.h"

namespace lectern {

/// Dialogues side by side, each with the token that follows every token.
struct DialogueBatch {
  Tokens tokens;                   // [batch, length], filled up at the end; [batch]
  Tensor targets;                  // [batch, length] i32; ignored_target where nothing counts
  std::int64_t target_tokens = 0;  ///< targets that count
  std::int64_t source_tokens = 0;  ///< none: what is read is foretold

  /// What the loss reads.
  template <class Visit>
  void visit_inputs(Visit visit) {
    visit(tokens.ids);
    visit(tokens.lengths);
    visit(targets);
  }
};

struct DialogueBatchOptions {
  /// `system`: only what the system says counts, and the token that ends its turn: what a chatbot has
  /// to write.
  LossOn loss_on = LossOn::all;
  std::int64_t longest = 2048;  ///< no row is filled up beyond [tokens]
};

/// The parts `which` as one batch, filled up to the longest of them; on a GPU to a multiple of 64, so
/// that shapes repeat from batch to batch.
DialogueBatch make_dialogue_batch(const std::vector<std::vector<std::int32_t>>& parts,
                                  const std::vector<std::int64_t>& which,
                                  const DialogueVocabulary& vocabulary,
                                  const DialogueBatchOptions& options = {});

}  // namespace lectern
