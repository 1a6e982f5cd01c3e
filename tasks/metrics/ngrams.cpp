#include "tasks/metrics/ngrams.h"

#include <algorithm>

namespace lectern {

NgramCounts count_ngrams(std::u32string_view symbols, int order) {
  const auto length = static_cast<std::size_t>(order);
  NgramCounts counts;
  for (std::size_t i = 0; i + length <= symbols.size(); ++i) ++counts[symbols.substr(i, length)];
  return counts;
}

std::int64_t count_matches(const NgramCounts& hypothesis, const NgramCounts& reference) {
  std::int64_t matches = 0;
  for (const auto& [ngram, count] : hypothesis)
    if (const auto found = reference.find(ngram); found != reference.end())
      matches += std::min(count, found->second);
  return matches;
}

std::u32string WordNumbers::numbers(const std::vector<std::string_view>& words) {
  std::u32string out;
  for (const std::string_view word : words)
    out += number_of_.try_emplace(std::string(word), static_cast<char32_t>(number_of_.size()))
               .first->second;
  return out;
}

}  // namespace lectern
