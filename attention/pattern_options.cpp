#include "attention/pattern_options.h"

#include "attention/exact.h"

namespace lectern {

std::unique_ptr<AttentionPattern> make_pattern(const PatternOptions& options, Initializer&) {
  switch (options.kind) {
    case PatternKind::exact: break;
  }
  return std::make_unique<ExactAttention>();
}

}  // namespace lectern
