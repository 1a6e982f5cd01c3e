#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tasks/metrics/loss_sum.h"
#include "tensor/collective.h"

namespace lectern {

/// What of a work falls to one of several ranks: with n ranks every n-th of its pieces.
///
///     for (std::int64_t piece = 0; piece < count; ++piece)
///       if (share.has(piece)) sum += score(piece);
struct Share {
  int rank = 0, of = 1;  // all of it

  Share() = default;
  explicit Share(const ProcessGroup& ranks) : rank(ranks.rank()), of(ranks.size()) {}
  bool has(std::int64_t piece) const { return piece % of == rank; }
};

/// The sum of what all ranks have found.
std::int64_t sum_of_ranks(ProcessGroup& ranks, std::int64_t found);
LossSum sum_of_ranks(ProcessGroup& ranks, const LossSum& found);

/// The texts of all pieces, in order; each rank brings those of its share.
std::vector<std::string> texts_of_ranks(ProcessGroup& ranks, const std::vector<std::string>& own);

}  // namespace lectern
