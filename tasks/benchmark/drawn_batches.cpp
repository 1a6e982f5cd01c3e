#include "tasks/benchmark/drawn_batches.h"

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <tuple>

#include "tensor/check.h"
#include "tensor/safe_file.h"

namespace lectern {
namespace {

/// Knuth's 64-bit linear congruential generator.
class Random {
 public:
  std::int32_t below(std::int32_t limit) {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return static_cast<std::int32_t>((state_ >> 33) % static_cast<std::uint64_t>(limit));
  }

 private:
  std::uint64_t state_ = 1;
};

struct Lengths {
  std::int32_t source, target;
};

Lengths draw_lengths(Random& random) {
  std::int32_t source = 4;
  for (int i = 0; i < 2; ++i) source += random.below(6);
  const std::int32_t skewed = random.below(16);
  source += skewed * skewed / 19;
  std::int32_t target = source - 4;
  for (int i = 0; i < 2; ++i) target += random.below(5);
  return {source, std::max(2, target)};
}

std::vector<std::int32_t> draw_tokens(Random& random, std::int32_t length,
                                      std::int32_t vocabulary) {
  constexpr std::int32_t special = 4;  // ordinary tokens are numbered from here
  std::vector<std::int32_t> tokens(length);
  for (std::int32_t& token : tokens) token = special + random.below(vocabulary - special);
  return tokens;
}

}  // namespace

std::vector<SentenceBatch> draw_batches(int count, int sentences, std::int32_t vocabulary) {
  constexpr int group_count = 100;
  Random random;
  std::vector<Lengths> lengths(group_count * static_cast<std::size_t>(sentences));
  for (Lengths& pair : lengths) pair = draw_lengths(random);
  std::sort(lengths.begin(), lengths.end(), [](Lengths a, Lengths b) {
    return std::tie(a.source, a.target) < std::tie(b.source, b.target);
  });
  std::vector<int> group(group_count);
  for (int i = 0; i < group_count; ++i) group[i] = i;
  for (int last = group_count - 1; last > 0; --last)
    std::swap(group[last], group[random.below(last + 1)]);

  std::vector<SentenceBatch> batches(count);
  for (int i = 0; i < count; ++i)
    for (int k = 0; k < sentences; ++k) {
      const Lengths pair = lengths[group[i % group_count] * sentences + k];
      TokenPair tokens;
      tokens.source = draw_tokens(random, pair.source, vocabulary);
      tokens.target = draw_tokens(random, pair.target, vocabulary);
      batches[i].push_back(std::move(tokens));
    }
  return batches;
}

std::vector<SentenceBatch> read_batches(const std::string& path) {
  auto file = open_to_read(path);
  check(file.is_open(), [&] { return text(path, ": cannot be read; does it exist?"); });
  std::vector<SentenceBatch> batches;
  for (std::string line; std::getline(file, line);) {
    if (line.empty()) continue;
    const nlohmann::json sides = nlohmann::json::parse(line);
    SentenceBatch batch(sides.at("source").size());
    for (std::size_t i = 0; i < batch.size(); ++i) {
      sides.at("source").at(i).get_to(batch[i].source);
      sides.at("target").at(i).get_to(batch[i].target);
    }
    batches.push_back(std::move(batch));
  }
  check(!batches.empty(), [&] { return text(path, ": holds no batch"); });
  return batches;
}

}  // namespace lectern
