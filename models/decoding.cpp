#include "models/decoding.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "autograd/variable.h"
#include "tensor/ops/cast.h"
#include "tensor/ops/top_k.h"

namespace lectern {

namespace {

constexpr double impossible = -std::numeric_limits<double>::infinity();

/// A hypothesis that may still grow: a row of the batch.
struct Live {
  TokenList tokens;
  double log_probability = impossible;
  std::int32_t row = 0;  // the row of the last step that it continues
};

struct Candidate {
  double log_probability;
  std::int32_t beam;
  std::int32_t token;
};

/// The search for one sentence.
class Sentence {
 public:
  Sentence(const SearchOptions& options, std::int64_t index)
      : options_(options), index_(index), max_length_(options.max_lengths[index]) {
    live_.push_back({.tokens = {}, .log_probability = 0.0});  // the empty hypothesis
  }

  std::int64_t index() const { return index_; }
  std::vector<Live>& live() { return live_; }
  bool done() const { return done_; }

  /// Grows the beams by the best candidates; those that end are put aside.
  void advance(std::vector<Candidate>& candidates, std::int32_t first_row) {
    std::stable_sort(candidates.begin(), candidates.end(), [](const auto& a, const auto& b) {
      return a.log_probability > b.log_probability;
    });
    std::vector<Live> next;
    for (std::size_t rank = 0; rank < candidates.size(); ++rank) {
      if (static_cast<int>(next.size()) == options_.beam_size) break;
      const Candidate& candidate = candidates[rank];
      if (candidate.token == options_.special.end) {
        // An ending outside the best beam_size would not have been in the beam.
        if (static_cast<int>(rank) < options_.beam_size) finish(candidate);
        continue;
      }
      Live grown{live_[candidate.beam].tokens, candidate.log_probability,
                 first_row + candidate.beam};
      grown.tokens.push_back(candidate.token);
      next.push_back(std::move(grown));
    }
    while (static_cast<int>(next.size()) < options_.beam_size)
      next.push_back({{options_.special.pad}, impossible, first_row});
    live_ = std::move(next);
    decide();
  }

  std::vector<Hypothesis> results() && {
    std::stable_sort(finished_.begin(), finished_.end(), [](const auto& a, const auto& b) {
      return a.finished != b.finished ? a.finished : a.score > b.score;
    });
    finished_.resize(std::min<std::size_t>(finished_.size(), options_.n_best));
    return std::move(finished_);
  }

 private:
  double score(double log_probability, std::size_t length) const {
    return log_probability / std::pow(static_cast<double>(length), options_.length_penalty);
  }

  void finish(const Candidate& candidate) {
    const std::vector<std::int32_t>& tokens = live_[candidate.beam].tokens;
    finished_.push_back(
        {tokens, candidate.log_probability, score(candidate.log_probability, tokens.size() + 1)});
  }

  void decide() {
    const bool full = static_cast<int>(finished_.size()) >= options_.beam_size;
    const bool longest = static_cast<std::int64_t>(live_[0].tokens.size()) >= max_length_;
    const bool hopeless = live_[0].log_probability == impossible;
    done_ = longest || hopeless || (full && (options_.early_stopping || !can_be_overtaken()));
    if (!done_ || full) return;
    // Too few endings in the allowed length: take the unfinished hypotheses as they are.
    for (const Live& live : live_)
      if (live.log_probability != impossible)
        finished_.push_back({live.tokens, live.log_probability,
                             score(live.log_probability, live.tokens.size()), /*finished=*/false});
  }

  /// The best that a live hypothesis can still reach is its present probability at full length.
  bool can_be_overtaken() const {
    std::vector<double> scores;
    for (const Hypothesis& hypothesis : finished_) scores.push_back(hypothesis.score);
    std::nth_element(scores.begin(), scores.begin() + options_.n_best - 1, scores.end(),
                     std::greater<>());
    return score(live_[0].log_probability, max_length_ + 1) > scores[options_.n_best - 1];
  }

  const SearchOptions& options_;
  std::int64_t index_;
  std::int64_t max_length_;
  std::vector<Live> live_;
  std::vector<Hypothesis> finished_;
  bool done_ = false;
};

/// The search goes on where its numbers can be read one by one.
RankedRows on_host(const RankedRows& ranked) {
  return {{ranked.best.values.to(cpu), ranked.best.indices.to(cpu)}, ranked.log_sum_exp.to(cpu)};
}

/// The possible continuations of a sentence's beams: the best few tokens of each row.
std::vector<Candidate> candidates_of(Sentence& sentence, const SearchOptions& options,
                                     const RankedRows& ranked, std::int64_t first_row) {
  std::vector<Candidate> candidates;
  const std::int64_t k = ranked.best.values.dim(1);
  const float* values = ranked.best.values.data<float>();
  const std::int32_t* tokens = ranked.best.indices.data<std::int32_t>();
  const auto beams = static_cast<std::int32_t>(sentence.live().size());
  for (std::int32_t beam = 0; beam < beams; ++beam) {
    const Live& live = sentence.live()[beam];
    if (live.log_probability == impossible) continue;
    const std::int64_t row = first_row + beam;
    const double normaliser = ranked.log_sum_exp.data<double>()[row];
    expect_distribution(normaliser);
    for (std::int64_t i = 0; i < k; ++i) {
      const std::int32_t token = tokens[row * k + i];
      if (token == options.special.pad || token == options.special.begin) continue;
      if (token == options.special.end &&
          static_cast<std::int64_t>(live.tokens.size()) < options.min_length)
        continue;
      candidates.push_back({live.log_probability + values[row * k + i] - normaliser, beam, token});
    }
  }
  return candidates;
}

/// Lets the decoder read each live hypothesis's last token, after the row it continues.
Tensor step(StepDecoder& decoder, std::vector<Sentence>& active) {
  TokenList tokens, order;
  for (Sentence& sentence : active) {
    for (const Live& live : sentence.live()) {
      tokens.push_back(live.tokens.back());
      order.push_back(live.row);
    }
  }
  return decoder.step(tokens, order);
}

void check_search(const SearchOptions& options, std::int64_t sentences) {
  check(options.beam_size >= 1, [&] { return text("a beam of ", options.beam_size); });
  check(options.n_best >= 1 && options.n_best <= options.beam_size, [&] {
    return text("n_best = ", options.n_best,
                " is not between 1 and beam_size = ", options.beam_size);
  });
  check(static_cast<std::int64_t>(options.max_lengths.size()) == sentences, [&] {
    return text(options.max_lengths.size(), " max_lengths for ", sentences, " sentences");
  });
  for (const std::int64_t length : options.max_lengths)
    check(length >= 1, [&] { return text("max_lengths has a ", length, "; a search needs 1"); });
}

}  // namespace

void expect_distribution(double measure) {
  if (!std::isfinite(measure))
    throw NotFinite(
        "the model's output is not finite: its logits are NaN or infinite, so no token can be "
        "chosen; its weights are damaged or far too large, take another checkpoint");
}

std::vector<std::vector<Hypothesis>> beam_search(StepDecoder& decoder,
                                                 const SearchOptions& options) {
  const std::int64_t batch = decoder.sentences();
  check_search(options, batch);
  std::vector<std::vector<Hypothesis>> results(batch);
  std::vector<Sentence> active;
  for (std::int64_t i = 0; i < batch; ++i) active.emplace_back(options, i);

  for (bool first = true; !active.empty(); first = false) {
    const Tensor logits =
        cast(first ? decoder.start() : step(decoder, active), DType::f32);  // [row, vocab]
    // Twice the beam, since endings leave it; two more, since <pad> and <s> are passed over.
    const RankedRows ranked = on_host(
        rank_rows(logits, std::min<std::int64_t>(2 * options.beam_size + 2, logits.dim(1))));

    std::vector<Sentence> still_active;
    TokenList kept;
    std::int32_t first_row = 0;
    for (std::size_t i = 0; i < active.size(); ++i) {
      const auto rows = static_cast<std::int32_t>(active[i].live().size());
      auto candidates = candidates_of(active[i], options, ranked, first_row);
      active[i].advance(candidates, first_row);
      first_row += rows;
      if (active[i].done()) {
        const std::int64_t index = active[i].index();
        results[index] = std::move(active[i]).results();
      } else {
        kept.push_back(static_cast<std::int32_t>(i));
        still_active.push_back(std::move(active[i]));
      }
    }
    if (kept.size() < active.size() && !kept.empty()) decoder.select(kept);
    active = std::move(still_active);
  }
  return results;
}

}  // namespace lectern
