#pragma once

#include "nn/feed_forward.h"
#include "reversible/chunks.h"

namespace lectern {

/// A feed-forward network that takes a long sequence in parts, so that its hidden layer, the widest
/// of a model, is never there as a whole.
class ChunkedFeedForward : public Module {
 public:
  /// \param chunk  rows at a time; 0: all at once
  ChunkedFeedForward(const FeedForward::Options& options, std::int64_t chunk, Initializer& init)
      : network_(options, init), chunk_(chunk) {}

  Variable operator()(const Variable& x) const {
    const PartAtWork at_work(*this);
    if (chunk_ == 0 || x.value().size() / x.dim(-1) <= chunk_) return network_(x);
    return in_chunks(
        [this](const Variable& rows, std::int64_t first) { return network_(rows, first); }, x,
        chunk_);
  }
  void visit(Visitor& visitor) override { network_.visit(visitor); }

 private:
  FeedForward network_;
  std::int64_t chunk_;
};

}  // namespace lectern
