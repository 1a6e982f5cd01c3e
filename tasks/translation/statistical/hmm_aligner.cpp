#include "tasks/translation/statistical/hmm_aligner.h"

#include <algorithm>
#include <cmath>

#include "tasks/translation/statistical/expected_counts.h"
#include "tensor/check.h"

namespace lectern {
namespace {

/// For words that were never seen together, and jumps that died out: nothing is divided by zero.
constexpr double least_probability = 1e-12;

/// The numbers of one sentence pair. Places are counted from 0, which is before the first word.
struct Lattice {
  std::size_t source = 0, target = 0;
  double null_probability = 0.0;
  std::vector<double> jump;       // [place, source] p(i | i') without p0; each row sums to one
  std::vector<double> jump_sums;  // [place] below c
  std::vector<double> emission;   // [target, 1 + source] t(e_j | f_i), column 0 NULL

  double jump_to(std::size_t place, std::size_t word) const { return jump[place * source + word]; }
  const double* emission_row(std::size_t j) const { return emission.data() + j * (source + 1); }
};

Lattice lattice_of(std::size_t source, std::size_t target, const HmmAligner& model) {
  Lattice lattice{.source = source,
                  .target = target,
                  .null_probability = source == 0 ? 1.0 : model.null_probability(),
                  .jump = std::vector<double>((source + 1) * source),
                  .jump_sums = std::vector<double>(source + 1),
                  .emission = std::vector<double>(target * (source + 1))};
  for (std::size_t place = 0; place <= source; ++place) {
    double* row = lattice.jump.data() + place * source;
    for (std::size_t word = 0; word < source; ++word) {
      row[word] = model.jumps()[HmmAligner::jump_index(place, word)];
      lattice.jump_sums[place] += row[word];
    }
    for (std::size_t word = 0; word < source; ++word) row[word] /= lattice.jump_sums[place];
  }
  return lattice;
}

Lattice lattice_of(const TokenPair& pair, const HmmAligner& model) {
  Lattice lattice = lattice_of(pair.source.size(), pair.target.size(), model);
  double* next = lattice.emission.data();
  const auto t = [&](Word e, Word f) {
    return std::max(model.table().probability(e, f), least_probability);
  };
  for (const Word e : pair.target) {
    *next++ = t(e, null_word);
    for (const Word f : pair.source) *next++ = t(e, f);
  }
  return lattice;
}

/// What forward-backward finds.
struct Recursion {
  std::vector<double> forward;   // [target + 1, place] sums to one over the places
  std::vector<double> backward;  // [target + 1, place]
  std::vector<double> scale;     // [target] what a row of `forward` was divided by
  double log_likelihood = 0.0;
};

/// forward(j, place): the first j words are written, and the last one that came from a word came
/// from `place`; given all of them.
void run_forward(const Lattice& lattice, Recursion& recursion) {
  const std::size_t places = lattice.source + 1;
  recursion.forward.assign((lattice.target + 1) * places, 0.0);
  recursion.forward[0] = 1.0;
  for (std::size_t j = 0; j < lattice.target; ++j) {
    const double* before = recursion.forward.data() + j * places;
    double* after = recursion.forward.data() + (j + 1) * places;
    const double* emission = lattice.emission_row(j);
    for (std::size_t from = 0; from < places; ++from)
      for (std::size_t word = 0; word < lattice.source; ++word)
        after[word + 1] += before[from] * lattice.jump_to(from, word);
    double sum = 0.0;
    for (std::size_t place = 0; place < places; ++place) {
      after[place] *= (1.0 - lattice.null_probability) * emission[place];
      after[place] += lattice.null_probability * emission[0] * before[place];
      sum += after[place];
    }
    for (std::size_t place = 0; place < places; ++place) after[place] /= sum;
    recursion.scale.push_back(sum);
    recursion.log_likelihood += std::log(sum);
  }
}

/// backward(j, place): how probable the words after the first j are from `place` on, by the same
/// scales.
void run_backward(const Lattice& lattice, Recursion& recursion) {
  const std::size_t places = lattice.source + 1;
  recursion.backward.assign((lattice.target + 1) * places, 1.0);
  for (std::size_t j = lattice.target; j-- > 0;) {
    const double* after = recursion.backward.data() + (j + 1) * places;
    double* before = recursion.backward.data() + j * places;
    const double* emission = lattice.emission_row(j);
    for (std::size_t from = 0; from < places; ++from) {
      double jumped = 0.0;
      for (std::size_t word = 0; word < lattice.source; ++word)
        jumped += lattice.jump_to(from, word) * emission[word + 1] * after[word + 1];
      before[from] = ((1.0 - lattice.null_probability) * jumped +
                      lattice.null_probability * emission[0] * after[from]) /
                     recursion.scale[j];
    }
  }
}

Recursion forward_backward(const Lattice& lattice) {
  Recursion recursion;
  run_forward(lattice, recursion);
  run_backward(lattice, recursion);
  return recursion;
}

/// Calls `jumped(j, from, word, p)` and `stayed(j, p)` with the probability, given both sentences,
/// that word j of e jumped so, or came from NULL.
template <class Jumped, class Stayed>
void for_each_step(const Lattice& lattice, const Recursion& recursion, Jumped jumped,
                   Stayed stayed) {
  const std::size_t places = lattice.source + 1;
  for (std::size_t j = 0; j < lattice.target; ++j) {
    const double* before = recursion.forward.data() + j * places;
    const double* after = recursion.backward.data() + (j + 1) * places;
    const double* emission = lattice.emission_row(j);
    double null_sum = 0.0;
    for (std::size_t from = 0; from < places; ++from) {
      null_sum += before[from] * after[from];
      const double shared = before[from] * (1.0 - lattice.null_probability) / recursion.scale[j];
      for (std::size_t word = 0; word < lattice.source; ++word)
        jumped(j, from, word,
               shared * lattice.jump_to(from, word) * emission[word + 1] * after[word + 1]);
    }
    stayed(j, null_sum * lattice.null_probability * emission[0] / recursion.scale[j]);
  }
}

}  // namespace

HmmAligner::HmmAligner(LexicalTable table, std::vector<double> jumps, double null_probability)
    : table_(std::move(table)), jumps_(std::move(jumps)), null_probability_(null_probability) {
  if (jumps_.empty()) jumps_.assign(jump_widths, 1.0);
  check(jumps_.size() == jump_widths, [&] {
    return text("HmmAligner: ", jumps_.size(), " widths of jumps, but there are ", jump_widths);
  });
  check(null_probability > 0.0 && null_probability < 1.0, [&] {
    return text("HmmAligner: null_probability is ", null_probability, ", and not within (0, 1)");
  });
}

std::size_t HmmAligner::jump_index(std::size_t from, std::size_t to) {
  const auto width = static_cast<std::int64_t>(to) + 1 - static_cast<std::int64_t>(from);
  constexpr std::int64_t limit = longest_jump;
  return static_cast<std::size_t>(std::clamp(width, -limit, limit) + limit);
}

Alignment HmmAligner::align(const TokenPair& pair) const {
  const Lattice lattice = lattice_of(pair, *this);
  const std::size_t places = lattice.source + 1;
  // best[place] as `forward`, of the best way alone; came_from[j, place] is the place before
  // word j, or -1 where word j comes from NULL.
  std::vector<double> best(places, 0.0), next(places);
  std::vector<int> came_from(lattice.target * places);
  best[0] = 1.0;
  for (std::size_t j = 0; j < lattice.target; ++j) {
    const double* emission = lattice.emission_row(j);
    for (std::size_t place = 0; place < places; ++place) {
      next[place] = best[place] * null_probability_ * emission[0];
      int& before = came_from[j * places + place];
      before = from_null;
      for (std::size_t from = 0; place > 0 && from < places; ++from) {
        const double jumped = best[from] * (1.0 - null_probability_) *
                              lattice.jump_to(from, place - 1) * emission[place];
        if (jumped <= next[place]) continue;
        next[place] = jumped;
        before = static_cast<int>(from);
      }
    }
    const double most = *std::ranges::max_element(next);
    for (std::size_t place = 0; place < places; ++place) best[place] = next[place] / most;
  }

  Alignment alignment(lattice.target, from_null);
  auto place = static_cast<int>(std::ranges::max_element(best) - best.begin());
  for (std::size_t j = lattice.target; j-- > 0;) {
    const int before = came_from[j * places + static_cast<std::size_t>(place)];
    if (before == from_null) continue;
    alignment[j] = place - 1;
    place = before;
  }
  return alignment;
}

LinkProbabilities HmmAligner::posterior(const TokenPair& pair) const {
  const Lattice lattice = lattice_of(pair, *this);
  LinkProbabilities links{lattice.source,
                          std::vector<double>(lattice.target * (lattice.source + 1))};
  for_each_step(
      lattice, forward_backward(lattice),
      [&](std::size_t j, std::size_t, std::size_t word, double p) { links.row(j)[word + 1] += p; },
      [&](std::size_t j, double p) { links.row(j)[0] += p; });
  return links;
}

double HmmAligner::log_likelihood(const TokenPair& pair) const {
  Recursion recursion;
  run_forward(lattice_of(pair, *this), recursion);
  return recursion.log_likelihood;
}

EmRound em_round(HmmAligner& model, const Cooccurrences& corpus) {
  const std::vector<double>& t = model.table().probabilities();
  const auto add = [&](std::size_t pair, ExpectedCounts& counts) {
    const std::size_t source = corpus.source_words(pair), target = corpus.target_words(pair);
    Lattice lattice = lattice_of(source, target, model);
    double* next = lattice.emission.data();
    for (std::size_t j = 0; j < target; ++j)
      for (const std::int32_t entry : corpus.entries(pair, j)) *next++ = t[entry];

    const Recursion recursion = forward_backward(lattice);
    counts.log_likelihood += recursion.log_likelihood;
    std::vector<double> left(source + 1);  // expected jumps from each place
    for_each_step(
        lattice, recursion,
        [&](std::size_t j, std::size_t from, std::size_t word, double p) {
          counts.counts[corpus.entries(pair, j)[word + 1]] += p;
          counts.jumps[HmmAligner::jump_index(from, word)] += p;
          left[from] += p;
        },
        [&](std::size_t j, double p) { counts.counts[corpus.entries(pair, j)[0]] += p; });
    for (std::size_t from = 0; from <= source; ++from)
      for (std::size_t word = 0; word < source; ++word)
        counts.jump_room[HmmAligner::jump_index(from, word)] +=
            left[from] / lattice.jump_sums[from];
  };
  const ExpectedCounts expected =
      expected_counts(corpus.pairs(), t.size(), HmmAligner::jump_widths, add);

  model.table_.set_from_counts(expected.counts);
  for (std::size_t width = 0; width < HmmAligner::jump_widths; ++width)
    if (expected.jump_room[width] > 0.0)
      model.jumps_[width] =
          std::max(expected.jumps[width] / expected.jump_room[width], least_probability);
  return {expected.log_likelihood, corpus.target_tokens()};
}

}  // namespace lectern
