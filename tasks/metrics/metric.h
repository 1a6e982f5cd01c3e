#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace lectern {

/// Lines of text, one sentence each.
using Lines = std::vector<std::string>;

/// `[reference, line]`: one or more translations of the whole text.
using References = std::vector<Lines>;

/// What a metric remembers of one sentence, or of many: numbers that add up.
using Counts = std::vector<std::int64_t>;

/// A text as a metric sees it, or other examples, which then stand for sentences. Adding up the counts
/// of any choice of its sentences and scoring the sum gives that choice's score without a look at the
/// words, which makes resampling cheap.
struct CountedText {
  std::vector<Counts> sentences = {};  ///< `[line][count]`, all of one length
  std::function<double(const Counts&)> score =
      {};  ///< of added-up counts: of a translation 0 … 100
};

/// Adds up the counts of all sentences.
Counts total(const CountedText& text);

/// A score with its uncertainty: 95 of 100 resampled texts lie within `mean ± half_width`.
struct Interval {
  double mean;
  double half_width;
  int resamples;
  unsigned seed;
};

/// How a score is printed.
struct ScoreFormat {
  int width = 1;  ///< digits after the decimal point
  std::optional<Interval> interval = std::nullopt;
};

/// Throws a Failure (data) unless the hypotheses and every reference have equally many lines, at
/// least one.
void check_same_lines(const Lines& hypotheses, const References& references);

/// `number` with `digits` decimals, whatever the locale.
std::string fixed(double number, int digits);

/// The part of sacreBLEU's signature that all metrics share: `nrefs:1` and, with an interval,
/// `|bs:1000|seed:12345`.
std::string signature_start(std::size_t references, const ScoreFormat& format);

/// The score itself: `17.2`, or `17.2 (μ = 17.1 ± 0.9)`.
std::string score_text(double score, const ScoreFormat& format);

/// Our name in the place where sacreBLEU puts its own version.
inline constexpr const char* metric_version = "lectern-0.1.0";

}  // namespace lectern
