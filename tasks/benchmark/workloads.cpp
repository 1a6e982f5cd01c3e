#include <numeric>

#include "models/decoder.h"
#include "models/language_model.h"
#include "models/transformer.h"
#include "nn/optim/adam.h"
#include "tasks/benchmark/benchmark.h"
#include "tasks/benchmark/drawn_batches.h"
#include "tasks/text/batches.h"
#include "tasks/translation/translation_loss.h"
#include "tensor/measure.h"

namespace lectern {
namespace {

constexpr std::int32_t vocabulary = 8000;

TransformerOptions model_options(std::int64_t d_model, int layers) {
  return {.source_vocab = vocabulary,
          .target_vocab = vocabulary,
          .d_model = d_model,
          .num_encoder_layers = layers,
          .num_decoder_layers = layers,
          .dim_feedforward = 4 * d_model};
}

Batch drawn_batch() {
  const SentenceBatch pairs = draw_batches(20, 128, vocabulary)[10];  // of middling length
  std::vector<std::int64_t> all(pairs.size());
  std::iota(all.begin(), all.end(), 0);
  return make_batch(pairs, all);
}

/// Operations of the matrix products of a step, forward and backward.
double step_operations(const TransformerOptions& model, const Batch& batch) {
  const auto d = static_cast<double>(model.d_model);
  const auto source = static_cast<double>(batch.source.size());
  const auto target = static_cast<double>(batch.target_input.size());
  const double feed_forward = 2.0 * d * static_cast<double>(model.dim_feedforward);
  const double encoder = model.num_encoder_layers * source * (4 * d * d + feed_forward);
  const double decoder =
      model.num_decoder_layers * (target * (6 * d * d + feed_forward) + source * 2 * d * d);
  const double logits = static_cast<double>(batch.target_tokens * model.target_vocab) * d;
  return 6.0 * (encoder + decoder + logits);
}

void measure_step(std::int64_t d_model, int layers, double peak, std::vector<Measured>& results) {
  const TransformerOptions options = model_options(d_model, layers);
  Initializer init(1);
  Transformer model(options, init);
  Adam adam(parameters(model), {});
  const Batch batch = drawn_batch();
  std::uint32_t step = 0;
  const Timing time = time_of(
      [&] {
        train(model, {.seed = 1, .step = step++});
        backward(translation_loss(model, batch, 0.1));
        adam.step({.learning_rate = 1e-4});
        adam.zero_gradients();
      },
      5.0);
  const std::string what = text("training, d_model ", d_model, ", ", layers, " + ", layers);
  const auto tokens = static_cast<double>(batch.source_tokens + batch.target_tokens);
  results.push_back({what, tokens / time.median, "real tokens/s", 0.0, time.spread});
  results.push_back({what + ", products", 1e-9 * step_operations(options, batch) / time.median,
                     "GFLOP/s", peak, time.spread});
}

}  // namespace

std::vector<Measured> measure_training(double peak) {
  std::vector<Measured> results;
  measure_step(256, 3, peak, results);
  measure_step(512, 6, peak, results);
  return results;
}

namespace {

/// A prompt that is read in one call, and token by token.
void measure_prompts(std::vector<Measured>& results) {
  constexpr std::int64_t length = 1024, d_model = 256;
  Initializer init(1);
  LanguageModel model({.encoder = {.vocab = vocabulary,
                                   .layer = {.d_model = d_model, .dim_feedforward = 4 * d_model},
                                   .max_length = length}},
                      init);
  prepare_for_inference(model);
  std::vector<std::int32_t> prompt;
  for (std::int32_t i = 0; i < length; ++i) prompt.push_back(i * 97 % vocabulary);
  const auto read = [&](std::int64_t at_once) {
    const std::vector<std::int32_t> first(prompt.begin(), prompt.begin() + at_once);
    Decoder decoder(model, tensor_of<std::int32_t>({1, at_once}, first), length);
    decoder.start();
    for (std::int64_t t = at_once; t < length; ++t)
      decoder.step({prompt[static_cast<std::size_t>(t)]}, {0});
  };
  const auto measure = [&](const char* how, std::int64_t at_once) {
    const Timing time = time_of([&] { read(at_once); }, 2.0);
    results.push_back({text("a prompt of ", length, " tokens, ", how), length / time.median,
                       "tokens/s", 0.0, time.spread});
  };
  measure("in one call", length);
  measure("token by token", 1);
}

}  // namespace

std::vector<Measured> measure_decoding() {
  Initializer init(1);
  Transformer model(model_options(256, 3), init);
  evaluate(model);
  const Batch batch = drawn_batch();
  const std::int64_t sentences = batch.source.dim(0);
  std::vector<Measured> results;
  for (const int beam : {1, 4}) {
    // A model that knows nothing ends nowhere: every translation gets the length of its source.
    const Timing time = time_of(
        [&] {
          const NoGradient no_gradient;
          Decoder decoder(model, {batch.source, batch.source_lengths});
          const std::vector<std::int64_t> lengths(static_cast<std::size_t>(sentences),
                                                  batch.source.dim(1));
          beam_search(decoder, {.beam_size = beam, .max_lengths = lengths, .special = {}});
        },
        2.0);
    results.push_back({text("translating, d_model 256, 3 + 3, beam ", beam),
                       static_cast<double>(sentences) / time.median, "sentences/s", 0.0,
                       time.spread});
  }
  measure_prompts(results);
  return results;
}

}  // namespace lectern
