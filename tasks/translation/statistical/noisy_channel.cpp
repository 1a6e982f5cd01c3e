#include "tasks/translation/statistical/noisy_channel.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <tuple>

#include "tensor/check.h"

namespace lectern {
namespace {

/// The beginning of a translation.
struct Hypothesis {
  double score = 0.0;       ///< weighted, so far
  double estimate = 0.0;    ///< with what is left
  std::size_t gap = 0;      ///< the first word of f that is not translated
  std::uint64_t ahead = 0;  ///< bit k: word gap + 1 + k is translated already
  std::int64_t last = -1;   ///< the word of f translated last
  NgramModel::History history = {};
  std::int32_t parent = -1;  ///< in the stack before
  std::int32_t rendering = -1;

  auto state() const { return std::tie(gap, ahead, last, history.u, history.v); }
};

bool is_translated(const Hypothesis& hypothesis, std::size_t place) {
  return place < hypothesis.gap ||
         (place > hypothesis.gap && (hypothesis.ahead >> (place - hypothesis.gap - 1) & 1u) != 0);
}

void mark_translated(Hypothesis& hypothesis, std::size_t place) {
  if (place > hypothesis.gap) {
    hypothesis.ahead |= std::uint64_t{1} << (place - hypothesis.gap - 1);
    return;
  }
  const int run = std::countr_one(hypothesis.ahead);
  hypothesis.gap += static_cast<std::size_t>(run) + 1;
  hypothesis.ahead = run >= 63 ? 0 : hypothesis.ahead >> (run + 1);
}

/// Of hypotheses in the same state the best stays, then the `size` best of all; the order of equals
/// is that in which they came.
void prune(std::vector<Hypothesis>& stack, std::size_t size) {
  std::ranges::stable_sort(stack, [](const Hypothesis& a, const Hypothesis& b) {
    return a.state() != b.state() ? a.state() < b.state() : a.score > b.score;
  });
  const auto same_state = [](const Hypothesis& a, const Hypothesis& b) {
    return a.state() == b.state();
  };
  stack.erase(std::unique(stack.begin(), stack.end(), same_state), stack.end());
  std::ranges::stable_sort(stack, std::greater{}, &Hypothesis::estimate);
  stack.resize(std::min(stack.size(), size));
}

ChannelScores& operator+=(ChannelScores& sum, const ChannelScores& scores) {
  sum.channel += scores.channel;
  sum.direct += scores.direct;
  sum.language += scores.language;
  sum.distortion += scores.distortion;
  sum.words += scores.words;
  return sum;
}

}  // namespace

std::vector<Word> ChannelTranslation::words() const {
  std::vector<Word> words;
  for (const Step& step : steps) words.insert(words.end(), step.words.begin(), step.words.end());
  return words;
}

Alignment ChannelTranslation::alignment() const {
  Alignment alignment;
  for (const Step& step : steps)
    alignment.insert(alignment.end(), step.words.size(), static_cast<int>(step.source));
  return alignment;
}

NoisyChannel::NoisyChannel(const RenderingTable& renderings, const NgramModel& language,
                           const ChannelWeights& weights, const ChannelSearch& search)
    : renderings_(renderings), language_(language), weights_(weights), search_(search) {
  check(search.distortion_limit < 64, [&] {
    return text("NoisyChannel: distortion_limit is ", search.distortion_limit,
                ", and not below 64");
  });
  check(search.stack_size > 0 && search.renderings > 0,
        "NoisyChannel: stack_size and renderings have to be above 0");
}

std::vector<Rendering> NoisyChannel::candidates(Word f) const {
  std::vector<Rendering> candidates = renderings_.of(f);
  if (candidates.empty()) return {{.words = {Tokenizer::unknown}}};
  const auto own = [&](const Rendering& rendering) {
    return weights_.channel * rendering.channel + weights_.direct * rendering.direct;
  };
  std::ranges::stable_sort(candidates, std::greater{}, own);
  candidates.resize(std::min(candidates.size(), search_.renderings));
  return candidates;
}

ChannelScores NoisyChannel::step_scores(const Rendering& rendering, std::int64_t place,
                                        std::int64_t last, NgramModel::History history) const {
  ChannelScores scores{.channel = rendering.channel,
                       .direct = rendering.direct,
                       .distortion = -static_cast<double>(std::abs(place - (last + 1))),
                       .words = static_cast<double>(rendering.words.size())};
  for (const Word e : rendering.words) {
    scores.language += language_.log_probability(e, history);
    history = history.then(e);
  }
  return scores;
}

/// The search for one sentence.
class NoisyChannel::Search {
 public:
  Search(const NoisyChannel& channel, const std::vector<Word>& source)
      : channel_(channel), stacks_(source.size() + 1) {
    double left = 0.0;
    for (const Word f : source) {
      options_.push_back(channel.candidates(f));
      estimates_.push_back(estimate(options_.back()));
      left += estimates_.back();
    }
    stacks_[0].push_back({.estimate = left});
  }

  ChannelTranslation run() {
    for (std::size_t done = 0; done < options_.size(); ++done) {
      for (std::size_t parent = 0; parent < stacks_[done].size(); ++parent)
        extend(stacks_[done][parent], static_cast<std::int32_t>(parent), stacks_[done + 1]);
      prune(stacks_[done + 1], channel_.search_.stack_size);
    }
    // The end of the sentence decides between those that are complete.
    return told(*std::ranges::max_element(stacks_.back(), {}, [&](const Hypothesis& complete) {
      return complete.score + channel_.weights_.language * channel_.language_.log_probability(
                                                               Tokenizer::end, complete.history);
    }));
  }

 private:
  /// What a word will bring at best, as far as can be seen before its neighbours are known.
  double estimate(const std::vector<Rendering>& renderings) const {
    double best = -HUGE_VAL;
    for (const Rendering& rendering : renderings) {
      ChannelScores scores{.channel = rendering.channel,
                           .direct = rendering.direct,
                           .words = static_cast<double>(rendering.words.size())};
      for (const Word e : rendering.words) scores.language += channel_.language_.log_probability(e);
      best = std::max(best, channel_.weights_(scores));
    }
    return best;
  }

  /// Adds to `stack` what becomes of a hypothesis by translating one more word.
  void extend(const Hypothesis& from, std::int32_t parent, std::vector<Hypothesis>& stack) const {
    const std::size_t end =
        std::min(options_.size(), from.gap + channel_.search_.distortion_limit + 1);
    for (std::size_t place = from.gap; place < end; ++place) {
      if (is_translated(from, place)) continue;
      for (std::size_t r = 0; r < options_[place].size(); ++r) {
        const Rendering& rendering = options_[place][r];
        const double added = channel_.weights_(channel_.step_scores(
            rendering, static_cast<std::int64_t>(place), from.last, from.history));
        Hypothesis next = from;
        next.score += added;
        next.estimate += added - estimates_[place];
        mark_translated(next, place);
        next.last = static_cast<std::int64_t>(place);
        for (const Word e : rendering.words) next.history = next.history.then(e);
        next.parent = parent;
        next.rendering = static_cast<std::int32_t>(r);
        stack.push_back(next);
      }
    }
  }

  /// How a complete hypothesis came about.
  ChannelTranslation told(const Hypothesis& complete) const {
    std::vector<const Hypothesis*> path = {&complete};
    for (std::size_t done = options_.size(); done > 0; --done)
      path.push_back(&stacks_[done - 1][static_cast<std::size_t>(path.back()->parent)]);
    std::ranges::reverse(path);
    ChannelTranslation result;
    for (std::size_t i = 1; i < path.size(); ++i) {
      const auto place = static_cast<std::size_t>(path[i]->last);
      const Rendering& rendering = options_[place][static_cast<std::size_t>(path[i]->rendering)];
      const ChannelScores scores =
          channel_.step_scores(rendering, path[i]->last, path[i - 1]->last, path[i - 1]->history);
      result.steps.push_back({place, rendering.words, scores});
      result.scores += scores;
    }
    result.scores.language += channel_.language_.log_probability(Tokenizer::end, complete.history);
    result.score = channel_.weights_(result.scores);
    return result;
  }

  const NoisyChannel& channel_;
  std::vector<std::vector<Rendering>> options_;  // of each word of f
  std::vector<double> estimates_;                // of each word of f
  std::vector<std::vector<Hypothesis>> stacks_;  // [words translated]
};

ChannelTranslation NoisyChannel::translate(const std::vector<Word>& source) const {
  return Search(*this, source).run();
}

}  // namespace lectern
