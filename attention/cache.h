#pragma once

#include <cstdint>

#include "attention/projected_tokens.h"
#include "attention/token_paths.h"

namespace lectern {

/// The key/value cache of one attention: what it keeps of the tokens that it has read, so that
/// going on costs the new tokens only.
///
/// A row of a cache is a sequence that grows: a prompt that is continued, or a hypothesis of a
/// search. All rows have read equally many tokens. How many rows there are is known from the first
/// call; from then on only `reorder` changes it.
///
/// Keys and values of fewer heads than the queries are kept as they are: with 2 of 8, a quarter of the
/// memory.
///
/// | pattern | what is kept | cost of a token |
/// |---|---|---|
/// | exact | every key and value, in one table (table_cache.h) | length |
/// | windows, learned windows and spans | the last ones (recent_cache.h) | reach |
/// | LSH, same bucket | all keys and values; rings of buckets (lsh_cache.h) | rounds · window |
/// | linear | one sum a head (linear.cpp) | d_head |
/// | two levels | near tokens, and the means of blocks (hierarchical.cpp) | 2 · block + blocks |
/// | dynamic convolution | the last values (dynamic_convolution.cpp) | kernel |
/// | cross-attention | the source's keys and values (table_cache.h) | source |
/// | any other that is causal | all tokens, read again for every token (replay_cache.h) | a pass |
class KeyValueCache {
 public:
  virtual ~KeyValueCache() = default;

  /// Appends the next tokens of every row, any number of them, and looks back from each: what the
  /// causal pattern gives to the whole sequences, in these places. A prompt is one call.
  /// \param tokens  `[row, n, d_model]`
  /// \param newest  which tokens these are: the same for the caches of all layers
  /// \return        `[row, n, d_model]`, the heads side by side
  virtual Tensor attend(const ProjectedTokens& tokens, const NewestTokens& newest) = 0;

  /// Row r goes on from what row `order[r]` was: hypotheses fork, change places and end, and there
  /// may be more rows or fewer. Throws where a cache cannot do that.
  /// \param order  i32 `[row]`
  virtual void reorder(const Tensor& order);

  /// Keeps of the source sentences only some: sentence i is from now on what was
  /// `sentences[i]`. A cache of what is written goes by rows: `reorder` drops them.
  /// \param sentences  i32 `[sentence']`
  virtual void keep(const Tensor& sentences);

  /// True where the keys and values are those of a source, and nothing is appended: `attend` reads
  /// the queries only.
  virtual bool is_complete() const { return false; }
  /// True where the next single token takes kernels alone, over tensors that keep their shapes and
  /// places until `NewestTokens::room` grows: a GPU can record it (RecordedWork).
  virtual bool is_recordable() const { return false; }

  /// Whom the tokens of the last call looked at, for pictures. Throws where a cache does not say.
  /// \param queries  of that call
  /// \return         `[row, head, n, key]`, each row summing to one
  virtual Tensor weights(const Tensor& queries, const NewestTokens& newest) const;
};

}  // namespace lectern
