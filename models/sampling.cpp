#include <algorithm>
#include <cmath>
#include <numeric>

#include "models/decoding.h"
#include "tensor/ops/cast.h"
#include "tensor/random.h"

namespace lectern {
namespace {

struct Choice {
  std::int32_t token;
  double log_probability;
};

/// Draws a token from one row of logits.
Choice draw(const double* logits, std::int64_t vocab, const SamplingOptions& options,
            double uniform) {
  std::vector<std::int32_t> tokens(vocab);
  std::iota(tokens.begin(), tokens.end(), 0);
  std::erase(tokens, options.special.pad);
  std::erase(tokens, options.special.begin);
  std::stable_sort(tokens.begin(), tokens.end(),
                   [&](std::int32_t a, std::int32_t b) { return logits[a] > logits[b]; });
  if (options.top_k > 0 && options.top_k < static_cast<std::int64_t>(tokens.size()))
    tokens.resize(options.top_k);

  std::vector<double> weights;
  for (const std::int32_t token : tokens)
    weights.push_back(std::exp((logits[token] - logits[tokens[0]]) / options.temperature));
  const double all = std::accumulate(weights.begin(), weights.end(), 0.0);
  double nucleus = 0.0;
  std::size_t count = 0;
  while (count < weights.size() && nucleus < options.top_p * all) nucleus += weights[count++];

  double left = uniform * nucleus;
  std::size_t chosen = 0;
  while (chosen + 1 < count && left >= weights[chosen]) left -= weights[chosen++];
  return {tokens[chosen], std::log(weights[chosen] / nucleus)};
}

}  // namespace

std::vector<Hypothesis> sample(StepDecoder& decoder, const SamplingOptions& options) {
  check(options.temperature > 0.0 && options.top_p > 0.0 && options.top_p <= 1.0, [&] {
    return text("sampling needs a temperature above 0 and a top_p in (0, 1]; got ",
                options.temperature, " and ", options.top_p);
  });
  const std::int64_t batch = decoder.sentences();
  check(static_cast<std::int64_t>(options.max_lengths.size()) == batch,
        [&] { return text(options.max_lengths.size(), " max_lengths for ", batch, " sentences"); });
  std::vector<std::int64_t> numbers = options.sentence_numbers;
  if (numbers.empty()) {
    numbers.resize(batch);
    std::iota(numbers.begin(), numbers.end(), 0);
  }
  check(static_cast<std::int64_t>(numbers.size()) == batch,
        [&] { return text(numbers.size(), " sentence_numbers for ", batch, " sentences"); });
  std::vector<Hypothesis> results(batch);
  std::vector<bool> done(batch, false);
  std::vector<std::int32_t> tokens(batch, options.special.begin), order(batch);
  std::iota(order.begin(), order.end(), 0);

  for (std::uint32_t step = 0; std::find(done.begin(), done.end(), false) != done.end(); ++step) {
    const Tensor logits = cast(decoder.step(tensor_of<std::int32_t>({batch}, tokens),
                                            tensor_of<std::int32_t>({batch}, order)),
                               DType::f64)
                              .to(cpu);  // [sentence, vocab]
    const std::int64_t vocab = logits.dim(1);
    for (std::int64_t i = 0; i < batch; ++i) {
      if (done[i]) continue;
      const RandomKey key{.seed = options.seed, .step = step, .site = 0};
      const Choice choice = draw(logits.data<double>() + i * vocab, vocab, options,
                                 key.word(static_cast<std::uint64_t>(numbers[i])) * 0x1p-32);
      results[i].log_probability += choice.log_probability;
      tokens[i] = choice.token;
      done[i] = choice.token == options.special.end;
      if (!done[i]) results[i].tokens.push_back(choice.token);
      done[i] = done[i] || static_cast<std::int64_t>(step) + 1 >= options.max_lengths[i];
    }
  }
  for (Hypothesis& result : results)
    result.score = result.log_probability / (static_cast<double>(result.tokens.size()) + 1.0);
  return results;
}

}  // namespace lectern
