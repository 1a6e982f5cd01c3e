#pragma once

#include <memory>
#include <string>

#include "attention/mask.h"
#include "attention/ops/lsh/lsh_options.h"
#include "attention/pattern.h"
#include "attention/pattern_settings.h"
#include "nn/init.h"

namespace lectern {

/// A pattern of self-attention and its settings; those of other patterns do not count.
struct PatternOptions {
  std::string name = "exact";  ///< one of patterns()
  Window window{.before = 128, .after = 128};
  double sigma = 16;      ///< learned_window: of every head at first, in tokens
  double width_rate = 1;  ///< learned_window: of the learning rate, for the widths
  double width_cost = 0;  ///< learned_window, adaptive_span: λ of the regularization loss
  std::int64_t longest =
      1024;  ///< adaptive_span: widest span; linformer: longest sequence [tokens]
  LshOptions lsh{};
  PatternSettings own{};  ///< the keys that it brings along; what is missing has its default
};

/// The pattern for one layer. Throws for a name that is not on the list of patterns().
std::unique_ptr<AttentionPattern> make_pattern(const PatternOptions& options, std::int64_t d_model,
                                               int heads, Initializer& init);

}  // namespace lectern
