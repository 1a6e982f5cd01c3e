#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace lectern {

/// How often each run of `order` neighbouring symbols occurs. A symbol is a character, or a word
/// that a WordNumbers has numbered. The keys point into the text, which must live on.
using NgramCounts = std::unordered_map<std::u32string_view, std::int64_t>;

/// Counts the n-grams of `symbols`; time and memory O(symbols · order).
NgramCounts count_ngrams(std::u32string_view symbols, int order);

/// Number of n-grams that both have, each counted as often as it occurs in both ("clipped").
std::int64_t count_matches(const NgramCounts& hypothesis, const NgramCounts& reference);

/// Gives every distinct word a number, so that words can be counted as characters are.
class WordNumbers {
 public:
  std::u32string numbers(const std::vector<std::string_view>& words);

 private:
  std::unordered_map<std::string, char32_t> number_of_;
};

}  // namespace lectern
