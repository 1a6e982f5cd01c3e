#pragma once

#include <memory>
#include <vector>

#include "attention/adaptive_span.h"
#include "attention/learned_window.h"
#include "attention/ops/lsh/lsh_options.h"
#include "attention/pattern.h"

namespace lectern {

/// The patterns of self-attention that a configuration can name.
enum class PatternKind { exact, window, learned_window, adaptive_span, lsh, linear };

/// A pattern and the settings of its kind; those of other kinds do not count.
struct PatternOptions {
  PatternKind kind = PatternKind::exact;
  Window window{.before = 128, .after = 128};
  double sigma = 16;            ///< learned_window: of every head at first, in tokens
  double width_cost = 0;        ///< learned_window, adaptive_span: λ of AttentionPattern::cost
  std::int64_t longest = 1024;  ///< adaptive_span: the widest span, in tokens
  LshOptions lsh{};
};

/// The pattern for one layer.
std::unique_ptr<AttentionPattern> make_pattern(const PatternOptions& options, std::int64_t d_model,
                                               int heads, Initializer& init);

}  // namespace lectern
