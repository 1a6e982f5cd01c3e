#include "tasks/metrics/gleu.h"

#include <algorithm>
#include <cmath>
#include <random>

#include "tasks/failure.h"
#include "tasks/metrics/ngrams.h"

namespace lectern {
namespace {

constexpr int orders = 4;

// Where a sentence's numbers stand in its Counts.
constexpr std::size_t corrected_words = 0, reference_words = 1, first_match = 2,
                      first_total = first_match + orders,
                      counts_per_sentence = first_total + orders;

std::vector<std::string_view> words_of(std::string_view line) {
  constexpr std::string_view blanks = " \t\r\n\v\f";
  std::vector<std::string_view> words;
  for (std::size_t at = line.find_first_not_of(blanks); at != line.npos;) {
    const std::size_t end = std::min(line.find_first_of(blanks, at), line.size());
    words.push_back(line.substr(at, end - at));
    at = line.find_first_not_of(blanks, end);
  }
  return words;
}

/// How many n-grams of the correction are the source's and not at all the reference's.
std::int64_t count_left(const NgramCounts& correction, NgramCounts source,
                        const NgramCounts& reference) {
  std::erase_if(source, [&](const auto& entry) { return reference.contains(entry.first); });
  return count_matches(correction, source);
}

/// One correction against one reference.
Counts count_sentence(const std::u32string& source, const std::u32string& correction,
                      const std::u32string& reference) {
  Counts counts(counts_per_sentence);
  counts[corrected_words] = std::ssize(correction);
  counts[reference_words] = std::ssize(reference);
  for (int n = 1; n <= orders; ++n) {
    const NgramCounts said = count_ngrams(correction, n), wanted = count_ngrams(reference, n);
    const std::int64_t left = count_left(said, count_ngrams(source, n), wanted);
    counts[first_match + n - 1] = std::max<std::int64_t>(0, count_matches(said, wanted) - left);
    counts[first_total + n - 1] = std::max<std::int64_t>(0, std::ssize(correction) + 1 - n);
  }
  return counts;
}

/// `[line][reference]`
std::vector<std::vector<Counts>> count_all(const Lines& sources, const Lines& corrections,
                                           const References& references) {
  check_same_lines(corrections, references);
  if (sources.size() != corrections.size())
    throw Failure(ExitCode::data,
                  text("the sources have ", sources.size(), " lines, but the corrections have ",
                       corrections.size(), "; every line needs its counterpart"));
  std::vector<std::vector<Counts>> all;
  for (std::size_t line = 0; line < corrections.size(); ++line) {
    WordNumbers words;
    const std::u32string source = words.numbers(words_of(sources[line])),
                         correction = words.numbers(words_of(corrections[line]));
    all.emplace_back();
    for (const Lines& reference : references)
      all.back().push_back(
          count_sentence(source, correction, words.numbers(words_of(reference[line]))));
  }
  return all;
}

/// Starts a Mersenne Twister as Python's random.seed(seed) does, for a seed of 32 bits: by the
/// initialisation by an array of Matsumoto and Nishimura, 2002, which the standard library has not.
class PythonSeed {
 public:
  using result_type = std::uint32_t;  // NOLINT(readability-identifier-naming): the standard's name
  explicit PythonSeed(std::uint32_t seed) : seed_(seed) {}

  /// Asked for the whole state of the generator, word for word.
  template <class Iterator>
  void generate(Iterator begin, Iterator end) const {
    const auto state = begin;
    const auto size = static_cast<std::uint32_t>(end - begin);
    state[0] = 19650218u;
    for (std::uint32_t i = 1; i < size; ++i)
      state[i] = 1812433253u * (state[i - 1] ^ (state[i - 1] >> 30)) + i;
    std::uint32_t i = 1;
    const auto next = [&] {
      if (++i < size) return;
      state[0] = state[size - 1];
      i = 1;
    };
    for (std::uint32_t k = 0; k < size; ++k, next())
      state[i] = (state[i] ^ ((state[i - 1] ^ (state[i - 1] >> 30)) * 1664525u)) + seed_;
    for (std::uint32_t k = 0; k < size - 1; ++k, next())
      state[i] = (state[i] ^ ((state[i - 1] ^ (state[i - 1] >> 30)) * 1566083941u)) - i;
    state[0] = 0x80000000u;
  }

 private:
  std::uint32_t seed_;
};

/// Python 2's int(random.random() * count): 53 bits of two draws.
std::size_t draw_below(std::size_t count, std::mt19937& random) {
  const double high = random() >> 5, low = random() >> 6;
  return static_cast<std::size_t>((high * 67108864.0 + low) / 9007199254740992.0 *
                                  static_cast<double>(count));
}

}  // namespace

double gleu_score(const Counts& counts) {
  if (std::ranges::count(counts, 0) > 0) return 0;
  double logarithms = 0;
  for (int n = 0; n < orders; ++n)
    logarithms += std::log(static_cast<double>(counts[first_match + n]) /
                           static_cast<double>(counts[first_total + n]));
  const double brevity = 1 - static_cast<double>(counts[reference_words]) /
                                 static_cast<double>(counts[corrected_words]);
  return 100 * std::exp(std::min(0.0, brevity) + logarithms / orders);
}

double gleu(const Lines& sources, const Lines& corrections, const References& references,
            const GleuOptions& options) {
  const auto counted = count_all(sources, corrections, references);
  double sum = 0;
  for (int iteration = 0; iteration < options.iterations; ++iteration) {
    PythonSeed seed(static_cast<std::uint32_t>(iteration) * 101u);
    std::mt19937 random(seed);
    Counts counts(counts_per_sentence);
    for (const std::vector<Counts>& sentence : counted) {
      const Counts& drawn = sentence[draw_below(references.size(), random)];
      for (std::size_t i = 0; i < counts.size(); ++i) counts[i] += drawn[i];
    }
    sum += gleu_score(counts);
  }
  return sum / options.iterations;
}

CountedText count_gleu(const Lines& sources, const Lines& corrections,
                       const References& references) {
  CountedText text{.score = gleu_score};
  for (const std::vector<Counts>& sentence : count_all(sources, corrections, references))
    text.sentences.push_back(total({sentence, gleu_score}));
  return text;
}

}  // namespace lectern
