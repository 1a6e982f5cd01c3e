#pragma once

#include "tasks/synthetic/sequence_task.h"

namespace lectern {

/// `[task]` of recall.
struct RecallSettings {
  std::int64_t length = 1024;     ///< [tokens]
  std::int64_t pairs = 32;        ///< keys that are told, each with its value
  std::int64_t symbols = 64;      ///< different keys, different values, different words of noise
  std::int64_t start_length = 0;  ///< of the first epoch, doubling with each; 0: length [tokens]
  SplitSizes sizes = {};
};

/// One sequence:
///
///     noise k v noise noise k' v' noise … noise k' v' k v noise
///
/// In the first half every one of `pairs` different keys is told with a value, in the second half each
/// is asked for once, in another order; between them stands noise. Keys are 0 … symbols − 1, values the
/// next `symbols` numbers, noise the next. A shorter sequence of a curriculum has as many pairs as fill
/// half of it at most. Where pairs stand is drawn evenly, so that the answer lies
/// from two tokens to the whole length back.
MadeSequence make_recall(const RecallSettings& settings, const ExampleKey& key);
MadeSequence make_recall(const RecallSettings& settings, const ExampleKey& key,
                         std::int64_t length);

/// Associative recall: which value stood behind this key? To answer, a token must find one other
/// token by what it is, however far back, which is what attention to all pairs does and a window, a
/// hash or a carried sum may not. (Graves et al. 2014, "Neural Turing Machines", §4.3; with many
/// questions a sequence, Arora et al. 2023, "Zoology", §4.)
TaskKind recall_kind();

}  // namespace lectern
