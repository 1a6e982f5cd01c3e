#pragma once

#include "attention/score_functions.h"
#include "attention/watch.h"

namespace lectern {

/// A sequence looks at another one by a score function, without projections of its own: what is
/// scored is also what is averaged. One head; see attend_by_score.
class ScoreAttention : public WatchedAttention {
 public:
  /// Throws an Error where `options` do not fit the kind.
  ScoreAttention(ScoreKind kind, const ScoreOptions& options, Initializer& init)
      : score_(make_score_function(kind, options, init)) {}

  /// \param queries  `[batch, query, d_query]`
  /// \param memory   `[batch, key, d_key]`, keys and values
  /// \param mask     hides the padding of the memory
  /// \return         `[batch, query, d_key]`
  Variable operator()(const Variable& queries, const Variable& memory, const Mask& mask) const;
  void visit(Visitor& visitor) override { visitor("score", *score_); }

 private:
  std::unique_ptr<ScoreFunction> score_;
};

}  // namespace lectern
