#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "tasks/config/config.h"
#include "tasks/grammar/made_pair.h"
#include "tasks/text/batches.h"

namespace lectern {

/// A text to learn from, of any size: where its lines are and how long they are, but not the lines.
///
/// Memory: 20 bytes a line. Cost of opening it: all lines are read and cut into tokens once, by all
/// threads, since the batches of an epoch follow from their lengths.
class GrammarText {
 public:
  struct Limits {
    std::int64_t learned = 128;  ///< longer sentences are left out [tokens]
    std::int64_t read = 511;     ///< a sentence that is longer once corrupted stays right [tokens]
    bool strict = false;
  };
  /// \throws Failure (data) where nothing is left to learn from
  GrammarText(LineIndex index, std::shared_ptr<const Tokenizer> tokenizer,
              const GrammarReading& reading, const Limits& limits);

  /// How long the sentences are that can be learned from: of clean text both sides as the right one.
  const std::vector<PairLength>& lengths() const { return lengths_; }
  std::int64_t size() const { return static_cast<std::int64_t>(lengths_.size()); }
  /// Pair `i` of these, as the model reads it in an epoch. Threads may ask at the same time.
  TokenPair pair(std::int64_t i, std::int64_t epoch) const;
  /// Several of them, made by all threads.
  std::vector<TokenPair> pairs(const std::vector<std::int64_t>& which, std::int64_t epoch) const;

  /// The errors in the first `count` pairs of epoch 0.
  ErrorCounts errors(std::int64_t count) const;

  const LineIndex& index() const { return index_; }
  const TextReport& report() const { return report_; }  ///< of what was left out or mended
  std::int64_t tokens() const { return tokens_; }       ///< of the right side

 private:
  void measure();

  LineIndex index_;
  std::shared_ptr<const Tokenizer> tokenizer_;
  GrammarReading reading_;
  Limits limits_;
  std::vector<PairLength> lengths_;
  std::vector<std::uint32_t> lines_;  // of each of them, counted from 0
  TextReport report_;
  std::int64_t tokens_ = 0;
};

/// A vocabulary is learned from so much of a text.
inline constexpr std::int64_t vocabulary_bytes = std::int64_t{16} << 20;

/// Learns the vocabulary, which both sides share, from the right sentences of the first
/// `vocabulary_bytes` of a text (and from the wrong ones of pairs).
std::shared_ptr<Tokenizer> learn_grammar_vocabulary(const Config& config, const LineIndex& index);

}  // namespace lectern
