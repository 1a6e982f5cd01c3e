#include "tasks/text/batches.h"

#include <algorithm>
#include <numeric>
#include <tuple>

#include "tensor/random.h"

namespace lectern {
namespace {

using Plan = std::vector<std::vector<std::int64_t>>;

/// Rows of different lengths, padded to the longest.
class Rectangle {
 public:
  Rectangle(std::size_t rows, std::size_t columns)
      : columns_(columns), numbers_(rows * columns, Tokenizer::pad) {}

  void write(std::size_t row, std::size_t column, const std::vector<std::int32_t>& tokens) {
    std::copy(tokens.begin(), tokens.end(), numbers_.begin() + row * columns_ + column);
  }
  void write(std::size_t row, std::size_t column, std::int32_t token) {
    numbers_[row * columns_ + column] = token;
  }
  const std::vector<std::int32_t>& numbers() const { return numbers_; }
  Tensor tensor() const {
    const auto columns = static_cast<std::int64_t>(columns_);
    return tensor_of<std::int32_t>({static_cast<std::int64_t>(numbers_.size()) / columns, columns},
                                   numbers_);
  }

 private:
  std::size_t columns_;
  std::vector<std::int32_t> numbers_;
};

/// The places of a rectangle that hold a real token, and these tokens.
void list_real_targets(const std::vector<std::int32_t>& tokens, Batch& batch) {
  std::vector<std::int32_t> places, targets;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (tokens[i] == Tokenizer::pad) continue;
    places.push_back(static_cast<std::int32_t>(i));
    targets.push_back(tokens[i]);
  }
  const bool on_gpu = default_device().kind == Device::Kind::cuda;
  const std::size_t unit = on_gpu ? 256 : 1, size = (places.size() + unit - 1) / unit * unit;
  places.resize(size, 0);
  targets.resize(size, Tokenizer::pad);
  const Shape shape{static_cast<std::int64_t>(size)};
  batch.real_places = tensor_of<std::int32_t>(shape, places);
  batch.real_targets = tensor_of<std::int32_t>(shape, targets);
}

template <class Length>
std::size_t longest(const std::vector<std::int64_t>& which, Length length) {
  std::size_t result = 0;
  for (const std::int64_t i : which) result = std::max(result, length(i));
  return result;
}

bool fits(const BatchOptions& options, std::size_t rows, std::size_t columns) {
  if (options.batch_size > 0) return static_cast<std::int64_t>(rows) <= options.batch_size;
  return static_cast<std::int64_t>(rows * columns) <= options.batch_tokens;
}

/// Cuts a list that is sorted by length into batches within the budget.
template <class Length>
Plan cut(const std::vector<std::int64_t>& sorted, const BatchOptions& options, Length length) {
  Plan plan;
  std::size_t width = 0;
  for (const std::int64_t i : sorted) {
    width = std::max(width, length(i));
    if (plan.empty() || !fits(options, plan.back().size() + 1, width)) {
      plan.emplace_back();
      width = length(i);
    }
    plan.back().push_back(i);
  }
  return plan;
}

/// Fisher and Yates's shuffle with words of our own: the same on every machine.
void shuffle(Plan& plan, RandomKey key) {
  for (std::size_t i = plan.size(); i > 1; --i) {
    const std::uint64_t j = (static_cast<std::uint64_t>(key.word(i)) * i) >> 32;
    std::swap(plan[i - 1], plan[j]);
  }
}

/// Sorted by length, equal lengths in an order of the epoch's own, cut, and the batches shuffled.
/// \param sizes  of an example, the lengths of its sides
template <class Sizes>
Plan plan_shuffled(std::size_t count, Sizes sizes, const BatchOptions& options, RandomKey key) {
  key.site = 0;
  using Place = std::tuple<std::uint32_t, std::uint32_t, std::uint32_t, std::uint32_t>;
  std::vector<Place> keyed;
  keyed.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto [source, target] = sizes(i);
    keyed.emplace_back(source, target, key.word(i), i);
  }
  std::sort(keyed.begin(), keyed.end());
  std::vector<std::int64_t> sorted;
  sorted.reserve(count);
  for (const auto& entry : keyed) sorted.push_back(std::get<3>(entry));

  Plan plan = cut(sorted, options, [&](std::int64_t i) -> std::size_t {
    const auto [source, target] = sizes(static_cast<std::size_t>(i));
    return std::max<std::size_t>(source, target) + 1;
  });
  key.site = 1;
  shuffle(plan, key);
  return plan;
}

}  // namespace

Batch make_batch(const std::vector<TokenPair>& pairs, const std::vector<std::int64_t>& which) {
  std::vector<std::vector<std::int32_t>> sources;
  for (const std::int64_t i : which) sources.push_back(pairs[i].source);
  std::vector<std::int64_t> all(which.size());
  std::iota(all.begin(), all.end(), 0);
  Batch batch = make_source_batch(sources, all);

  const std::size_t width =
      longest(which, [&](std::int64_t i) { return pairs[i].target.size(); }) + 1;
  Rectangle input(which.size(), width), output(which.size(), width);
  for (std::size_t row = 0; row < which.size(); ++row) {
    const std::vector<std::int32_t>& target = pairs[which[row]].target;
    input.write(row, 0, Tokenizer::begin);
    input.write(row, 1, target);
    output.write(row, 0, target);
    output.write(row, target.size(), Tokenizer::end);
    batch.target_tokens += static_cast<std::int64_t>(target.size()) + 1;
  }
  batch.target_input = input.tensor();
  batch.target_output = output.tensor();
  list_real_targets(output.numbers(), batch);
  return batch;
}

Batch make_source_batch(const std::vector<std::vector<std::int32_t>>& sources,
                        const std::vector<std::int64_t>& which) {
  const std::size_t width = longest(which, [&](std::int64_t i) { return sources[i].size(); }) + 1;
  Batch batch;
  Rectangle rectangle(which.size(), width);
  std::vector<std::int32_t> lengths;
  for (std::size_t row = 0; row < which.size(); ++row) {
    const std::vector<std::int32_t>& source = sources[which[row]];
    rectangle.write(row, 0, source);
    rectangle.write(row, source.size(), Tokenizer::end);
    lengths.push_back(static_cast<std::int32_t>(source.size()) + 1);
    batch.source_tokens += lengths.back();
  }
  batch.source = rectangle.tensor();
  batch.source_lengths =
      tensor_of<std::int32_t>({static_cast<std::int64_t>(which.size())}, lengths);
  return batch;
}

Plan plan_epoch(const std::vector<TokenPair>& pairs, const BatchOptions& options,
                std::uint64_t seed, std::uint32_t epoch) {
  return plan_shuffled(
      pairs.size(),
      [&](std::size_t i) { return std::pair(pairs[i].source.size(), pairs[i].target.size()); },
      options, {.seed = seed, .step = epoch});
}

Plan plan_epoch(const std::vector<std::vector<std::int32_t>>& sequences,
                const BatchOptions& options, std::uint64_t seed, std::uint32_t epoch) {
  return plan_shuffled(sequences.size(),
                       [&](std::size_t i) { return std::pair(sequences[i].size(), 0u); }, options,
                       {.seed = seed, .step = epoch});
}

Plan plan_epoch(const std::vector<PairLength>& lengths, const BatchOptions& options,
                std::uint64_t seed, std::uint32_t epoch) {
  return plan_shuffled(
      lengths.size(),
      [&](std::size_t i) { return std::pair(lengths[i].source, lengths[i].target); }, options,
      {.seed = seed, .step = epoch});
}

Plan plan_by_length(const std::vector<std::vector<std::int32_t>>& sentences,
                    const BatchOptions& options) {
  std::vector<std::int64_t> sorted(sentences.size());
  std::iota(sorted.begin(), sorted.end(), 0);
  std::stable_sort(sorted.begin(), sorted.end(), [&](std::int64_t a, std::int64_t b) {
    return sentences[a].size() > sentences[b].size();
  });
  return cut(sorted, options, [&](std::int64_t i) { return sentences[i].size() + 1; });
}

}  // namespace lectern
