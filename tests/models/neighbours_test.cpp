#include <numeric>

#include "attention/patterns.h"
#include "autograd/by_definition.h"
#include "models/sequence_encoder.h"
#include "tensor/ops/concatenate.h"
#include "tests/catch.h"
#include "tests/tensor/helpers.h"

// Whatever the model makes of a sentence is a function of that sentence: not of the others in its
// batch, which lend it padding, nor of the number of threads.

using namespace lectern;

namespace {

bool on_gpu() { return default_device().kind == Device::Kind::cuda; }

PatternOptions lsh(CandidateRule rule, std::int64_t exact_below) {
  return {.name = "lsh",
          .lsh = {.rule = rule, .rounds = 3, .chunk = 2, .window = 3, .exact_below = exact_below}};
}

std::vector<PatternOptions> all_patterns() {
  return {{.name = "exact"},
          {.name = "window", .window = {.before = 4, .after = 4}},
          {.name = "window", .window = {.before = 4, .dilation = 3}},
          {.name = "window", .window = {.before = 4, .after = 4, .globals = 9}},
          {.name = "learned_window", .sigma = 4},
          {.name = "adaptive_span", .longest = 64},
          lsh(CandidateRule::chunks, 0),
          lsh(CandidateRule::chunks, 20),
          lsh(CandidateRule::same_bucket, 0),
          lsh(CandidateRule::same_bucket, 20),
          {.name = "linear"},
          {.name = "linformer", .longest = 160},
          {.name = "dynamic_convolution"},
          {.name = "hierarchical"}};
}

std::vector<PatternOptions> patterns_for(bool causal) {
  std::vector<PatternOptions> patterns = all_patterns();
  std::erase_if(patterns, [&](const PatternOptions& pattern) {
    return causal && !find_pattern(pattern.name)->causal;
  });
  return patterns;
}

/// An encoder that has learned nothing, but whose spans have begun to grow.
SequenceEncoder make_encoder(const PatternOptions& pattern, bool causal, bool reversible) {
  Initializer init(7);
  return SequenceEncoder({.vocab = 29,
                          .layer = {.d_model = 32,
                                    .nhead = 2,
                                    .dim_feedforward = 48,
                                    .dropout = 0,
                                    .attention_dropout = 0,
                                    .feed_forward_chunk = 16},
                          .num_layers = 2,
                          .attention = {pattern},
                          .reversible = reversible,
                          .causal = causal,
                          .max_length = 160},
                         init);
}

std::vector<std::int32_t> drawn_sentence(std::int32_t length, std::uint32_t site) {
  std::vector<std::int32_t> ids;
  for (std::int32_t i = 0; i < length; ++i)
    ids.push_back(static_cast<std::int32_t>(
        RandomKey{.site = site}.word(static_cast<std::uint64_t>(i)) % 29));
  return ids;
}

/// Side by side, padded with zeros.
Tokens batch_of(const std::vector<std::vector<std::int32_t>>& sentences) {
  std::vector<std::int32_t> ids, lengths;
  std::size_t longest = 0;
  for (const auto& sentence : sentences) longest = std::max(longest, sentence.size());
  for (std::vector<std::int32_t> sentence : sentences) {
    lengths.push_back(static_cast<std::int32_t>(sentence.size()));
    sentence.resize(longest);
    ids.insert(ids.end(), sentence.begin(), sentence.end());
  }
  const std::int64_t batch = std::ssize(sentences);
  return {tensor_of<std::int32_t>({batch, static_cast<std::int64_t>(longest)}, ids),
          tensor_of<std::int32_t>({batch}, lengths)};
}

}  // namespace

TEST_CASE("a sentence is encoded to the same bits alone, in any batch, with any threads") {
  std::vector<std::vector<std::int32_t>> sentences;
  std::uint32_t site = 1;
  for (const std::int32_t length : on_gpu() ? std::vector<std::int32_t>{5, 40, 20}
                                            : std::vector<std::int32_t>{5, 23, 150, 70, 12, 20, 1})
    sentences.push_back(drawn_sentence(length, site++));
  const NoGradient no_gradient;
  for (const bool causal : {false, true})
    for (const PatternOptions& pattern : patterns_for(causal))
      for (const bool reversible : {false, true}) {
        const SequenceEncoder encoder = make_encoder(pattern, causal, reversible);
        INFO("pattern " << pattern.name << ", causal " << causal << ", reversible " << reversible);
        const Tokens batch = batch_of(sentences);
        const Tensor together = encoder(batch).value();
        CHECK(same_on_two_threads([&] { return encoder(batch).value(); }));
        for (std::size_t b = 0; b < sentences.size(); ++b) {
          const auto row = static_cast<std::int64_t>(b);
          const Tensor alone = encoder(batch_of({sentences[b]})).value();
          CHECK(same_bits(slice(together.slice(row, row + 1), 1, 0, std::ssize(sentences[b])),
                          alone));
        }
      }
}

TEST_CASE("a sentence is encoded by definition as its pattern's kernel encodes it, in any batch") {
  const std::vector<std::vector<std::int32_t>> sentences{
      drawn_sentence(5, 1), drawn_sentence(on_gpu() ? 40 : 150, 2), drawn_sentence(23, 3)};
  const NoGradient no_gradient;
  for (const bool causal : {false, true})
    for (const PatternOptions& pattern : patterns_for(causal)) {
      const SequenceEncoder encoder = make_encoder(pattern, causal, /*reversible=*/true);
      INFO("pattern " << pattern.name << ", causal " << causal);
      const Tokens batch = batch_of(sentences);
      const Tensor fused = encoder(batch).value();
      const ByDefinition scope;
      const Tensor defined = encoder(batch).value();
      for (std::size_t b = 0; b < sentences.size(); ++b) {
        const auto own = [&](const Tensor& x) {
          const auto row = static_cast<std::int64_t>(b);
          return slice(x.slice(row, row + 1), 1, 0, std::ssize(sentences[b]));
        };
        CHECK(close(own(fused), own(defined), 1e-4, 1e-4));
      }
    }
}
