#include "attention/pattern_options.h"

#include "attention/exact.h"
#include "attention/linear.h"
#include "attention/lsh.h"
#include "attention/window.h"

namespace lectern {

std::unique_ptr<AttentionPattern> make_pattern(const PatternOptions& options, std::int64_t d_model,
                                               int heads, Initializer& init) {
  switch (options.kind) {
    case PatternKind::exact: break;
    case PatternKind::window:
      return std::make_unique<WindowAttention>(
          WindowAttention::Options{.d_model = d_model, .window = options.window}, init);
    case PatternKind::learned_window:
      return std::make_unique<LearnedWindowAttention>(
          LearnedWindowAttention::Options{
              .heads = heads, .start = options.sigma, .price = options.width_cost},
          init);
    case PatternKind::adaptive_span:
      return std::make_unique<AdaptiveSpanAttention>(
          AdaptiveSpanAttention::Options{
              .heads = heads, .longest = options.longest, .price = options.width_cost},
          init);
    case PatternKind::lsh: return std::make_unique<LshAttention>(options.lsh);
    case PatternKind::linear: return std::make_unique<LinearAttention>();
  }
  return std::make_unique<ExactAttention>();
}

}  // namespace lectern
