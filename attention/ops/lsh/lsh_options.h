#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace lectern {

/// Which tokens of a sorted sequence a token may look at.
enum class CandidateRule {
  /// Those of its own chunk and of the one before; without a causal mask also of the one after. The
  /// paper's rule. Where chunks begin depends on all tokens, so even with a causal mask, *which*
  /// earlier tokens are seen depends on later ones: see causal_leak.
  chunks,
  /// The last `window` members of its own bucket, in order of time. Nothing depends on later
  /// tokens, so that one token at a time gives what the whole sequence gives.
  same_bucket
};

constexpr std::string_view name_of(CandidateRule rule) {
  switch (rule) {
    case CandidateRule::chunks: return "chunks";
    case CandidateRule::same_bucket: return "same_bucket";
  }
  return {};
}

/// LSH attention: tokens are hashed so that similar ones probably share a bucket, sorted by bucket,
/// and look only at their neighbours in that order; this several times, with other hashes.
/// Source: Kitaev et al. 2020, "Reformer: The Efficient Transformer", section 2.
struct LshOptions {
  CandidateRule rule = CandidateRule::chunks;
  int rounds = 4;                  ///< hashes; each costs as much as the others
  std::int64_t chunk = 64;         ///< tokens of a chunk
  std::int64_t window = 96;        ///< same_bucket: how many earlier members are seen
  std::int64_t buckets = 0;        ///< even; 0: on average half a chunk, or a window, in each
  bool across_buckets = true;      ///< chunks: neighbours from other buckets are seen as well
  bool correct_duplicates = true;  ///< a pair that meets in several rounds counts once
  /// Sequences of fewer tokens, padding not counted: every pair meets; -1: where that is faster.
  std::int64_t exact_below = -1;
  std::uint64_t seed = 42;  ///< of the rotations in evaluation, the same for every call
};

/// Throws unless every number can be used.
void check_lsh(const LshOptions& options);

/// Sequences shorter than this are attended exactly: `exact_below`, or the length from which LSH
/// was measured to be faster, forward and backward on one core.
std::int64_t exact_below(const LshOptions& options);

/// The buckets of one hash as a product of two smaller hashes, h = h₁ + f₁·h₂. Many buckets would
/// need as many random directions; two factors need about 2√b.
struct BucketFactors {
  std::int64_t first = 2, second = 1;  ///< even; a second factor of 1: there is only one hash

  constexpr std::int64_t count() const { return first * second; }
  /// Random directions: a bucket for each and one for its opposite.
  constexpr std::int64_t directions() const { return (first + second) / 2; }
};

/// More buckets than this are found by two hashes.
constexpr std::int64_t largest_single_hash = 64;

/// For a sequence of so many tokens, padding not counted: a function of the options and the length
/// alone, so that a sequence is hashed alike in any batch.
constexpr BucketFactors bucket_factors(const LshOptions& options, std::int64_t length) {
  const std::int64_t pairs_of =
      options.rule == CandidateRule::chunks ? options.chunk : 2 * options.window;
  const std::int64_t wanted =
      options.buckets > 0 ? options.buckets : 2 * std::max<std::int64_t>(1, length / pairs_of);
  if (wanted <= largest_single_hash) return {wanted, 1};
  BucketFactors factors{2, 2};
  while (factors.first * factors.first < wanted) factors.first *= 2;
  factors.second = 2 * ((wanted + 2 * factors.first - 1) / (2 * factors.first));
  return factors;
}

/// So many random directions are enough for every sequence of at most `length` tokens.
constexpr std::int64_t most_directions(const LshOptions& options, std::int64_t length) {
  const BucketFactors longest = bucket_factors(options, length);
  const bool all_alike = options.buckets > 0 || longest.second == 1;
  return all_alike ? longest.directions() : std::max(largest_single_hash / 2, longest.directions());
}

}  // namespace lectern
