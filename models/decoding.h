#pragma once

#include <cstdint>
#include <vector>

#include "tensor/random.h"
#include "tensor/tensor.h"

namespace lectern {

/// The tokens that a search treats specially.
struct SpecialTokens {
  std::int32_t pad = 0;
  std::int32_t begin = 1;  ///< <s>
  std::int32_t end = 2;    ///< </s>
};

using TokenList = std::vector<std::int32_t>;

/// What a search needs of a model: one more token for every hypothesis, and forgetting sentences
/// that are done. Hypotheses are rows, grouped by sentence.
class StepDecoder {
 public:
  virtual ~StepDecoder() = default;
  virtual std::int64_t sentences() const = 0;
  /// Reads what all hypotheses begin with, <s> or a prompt: the first call, with one row for each
  /// sentence.
  /// \return  logits `[sentence, vocab]` for the first token to be written
  virtual Tensor start() = 0;
  /// \param tokens  of each row, the newest one
  /// \param order   the row of the call before that each row goes on from
  /// \return        logits `[row, vocab]`
  virtual Tensor step(const TokenList& tokens, const TokenList& order) = 0;
  /// Keeps sentences `kept` only. The `order` of the next step still counts the old rows.
  virtual void select(const TokenList& kept) = 0;
};

/// One translation that a search found.
struct Hypothesis {
  TokenList tokens = {};         ///< without <s> and </s>
  double log_probability = 0.0;  ///< of all tokens and </s>, natural logarithm
  double score = 0.0;            ///< log_probability / length^length_penalty
  bool finished = true;          ///< it ends with </s>; else the longest length cut it off
};

struct SearchOptions {
  int beam_size = 5;
  /// Exponent of the length that a log-probability is divided by: 0 prefers short translations, 1
  /// compares the mean per token (Wu et al. 2016, §7, in the form of fairseq).
  double length_penalty = 1.0;
  int n_best = 1;  ///< at most beam_size
  /// End a sentence as soon as beam_size hypotheses are complete; otherwise when no live one can
  /// still overtake them.
  bool early_stopping = true;
  std::int64_t min_length = 0;
  /// Longest translation of each sentence, in tokens.
  std::vector<std::int64_t> max_lengths = {};
  SpecialTokens special = {};
};

/// Beam search (Sutskever et al. 2014, §3.2), all sentences of the batch at once; a beam of 1 is
/// greedy search. Ties go to the smaller token, so results do not depend on the machine.
/// \return  for each sentence its n_best hypotheses, best first: those that the longest length cut
///          off come after all that ended
std::vector<std::vector<Hypothesis>> beam_search(StepDecoder& decoder,
                                                 const SearchOptions& options);

struct SamplingOptions {
  double temperature = 1.0;  ///< below 1: closer to the best token, above 1: bolder
  std::int64_t top_k = 0;    ///< draw from the k best tokens only; 0: from all
  double top_p = 1.0;        ///< … from the fewest that together have this probability
  int draws = 1;             ///< of every sentence
  std::uint64_t seed = 42;
  /// Decide, with the seed, what is drawn for each sentence, so that it does not matter with which
  /// others it is translated. Empty: their places in the batch.
  std::vector<std::int64_t> sentence_numbers = {};
  std::vector<std::int64_t> max_lengths = {};
  SpecialTokens special = {};
};

/// Throws NotFinite where the logits of a token give no probabilities, being NaN or infinite.
/// \param measure  of all logits, such as their largest or the logarithm of their sum
void expect_distribution(double measure);

struct DrawnToken {
  std::int32_t token;
  double log_probability;  ///< among the tokens that could be drawn, natural logarithm
};
/// Draws one token.
/// \param logits   `[vocab]`, or one row of a larger shape
/// \param options  temperature, top_k, top_p and the tokens that are never drawn: <pad> and <s>
/// \param key      decides: the same key draws the same
DrawnToken draw_token(const Tensor& logits, const SamplingOptions& options, RandomKey key);

/// Draws translations of each sentence, token by token, from the model's own distribution (top-k:
/// Fan et al. 2018; nucleus: Holtzman et al. 2020). The first of several is the one that is drawn
/// alone.
/// \return  for each sentence its draws, in the order of their numbers
std::vector<std::vector<Hypothesis>> sample(StepDecoder& decoder, const SamplingOptions& options);

}  // namespace lectern
