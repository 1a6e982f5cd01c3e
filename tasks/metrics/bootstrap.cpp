#include "tasks/metrics/bootstrap.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

#include "tasks/failure.h"

namespace lectern {
namespace {

// A number below `count`. The standard's own distributions differ from library to library; its
// generators do not.
std::size_t draw_below(std::size_t count, std::mt19937& random) {
  return static_cast<std::size_t>(static_cast<std::uint64_t>(random()) * count >> 32);
}

// The same options choose the same sentences, whatever text they are applied to: that is what
// makes a comparison of two systems paired.
std::vector<double> resampled_scores(const CountedText& text, const BootstrapOptions& options) {
  if (text.sentences.empty() || options.resamples < 1)
    throw Failure(ExitCode::data,
                  lectern::text("cannot resample ", text.sentences.size(), " sentences ",
                                options.resamples, " times; both must be at least 1"));
  std::mt19937 random(options.seed);
  std::vector<double> scores;
  for (int i = 0; i < options.resamples; ++i) {
    Counts sum(text.sentences[0].size());
    for (std::size_t drawn = 0; drawn < text.sentences.size(); ++drawn) {
      const Counts& sentence = text.sentences[draw_below(text.sentences.size(), random)];
      for (std::size_t k = 0; k < sum.size(); ++k) sum[k] += sentence[k];
    }
    scores.push_back(text.score(sum));
  }
  return scores;
}

double mean(const std::vector<double>& numbers) {
  return std::accumulate(numbers.begin(), numbers.end(), 0.0) / static_cast<double>(numbers.size());
}

Interval interval(std::vector<double> scores, const BootstrapOptions& options) {
  const double center = mean(scores);
  std::sort(scores.begin(), scores.end());
  const std::size_t outside = scores.size() / 40;  // 2.5 % on either side
  const double width = scores[scores.size() - outside - 1] - scores[outside];
  return {.mean = center,
          .half_width = width / 2,
          .resamples = options.resamples,
          .seed = options.seed};
}

}  // namespace

Interval bootstrap_interval(const CountedText& text, const BootstrapOptions& options) {
  return interval(resampled_scores(text, options), options);
}

Comparison compare_systems(const CountedText& baseline, const CountedText& system,
                           const BootstrapOptions& options) {
  if (baseline.sentences.size() != system.sentences.size())
    throw Failure(ExitCode::data, text("the baseline has ", baseline.sentences.size(),
                                       " lines, but the system has ", system.sentences.size(),
                                       "; both must translate the same text"));
  const std::vector<double> before = resampled_scores(baseline, options);
  const std::vector<double> after = resampled_scores(system, options);
  std::vector<double> distances;
  for (std::size_t i = 0; i < before.size(); ++i)
    distances.push_back(std::abs(after[i] - before[i]));

  const double difference = system.score(total(system)) - baseline.score(total(baseline));
  const double expected = mean(distances);
  const auto further = std::count_if(distances.begin(), distances.end(), [&](double distance) {
    return distance - expected > std::abs(difference);
  });
  return {.difference = difference,
          .p_value = static_cast<double>(further + 1) / static_cast<double>(options.resamples + 1),
          .baseline = interval(before, options),
          .system = interval(after, options)};
}

}  // namespace lectern
