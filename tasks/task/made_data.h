#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "tasks/config/config.h"
#include "tasks/task/split.h"
#include "tensor/random.h"

namespace lectern {

// Examples that a task makes up: number `index` of a part of the data is a pure function of (seed,
// part, index), so nothing is stored, and a resumed run sees what the uninterrupted one sees.

/// Random whole numbers, one after another.
class Draws {
 public:
  explicit Draws(const RandomKey& key) : key_(key) {}

  /// Drawn evenly from 0 … count − 1.
  std::int64_t below(std::int64_t count) {
    const auto word = static_cast<std::uint64_t>(key_.word(drawn_++));
    return static_cast<std::int64_t>((word * static_cast<std::uint64_t>(count)) >> 32);
  }

 private:
  RandomKey key_;
  std::uint64_t drawn_ = 0;
};

/// The part of the data that an example belongs to. It is decided by the example's own tokens, so
/// that no example can be in two parts: one in 16 is for validation, one in 16 for the test.
Split home_of(std::span<const std::int32_t> tokens);

/// How many examples a part has; those of `train` are the ones of the first epoch.
std::int64_t examples_in(const TaskConfig& task, Split split);

/// Which example is wanted.
struct ExampleKey {
  std::uint64_t seed = 42;
  Split split = Split::train;
  std::int64_t index = 0;
};

/// Draws until an example comes out that belongs to the wanted part; an empty one counts as a
/// failed attempt.
/// \throws Failure (usage) after 100,000 attempts: there are too few different examples
std::vector<std::int32_t> draw_example(
    const ExampleKey& key, const std::function<std::vector<std::int32_t>(Draws&)>& draw);

}  // namespace lectern
