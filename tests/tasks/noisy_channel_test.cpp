#include "tasks/translation/statistical/noisy_channel.h"

#include <cmath>
#include <numeric>

#include "tests/catch.h"
#include "tests/tasks/statistical_testing.h"
#include "tests/tensor/helpers.h"

using namespace lectern;

namespace {

/// Everything that a channel needs, learned from the toy corpus.
struct Learned {
  Learned() : toy(600), language(targets(), toy.target->size()) {
    const std::vector<TokenPair> back = exchanged(toy.pairs);
    const Cooccurrences there(toy.pairs), here(back);
    IbmModel1 forward(there.uniform_table()), channel(here.uniform_table());
    for (int round = 0; round < 4; ++round) {
      em_round(forward, there);
      em_round(channel, here);
    }
    renderings = RenderingTable(toy.pairs, forward, channel.table(), {});
  }
  std::vector<std::vector<Word>> targets() const {
    std::vector<std::vector<Word>> sentences;
    for (const TokenPair& pair : toy.pairs) sentences.push_back(pair.target);
    return sentences;
  }
  ToyPairs toy;
  NgramModel language;
  RenderingTable renderings;
};

/// The best score of all orders that the distortion limit allows and all renderings.
class Exhaustive {
 public:
  Exhaustive(const NoisyChannel& channel, const ChannelWeights& weights, const NgramModel& language,
             std::size_t limit, const std::vector<Word>& source)
      : channel_(channel), weights_(weights), language_(language), limit_(limit), source_(source) {
    visit(std::vector<bool>(source.size()), -1, {}, 0.0);
  }
  double best = -HUGE_VAL;
  std::int64_t complete = 0;

 private:
  void visit(std::vector<bool> done, std::int64_t last, NgramModel::History history, double score) {
    const auto gap = static_cast<std::size_t>(std::ranges::find(done, false) - done.begin());
    if (gap == done.size()) {
      ++complete;
      best = std::max(
          best, score + weights_.language * language_.log_probability(Tokenizer::end, history));
      return;
    }
    for (std::size_t place = gap; place < std::min(done.size(), gap + limit_ + 1); ++place) {
      if (done[place]) continue;
      for (const Rendering& rendering : channel_.candidates(source_[place])) {
        const auto here = static_cast<std::int64_t>(place);
        const double added = weights_(channel_.step_scores(rendering, here, last, history));
        std::vector<bool> then = done;
        then[place] = true;
        NgramModel::History after = history;
        for (const Word e : rendering.words) after = after.then(e);
        visit(then, here, after, score + added);
      }
    }
  }
  const NoisyChannel& channel_;
  const ChannelWeights& weights_;
  const NgramModel& language_;
  std::size_t limit_;
  const std::vector<Word>& source_;
};

}  // namespace

TEST_CASE("the search finds what an exhaustive one finds", "[noisy_channel]") {
  const Learned learned;
  const ChannelWeights weights{
      .channel = 0.9, .direct = 0.7, .language = 1.1, .distortion = 0.4, .words = 0.8};
  for (const std::size_t limit : {0, 1, 2, 5}) {
    const NoisyChannel channel(learned.renderings, learned.language, weights,
                               {.stack_size = 100'000, .renderings = 3, .distortion_limit = limit});
    for (std::size_t i = 0; i < 6; ++i) {
      std::vector<Word> source = learned.toy.pairs[i].source;
      source.resize(5);
      const Exhaustive all(channel, weights, learned.language, limit, source);
      CAPTURE(limit, i, all.complete);
      CHECK(all.complete > 1);
      const ChannelTranslation found = channel.translate(source);
      CHECK(found.score == Approx(all.best).epsilon(1e-12));
    }
  }
}

TEST_CASE("a score is made of what its steps added", "[noisy_channel]") {
  const Learned learned;
  const ChannelWeights weights{.channel = 1.0, .language = 1.0, .distortion = 0.5};
  const NoisyChannel channel(learned.renderings, learned.language, weights);
  for (std::size_t i = 0; i < 20; ++i) {
    const std::vector<Word>& source = learned.toy.pairs[i].source;
    const ChannelTranslation found = channel.translate(source);
    const std::vector<Word> words = found.words();
    CHECK(found.scores.language == Approx(learned.language.log_probability(words)));
    CHECK(found.scores.words == static_cast<double>(words.size()));
    CHECK(found.score == Approx(weights(found.scores)));
    CHECK(found.alignment().size() == words.size());
    double channel_sum = 0.0, distortion = 0.0;
    std::int64_t last = -1;
    std::vector<int> visits(source.size());
    for (const ChannelTranslation::Step& step : found.steps) {
      channel_sum += step.scores.channel;
      const auto place = static_cast<std::int64_t>(step.source);
      distortion -= std::abs(static_cast<double>(place - last - 1));
      last = place;
      ++visits[step.source];
    }
    CHECK(found.scores.channel == Approx(channel_sum));
    CHECK(found.scores.distortion == distortion);
    CHECK(visits == std::vector<int>(source.size(), 1));  // every word once
  }
}

TEST_CASE("unknown words pass through, and an empty sentence stays empty", "[noisy_channel]") {
  const Learned learned;
  const NoisyChannel channel(learned.renderings, learned.language, {});
  CHECK(channel.translate({}).words().empty());
  const ChannelTranslation found = channel.translate({Tokenizer::unknown, 99'999});
  CHECK(found.words() == std::vector<Word>{Tokenizer::unknown, Tokenizer::unknown});
  CHECK(contains(message_of([&] {
                   NoisyChannel(learned.renderings, learned.language, {}, {.distortion_limit = 64});
                 }),
                 "distortion_limit is 64"));
}

TEST_CASE("renderings are the words in a row that come from a word", "[noisy_channel]") {
  // steht auf → is standing on: `is` comes from NULL and goes with `standing`.
  const TokenPair pair{{4, 5}, {6, 7, 8}};
  const LexicalTable forward({0, 3, 3, 3, 3, 6, 9}, {6, 7, 8, 6, 7, 8, 6, 7, 8},
                             {0.9, 0.05, 0.05, 0.05, 0.9, 0.05, 0.05, 0.05, 0.9});
  const LexicalTable channel({0, 2, 2, 2, 2, 2, 2, 2, 4, 6}, {4, 5, 4, 5, 4, 5},
                             {0.5, 0.5, 0.8, 0.2, 0.4, 0.6});
  const RenderingTable table({pair}, IbmModel1(forward), channel, {});
  REQUIRE(table.of(4).size() == 1);
  CHECK(table.of(4)[0].words == std::vector<Word>{6, 7});
  CHECK(table.of(4)[0].direct == 0.0);
  CHECK(table.of(4)[0].channel == Approx(std::log((0.0 + 0.8) / 2)));
  CHECK(table.of(5)[0].words == std::vector<Word>{8});
  CHECK(table.of(99).empty());
  CHECK(channel_score(channel, 4, {}) == Approx(std::log(0.5)));
}
