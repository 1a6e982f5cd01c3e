#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "tasks/config/rows.h"
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

/// How many examples each part has.
struct SplitSizes {
  std::int64_t train = 10'000;  ///< of an epoch, new ones in every epoch
  std::int64_t valid = 500;
  std::int64_t test = 1000;

  std::int64_t of(Split split) const;
};

/// The rows of SplitSizes among the keys of a task whose settings have them as `sizes`.
template <class TaskSettings>
void split_size_rows(std::vector<Field>& keys) {
  constexpr ValueRange count{1, 1'000'000'000};
  FieldRows rows(
      keys, "task",
      [](auto& config) -> auto& { return config.task.template as<TaskSettings>().sizes; });
  rows.integer("train_size", &SplitSizes::train, count, "examples of an epoch, all of them new");
  rows.integer("valid_size", &SplitSizes::valid, count, "examples of the validation set");
  rows.integer("test_size", &SplitSizes::test, count,
               "examples of the test set, which only `lectern evaluate` sees");
}

/// What a task that makes up its data, for a model that is one stack, never looks at
/// (TaskTable::unused).
std::vector<std::string> made_data_ignores();

/// Which example is meant.
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
