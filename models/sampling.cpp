#include <algorithm>
#include <cmath>
#include <numeric>

#include "models/decoding.h"
#include "tensor/ops/cast.h"
#include "tensor/random.h"

namespace lectern {
namespace {

/// Most probable first, equal ones by their number; only as many are put in order as are asked for.
/// \param uniform  a number in [0, 1) that decides
/// Cost: linear in the vocabulary, and its logarithm for each token that is passed by.
DrawnToken draw_from(const double* logits, std::int64_t vocab, const SamplingOptions& options,
                     double uniform) {
  const bool ordered = std::none_of(logits, logits + vocab, [](double x) { return std::isnan(x); });
  expect_distribution(ordered ? *std::max_element(logits, logits + vocab) : std::nan(""));
  std::vector<std::int32_t> tokens(vocab);
  std::iota(tokens.begin(), tokens.end(), 0);
  std::erase(tokens, options.special.pad);
  std::erase(tokens, options.special.begin);
  const auto before = [&](std::int32_t a, std::int32_t b) {
    return logits[a] != logits[b] ? logits[a] > logits[b] : a < b;
  };
  if (options.top_k > 0 && options.top_k < static_cast<std::int64_t>(tokens.size())) {
    std::partial_sort(tokens.begin(), tokens.begin() + options.top_k, tokens.end(), before);
    tokens.resize(options.top_k);
  }
  const auto after = [&](std::int32_t a, std::int32_t b) { return before(b, a); };
  std::make_heap(tokens.begin(), tokens.end(), after);
  const double largest = logits[tokens[0]];
  const auto weight_of = [&](std::int32_t token) {
    return std::exp((logits[token] - largest) / options.temperature);
  };
  double all = 0.0;
  for (const std::int32_t token : tokens) all += weight_of(token);

  // The i-th most probable one: they are taken from the heap to the end of the list.
  std::size_t taken = 0;
  const auto weight_at = [&](std::size_t i) {
    for (; taken <= i; ++taken)
      std::pop_heap(tokens.begin(), tokens.end() - static_cast<std::ptrdiff_t>(taken), after);
    return weight_of(tokens[tokens.size() - 1 - i]);
  };
  std::size_t count = tokens.size();
  double nucleus = all;
  if (options.top_p < 1.0)
    for (count = 0, nucleus = 0.0; count < tokens.size() && nucleus < options.top_p * all; ++count)
      nucleus += weight_at(count);

  double left = uniform * nucleus;
  std::size_t chosen = 0;
  while (chosen + 1 < count && left >= weight_at(chosen)) left -= weight_at(chosen++);
  const double weight = weight_at(chosen);
  return {tokens[tokens.size() - 1 - chosen], std::log(weight / nucleus)};
}

void check_distribution(const SamplingOptions& options) {
  check(options.temperature > 0.0 && options.top_p > 0.0 && options.top_p <= 1.0, [&] {
    return text("sampling needs a temperature above 0 and a top_p in (0, 1]; got ",
                options.temperature, " and ", options.top_p);
  });
}

void check_sampling(const SamplingOptions& options, std::size_t sentences) {
  check_distribution(options);
  check(options.draws >= 1, [&] { return text("sampling draws ", options.draws, " times"); });
  check(options.max_lengths.size() == sentences, [&] {
    return text(options.max_lengths.size(), " max_lengths for ", sentences, " sentences");
  });
  const std::size_t numbers = options.sentence_numbers.size();
  check(numbers == 0 || numbers == sentences,
        [&] { return text(numbers, " sentence_numbers for ", sentences, " sentences"); });
}

/// One draw of one sentence: a row of the batch.
struct Draw {
  std::int64_t sentence, draw;
  Hypothesis hypothesis{.finished = false};
  bool done = false;

  void grow(const double* logits, std::int64_t vocab, const SamplingOptions& options,
            std::uint32_t step) {
    const std::int64_t number =
        options.sentence_numbers.empty() ? sentence : options.sentence_numbers[sentence];
    const RandomKey key{
        .seed = options.seed, .step = step, .site = static_cast<std::uint32_t>(draw)};
    const DrawnToken drawn =
        draw_from(logits, vocab, options, key.word(static_cast<std::uint64_t>(number)) * 0x1p-32);
    hypothesis.log_probability += drawn.log_probability;
    hypothesis.finished = drawn.token == options.special.end;
    if (!hypothesis.finished) hypothesis.tokens.push_back(drawn.token);
    done =
        hypothesis.finished || static_cast<std::int64_t>(step) + 1 >= options.max_lengths[sentence];
    hypothesis.score =
        hypothesis.log_probability / (static_cast<double>(hypothesis.tokens.size()) + 1.0);
  }
};

}  // namespace

DrawnToken draw_token(const Tensor& logits, const SamplingOptions& options, RandomKey key) {
  check_distribution(options);
  const Tensor numbers = cast(logits, DType::f64).to(cpu);
  check(numbers.size() == numbers.dim(-1) && numbers.size() > 0,
        [&] { return text("draw_token takes one row of logits [vocab], got ", logits.shape()); });
  return draw_from(numbers.data<double>(), numbers.size(), options, key.word(0) * 0x1p-32);
}

std::vector<std::vector<Hypothesis>> sample(StepDecoder& decoder, const SamplingOptions& options) {
  const std::int64_t batch = decoder.sentences(), rows = batch * options.draws;
  check_sampling(options, static_cast<std::size_t>(batch));
  std::vector<Draw> draws;
  for (std::int64_t row = 0; row < rows; ++row)
    draws.push_back({row / options.draws, row % options.draws});
  TokenList tokens(rows, options.special.end), order(rows);
  for (std::int64_t row = 0; row < rows; ++row)
    order[row] = static_cast<std::int32_t>(row / options.draws);  // start() has a row a sentence

  const auto all_done = [&] {
    return std::all_of(draws.begin(), draws.end(), [](const Draw& draw) { return draw.done; });
  };
  for (std::uint32_t step = 0; !all_done(); ++step) {
    const Tensor logits =  // [sentence, vocab], then [row, vocab]
        cast(step == 0 ? decoder.start() : decoder.step(tokens, order), DType::f64).to(cpu);
    const std::int64_t vocab = logits.dim(1), draws_a_row = rows / logits.dim(0);
    if (step == 1) std::iota(order.begin(), order.end(), 0);
    for (std::int64_t row = 0; row < rows; ++row) {
      if (draws[row].done) continue;
      draws[row].grow(logits.data<double>() + row / draws_a_row * vocab, vocab, options, step);
      if (!draws[row].hypothesis.tokens.empty()) tokens[row] = draws[row].hypothesis.tokens.back();
    }
  }
  std::vector<std::vector<Hypothesis>> results(batch);
  for (Draw& draw : draws) results[draw.sentence].push_back(std::move(draw.hypothesis));
  return results;
}

}  // namespace lectern
