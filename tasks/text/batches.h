#pragma once

#include <cstdint>
#include <vector>

#include "tasks/text/corpus.h"
#include "tensor/tensor.h"

namespace lectern {

/// Sentences of nearly equal length as rectangles of token numbers, padded at the end.
struct Batch {
  Tensor source;          // [batch, source] i32, each row ends with </s>
  Tensor source_lengths;  // [batch] i32
  Tensor target_input;    // [batch, target] i32, <s> and the sentence: what the decoder reads
  Tensor target_output;   // [batch, target] i32, the sentence and </s>: what it is to say
  /// Where in the rows of target_output real tokens stand, and these: i32 `[token]`. On a GPU both
  /// are filled up with places whose token is padding, so that shapes repeat from batch to batch.
  Tensor real_places, real_targets;
  std::int64_t source_tokens = 0;  ///< real ones, </s> included
  std::int64_t target_tokens = 0;

  /// What a loss reads.
  template <class Visit>
  void visit_inputs(Visit visit) {
    visit(source);
    visit(source_lengths);
    visit(target_input);
    visit(real_places);
    visit(real_targets);
  }
};

/// The pairs `which` of a corpus as one batch.
Batch make_batch(const std::vector<TokenPair>& pairs, const std::vector<std::int64_t>& which);

/// Source sentences only, for translating.
Batch make_source_batch(const std::vector<std::vector<std::int32_t>>& sources,
                        const std::vector<std::int64_t>& which);

struct BatchOptions {
  /// A batch holds at most so many tokens on its longer side, padding included; a sentence that is
  /// longer than that is a batch by itself.
  std::int64_t batch_tokens = 4096;
  /// Above 0: so many sentences a batch, whatever their length, instead of the budget.
  std::int64_t batch_size = 0;
};

/// How long the two sides of a pair are [tokens].
struct PairLength {
  std::uint32_t source = 0, target = 0;
};

/// Which pairs go into which batch in one epoch.
///
/// Pairs are sorted by length, so that little of a rectangle is padding, cut into batches by the
/// token budget, and the batches shuffled. Both the order inside equal lengths and that of the
/// batches are functions of (seed, epoch): a resumed run needs to know nothing but its position.
std::vector<std::vector<std::int64_t>> plan_epoch(const std::vector<TokenPair>& pairs,
                                                  const BatchOptions& options, std::uint64_t seed,
                                                  std::uint32_t epoch);

/// The same for sequences that stand alone.
std::vector<std::vector<std::int64_t>> plan_epoch(
    const std::vector<std::vector<std::int32_t>>& sequences, const BatchOptions& options,
    std::uint64_t seed, std::uint32_t epoch);

/// The same for pairs that are not in memory: their lengths decide.
std::vector<std::vector<std::int64_t>> plan_epoch(const std::vector<PairLength>& lengths,
                                                  const BatchOptions& options, std::uint64_t seed,
                                                  std::uint32_t epoch);

/// The same without shuffling, longest sentences first: for evaluation, where the longest batch shows
/// at once whether the memory suffices.
std::vector<std::vector<std::int64_t>> plan_by_length(
    const std::vector<std::vector<std::int32_t>>& sentences, const BatchOptions& options);

}  // namespace lectern
