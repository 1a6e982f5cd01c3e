#pragma once

#include <functional>
#include <vector>

namespace lectern {

/// What the expectation step adds up over a part of a corpus.
struct ExpectedCounts {
  std::vector<double> counts;     ///< of each entry of a LexicalTable
  std::vector<double> jumps;      ///< HMM: see hmm_aligner.h
  std::vector<double> jump_room;  ///< HMM: see hmm_aligner.h
  double log_likelihood = 0.0;
};

/// Calls `add(pair, counts)` for every sentence pair, in four parts that threads share, and adds up
/// the parts in their order: the sum is the same for any number of threads.
/// \param entries  size of ExpectedCounts::counts
/// \param jumps    size of ExpectedCounts::jumps and jump_room
ExpectedCounts expected_counts(std::size_t pairs, std::size_t entries, std::size_t jumps,
                               const std::function<void(std::size_t pair, ExpectedCounts&)>& add);

}  // namespace lectern
