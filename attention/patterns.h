#pragma once

#include <functional>
#include <string>
#include <vector>

#include "attention/pattern_options.h"

namespace lectern {

/// \defgroup patterns The list of patterns
/// Every pattern of self-attention that `model.attention` can name. Configuration, help, benchmarks
/// and tests read this one list; a program outside the library adds its own with register_pattern.
/// @{

/// A key that a pattern brings along: `attention.stride` of a configuration.
struct PatternKey {
  std::string name;         ///< `stride`
  PatternSetting standard;  ///< its default; whether it is whole decides about all values
  double lowest = 0, highest = 1e9;
  std::string doc = {};  ///< what it does, with its unit
};

/// Settings under which a pattern is measured beside the others.
struct PatternVariant {
  std::string name;  ///< "window of 128 each side"
  PatternOptions options;
  std::int64_t exact_up_to = 0;  ///< no longer sequence is attended otherwise than exactly [tokens]
};

using PatternMaker = std::function<std::unique_ptr<AttentionPattern>(
    const PatternOptions& options, std::int64_t d_model, int heads, Initializer& init)>;

/// One sequence without padding that a pattern attends to.
struct SequenceSize {
  std::int64_t length = 0;  ///< [tokens]
  std::int64_t d_model = 0;
  int heads = 1;
  bool causal = false;
};

using PatternOperations =
    std::function<std::int64_t(const PatternOptions& options, const SequenceSize& size)>;

/// A pattern, and what it can do. What is not said of a pattern holds for attention of all pairs
/// that is made of ordinary ops.
struct PatternEntry {
  std::string name;     ///< `learned_window`
  std::string summary;  ///< one line, in the words of its paper
  std::string cost;     ///< what time and memory grow with: "length · window"
  PatternMaker make;
  PatternOperations operations = {};  ///< see pattern_operations(); empty: it does not say
  /// The keys of the table [attention] that it reads, beside its own.
  std::vector<std::string> reads = {};
  std::vector<PatternKey> keys = {};  ///< its own
  /// What the benchmark measures; empty: it with its defaults, under its name.
  std::vector<PatternVariant> variants = {};
  bool drops_weights = true;   ///< it has weights to drop: model.attention_dropout
  bool groups_heads = true;    ///< keys may have fewer heads: model.num_key_value_heads
  bool causal = true;          ///< it can hide from a token those that come after it
  bool global_tokens = false;  ///< the first tokens may see, and be seen by, all
  bool hashes = false;         ///< it sorts tokens into buckets, which come in pairs
  bool recordable = false;     ///< its work is kernels alone: a GPU can record a training step
  bool linear_memory = false;  ///< it stores no matrix of all pairs: any length can be measured

  /// Whether a key of [attention] concerns it: one that it reads, or its own.
  bool has_key(const std::string& key) const;
};

/// The list, in the order of a lecture: exact attention first. Reading it closes it.
const std::vector<PatternEntry>& patterns();

/// The pattern of this name, or null.
const PatternEntry* find_pattern(const std::string& name);

/// The operations of one forward pass over one sequence: a multiplication and an addition for each
/// term of the products that the pattern makes, those of its own projections with them, those of
/// MultiHeadAttention not.
///
/// A query and a key that meet take 4 · d_head: q·k, and the weight times the value. What is counted
/// are the pairs that the pattern leaves, as operations() of tensor/measure.h counts them while the
/// kernels run on a CPU: not what a mask hides in a tile, no softmax, no sorting. Where a head learns how
/// far it looks, it looks as far as it may. Throws for a pattern that does not say.
std::int64_t pattern_operations(const PatternOptions& options, const SequenceSize& size);

/// Adds a pattern of a program's own, first thing in `main`:
///
///     register_pattern({.name = "alibi", .summary = "scores fall with distance", .make = …});
///
/// Throws for a name that is taken or no word of small letters, a key that another pattern has, and
/// where the list has already been read.
void register_pattern(PatternEntry entry);
/// @}

}  // namespace lectern
