#include "tasks/translation/statistical/lexical_table.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "tensor/check.h"

namespace lectern {
namespace {

/// (f, e) as one number that sorts by f first.
std::uint64_t key_of(Word f, Word e) {
  return static_cast<std::uint64_t>(f) << 32 | static_cast<std::uint32_t>(e);
}

/// All pairs (f, e) of words that meet in a sentence pair, each once, in order.
std::vector<std::uint64_t> meeting_words(const std::vector<TokenPair>& pairs) {
  std::vector<std::uint64_t> keys;
  // Sorted in portions: a frequent pair of words is not kept as often as it occurs.
  constexpr std::size_t portion = 1 << 22;
  std::size_t sorted = 0;
  const auto sort_all = [&] {
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    sorted = keys.size();
  };
  for (const TokenPair& pair : pairs) {
    for (const Word e : pair.target) {
      keys.push_back(key_of(null_word, e));
      for (const Word f : pair.source) keys.push_back(key_of(f, e));
    }
    if (keys.size() > 2 * sorted + portion) sort_all();
  }
  sort_all();
  return keys;
}

}  // namespace

std::vector<TokenPair> exchanged(std::vector<TokenPair> pairs) {
  for (TokenPair& pair : pairs) std::swap(pair.source, pair.target);
  return pairs;
}

LexicalTable::LexicalTable(std::vector<std::int64_t> row_begins, std::vector<Word> words,
                           std::vector<double> probabilities)
    : row_begins_(std::move(row_begins)),
      words_(std::move(words)),
      probabilities_(std::move(probabilities)) {
  const bool fits = !row_begins_.empty() && row_begins_.front() == 0 &&
                    row_begins_.back() == std::ssize(words_) &&
                    std::ranges::is_sorted(row_begins_) && words_.size() == probabilities_.size();
  check(fits, [&] {
    return text("a lexical table of ", words_.size(), " words and ", probabilities_.size(),
                " probabilities has rows that do not fit; take all three from one table");
  });
  for (std::size_t f = 0; f + 1 < row_begins_.size(); ++f)
    check(std::is_sorted(words_.begin() + row_begins_[f], words_.begin() + row_begins_[f + 1]),
          [&] { return text("row ", f, " of a lexical table is not sorted by its words"); });
}

std::int64_t LexicalTable::find(Word e, Word f) const {
  if (f < 0 || f + 1 >= std::ssize(row_begins_)) return -1;
  const auto begin = words_.begin() + row_begins_[f], end = words_.begin() + row_begins_[f + 1];
  const auto found = std::lower_bound(begin, end, e);
  return found != end && *found == e ? found - words_.begin() : -1;
}

double LexicalTable::probability(Word e, Word f) const {
  const std::int64_t entry = find(e, f);
  return entry < 0 ? 0.0 : probabilities_[entry];
}

std::vector<LexicalTable::Entry> LexicalTable::best(Word f, std::size_t n) const {
  std::vector<Entry> row;
  if (f < 0 || f + 1 >= std::ssize(row_begins_)) return row;
  for (std::int64_t i = row_begins_[f]; i < row_begins_[f + 1]; ++i)
    row.push_back({words_[i], probabilities_[i]});
  std::ranges::stable_sort(row, std::greater{}, &Entry::probability);
  row.resize(std::min(n, row.size()));
  return row;
}

void LexicalTable::set_from_counts(std::span<const double> counts) {
  for (std::size_t f = 0; f + 1 < row_begins_.size(); ++f) {
    double sum = 0.0;
    for (std::int64_t i = row_begins_[f]; i < row_begins_[f + 1]; ++i) sum += counts[i];
    if (sum == 0.0) continue;
    for (std::int64_t i = row_begins_[f]; i < row_begins_[f + 1]; ++i)
      probabilities_[i] = counts[i] / sum;
  }
}

LexicalTable LexicalTable::pruned(double least) const {
  LexicalTable kept;
  for (std::size_t f = 0; f + 1 < row_begins_.size(); ++f) {
    for (std::int64_t i = row_begins_[f]; i < row_begins_[f + 1]; ++i) {
      if (probabilities_[i] < least) continue;
      kept.words_.push_back(words_[i]);
      kept.probabilities_.push_back(probabilities_[i]);
    }
    kept.row_begins_.push_back(std::ssize(kept.words_));
  }
  return kept;
}

Cooccurrences::Cooccurrences(const std::vector<TokenPair>& pairs) : offsets_{0} {
  const std::vector<std::uint64_t> keys = meeting_words(pairs);
  check(keys.size() < (std::size_t{1} << 31), [&] {
    return text(keys.size(),
                " pairs of words meet in this corpus, and a table holds 2^31; "
                "try fewer or shorter sentences");
  });
  const std::size_t rows = keys.empty() ? 0 : (keys.back() >> 32) + 1;
  std::vector<std::int64_t> row_begins;
  std::vector<Word> words;
  for (const std::uint64_t key : keys) {
    while (row_begins.size() <= key >> 32) row_begins.push_back(std::ssize(words));
    words.push_back(static_cast<Word>(key & 0xFFFFFFFFu));
  }
  row_begins.resize(rows + 1, std::ssize(words));
  std::vector<double> uniform(words.size());
  for (std::size_t f = 0; f < rows; ++f)
    for (std::int64_t i = row_begins[f]; i < row_begins[f + 1]; ++i)
      uniform[i] = 1.0 / static_cast<double>(row_begins[f + 1] - row_begins[f]);
  table_ = LexicalTable(std::move(row_begins), std::move(words), std::move(uniform));

  for (const TokenPair& pair : pairs) {
    for (const Word e : pair.target) {
      entries_.push_back(static_cast<std::int32_t>(table_.find(e, null_word)));
      for (const Word f : pair.source)
        entries_.push_back(static_cast<std::int32_t>(table_.find(e, f)));
    }
    source_words_.push_back(static_cast<std::int32_t>(pair.source.size()));
    target_tokens_ += std::ssize(pair.target);
    offsets_.push_back(std::ssize(entries_));
  }
}

LexicalTable Cooccurrences::uniform_table() const { return table_; }

std::size_t Cooccurrences::target_words(std::size_t pair) const {
  return static_cast<std::size_t>(offsets_[pair + 1] - offsets_[pair]) / (source_words(pair) + 1);
}

std::span<const std::int32_t> Cooccurrences::entries(std::size_t pair, std::size_t j) const {
  const std::size_t width = source_words(pair) + 1;
  return {entries_.data() + static_cast<std::size_t>(offsets_[pair]) + j * width, width};
}

double EmRound::perplexity() const {
  return tokens == 0 ? 1.0 : std::exp(-log_likelihood / static_cast<double>(tokens));
}

}  // namespace lectern
