#include "tasks/grammar/speller.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <sstream>
#include <unordered_map>

#include "tasks/grammar/grammar_text.h"

namespace lectern {
namespace {

const std::string begin_of_sentence = "<s>", end_of_sentence = "</s>";

constexpr double pairs_share = 0.7;  // λ
/// Somebody who types makes one change in 400 words, and two in 100,000; the first letter is seldom wrong.
const double one_change = std::log(1.0 / 400), two_changes = std::log(1.0 / 100'000),
             first_letter = std::log(1.0 / 7);
/// A word that was never seen has been seen by a hundredth.
constexpr double unseen = 0.01;

/// Letters of a word that can be misspelt, and that can have two changes.
constexpr std::size_t shortest = 3, two_from = 5;

std::uint64_t pair_of(std::int32_t before, std::int32_t after) {
  return static_cast<std::uint64_t>(before) << 32 | static_cast<std::uint32_t>(after);
}

/// One bit for each letter of a word of small letters.
std::uint32_t letters_of(const std::string& word) {
  std::uint32_t bits = 0;
  for (const char letter : word) bits |= std::uint32_t{1} << (letter - 'a');
  return bits;
}

/// `Word` at a sentence's beginning and `word` anywhere.
bool may_be_misspelt(const std::string& word, bool first) {
  const bool plain = is_plain_word(word) && word.size() >= shortest;
  return plain && (first ? without_capital(word) : word) == small_letters(word);
}

}  // namespace

Speller::Speller(const std::vector<std::vector<std::string>>& sentences) {
  std::unordered_map<std::string, std::int64_t> counts;
  for (const auto& sentence : sentences) {
    for (const std::string& word : sentence) ++counts[small_letters(word)];
    ++counts[begin_of_sentence], ++counts[end_of_sentence];
  }
  for (const auto& [word, count] : counts) {
    total_ += count;
    if (count >= least) words_.push_back(word);
  }
  std::ranges::sort(words_);
  for (const std::string& word : words_) counts_.push_back(counts.at(word));

  std::unordered_map<std::uint64_t, std::int32_t> pairs;
  std::unordered_map<std::string, std::int32_t> numbers;
  for (const std::string& word : words_)
    numbers.emplace(word, static_cast<std::int32_t>(numbers.size()));
  const auto number_of = [&](const std::string& word) {
    const auto at = numbers.find(word);
    return at == numbers.end() ? unknown : at->second;
  };
  for (const auto& sentence : sentences) {
    std::int32_t before = number_of(begin_of_sentence);
    const auto add = [&](const std::string& word) {
      const std::int32_t after = number_of(word);
      if (before != unknown && after != unknown) ++pairs[pair_of(before, after)];
      before = after;
    };
    for (const std::string& word : sentence) add(small_letters(word));
    add(end_of_sentence);
  }
  for (const auto& [pair, count] : pairs)
    if (count >= least) pairs_.push_back(pair);
  std::ranges::sort(pairs_);
  for (const std::uint64_t pair : pairs_) pair_counts_.push_back(pairs.at(pair));
  add_letters();
}

void Speller::add_letters() {
  for (const std::string& word : words_)
    letters_.push_back(is_plain_word(word) ? letters_of(word) : 0);
}

// A line for all, one for each word, one for each pair.

std::string Speller::serialize() const {
  std::string stored = text(total_, " ", words_.size(), " ", pairs_.size(), "\n");
  for (std::size_t i = 0; i < words_.size(); ++i)
    stored += words_[i] + ' ' + std::to_string(counts_[i]) + '\n';
  for (std::size_t i = 0; i < pairs_.size(); ++i)
    stored += std::to_string(pairs_[i] >> 32) + ' ' + std::to_string(pairs_[i] & 0xffffffff) + ' ' +
              std::to_string(pair_counts_[i]) + '\n';
  return stored;
}

Speller::Speller(const std::string& stored) {
  std::istringstream in(stored);
  std::size_t words = 0, pairs = 0;
  in >> total_ >> words >> pairs;
  std::string word;
  std::int64_t count = 0, before = 0, after = 0;
  while (words_.size() < words && in >> word >> count)
    words_.push_back(word), counts_.push_back(count);
  while (pairs_.size() < pairs && in >> before >> after >> count) {
    pairs_.push_back(pair_of(static_cast<std::int32_t>(before), static_cast<std::int32_t>(after)));
    pair_counts_.push_back(static_cast<std::int32_t>(count));
  }
  const bool whole = words_.size() == words && pairs_.size() == pairs && total_ > 0 &&
                     std::ranges::all_of(counts_, [](std::int64_t n) { return n > 0; });
  check(whole && std::ranges::is_sorted(words_) && std::ranges::is_sorted(pairs_), [&] {
    return text("this is no speller: it names ", words, " words and ", pairs, " pairs, and has ",
                words_.size(), " and ", pairs_.size());
  });
  add_letters();
}

std::int32_t Speller::find(const std::string& word) const {
  const auto at = std::ranges::lower_bound(words_, word);
  return at == words_.end() || *at != word ? unknown
                                           : static_cast<std::int32_t>(at - words_.begin());
}

double Speller::probability(std::int32_t word, std::int32_t before) const {
  const auto count_of = [&](std::int32_t known) {
    return static_cast<double>(counts_[static_cast<std::size_t>(known)]);
  };
  const double alone =
      (word == unknown ? unseen : count_of(word) + unseen) / static_cast<double>(total_);
  double behind = 0.0;
  if (word != unknown && before != unknown) {
    const auto at = std::ranges::lower_bound(pairs_, pair_of(before, word));
    if (at != pairs_.end() && *at == pair_of(before, word))
      behind = pair_counts_[static_cast<std::size_t>(at - pairs_.begin())] / count_of(before);
  }
  return pairs_share * behind + (1 - pairs_share) * alone;
}

std::int32_t Speller::meant(const std::string& typed, std::int32_t before,
                            std::int32_t after) const {
  const std::size_t most = typed.size() < two_from ? 1 : 2;
  const std::uint32_t letters = letters_of(typed);
  std::int32_t best = unknown;
  double largest = 0.0;
  for (std::size_t i = 0; i < words_.size(); ++i) {
    const std::string& word = words_[i];
    const std::size_t longer = std::max(word.size(), typed.size()),
                      shorter = std::min(word.size(), typed.size());
    // Each change brings at most one letter and takes one away.
    if (letters_[i] == 0 || longer - shorter > most ||
        std::popcount(letters & ~letters_[i]) > static_cast<int>(most) ||
        std::popcount(letters_[i] & ~letters) > static_cast<int>(most))
      continue;
    const std::size_t changes = letter_changes(typed, word);
    if (changes > most) continue;
    const auto candidate = static_cast<std::int32_t>(i);
    const double score =
        std::log(probability(candidate, before)) + std::log(probability(after, candidate)) +
        (changes == 1 ? one_change : two_changes) + (word[0] == typed[0] ? 0.0 : first_letter);
    if (best == unknown || score > largest) best = candidate, largest = score;
  }
  return best;
}

std::vector<Edit> Speller::edits(const std::vector<std::string>& words) const {
  std::vector<Edit> found;
  std::int32_t before = find(begin_of_sentence);
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string small = small_letters(words[i]);
    std::int32_t word = find(small);
    if (word == unknown && may_be_misspelt(words[i], i == 0)) {
      const std::string next = i + 1 < words.size() ? small_letters(words[i + 1]) : end_of_sentence;
      word = meant(small, before, find(next));
      if (word != unknown) {
        const std::string& right = words_[static_cast<std::size_t>(word)];
        found.push_back({i, i + 1, {is_capitalised(words[i]) ? with_capital(right) : right}});
      }
    }
    before = word;
  }
  return found;
}

Speller learn_speller(const LineIndex& index, const GrammarReading& reading) {
  GrammarReading clean = reading;
  clean.rates.unchanged = 1;  // of clean text the right side alone
  std::vector<std::vector<std::string>> sentences;
  std::int64_t bytes = 0;
  for (std::int64_t i = 0; i < index.size() && bytes < vocabulary_bytes; ++i) {
    const std::string right = made_pair(index, i, 0, clean).pair.target;
    bytes += static_cast<std::int64_t>(right.size());
    sentences.push_back(texts_of(cut_words(right, WordRule::spaces)));
  }
  return Speller(sentences);
}

}  // namespace lectern
