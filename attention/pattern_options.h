#pragma once

#include <memory>

#include "attention/pattern.h"
#include "nn/init.h"

namespace lectern {

/// The patterns of self-attention that a configuration can name.
enum class PatternKind { exact };

/// A pattern and its settings.
struct PatternOptions {
  PatternKind kind = PatternKind::exact;
};

/// The pattern for one layer.
std::unique_ptr<AttentionPattern> make_pattern(const PatternOptions& options, Initializer& init);

}  // namespace lectern
