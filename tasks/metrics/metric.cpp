#include "tasks/metrics/metric.h"

#include <array>
#include <charconv>

#include "tasks/failure.h"

namespace lectern {

Counts total(const CountedText& text) {
  Counts sum(text.sentences.empty() ? 0 : text.sentences[0].size());
  for (const Counts& sentence : text.sentences)
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += sentence[i];
  return sum;
}

void check_same_lines(const Lines& hypotheses, const References& references) {
  if (references.empty())
    throw Failure(ExitCode::data, "no reference was given; name at least one file of references");
  for (std::size_t i = 0; i < references.size(); ++i)
    if (references[i].size() != hypotheses.size())
      throw Failure(ExitCode::data,
                    text("the hypotheses have ", hypotheses.size(), " lines, but reference ", i + 1,
                         " has ", references[i].size(),
                         "; every line needs its counterpart: look for a lost or added line"));
  if (hypotheses.empty())
    throw Failure(ExitCode::data, "there is nothing to score: both texts have 0 lines");
}

std::string fixed(double number, int digits) {
  std::array<char, 400> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number,
                                 std::chars_format::fixed, digits);
  return {buffer.data(), end.ptr};
}

std::string signature_start(std::size_t references, const ScoreFormat& format) {
  std::string out = text("nrefs:", references);
  if (format.interval)
    out += text("|bs:", format.interval->resamples, "|seed:", format.interval->seed);
  return out;
}

std::string score_text(double score, const ScoreFormat& format) {
  std::string out = fixed(score, format.width);
  if (format.interval)
    out += " (μ = " + fixed(format.interval->mean, format.width) + " ± " +
           fixed(format.interval->half_width, format.width) + ")";
  return out;
}

}  // namespace lectern
