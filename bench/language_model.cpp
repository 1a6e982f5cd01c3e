// A causal language model of words: one training step (forward, backward, AdamW), and writing 256
// tokens behind a prompt with what every layer keeps of the tokens before.
//
//   bench_language_model train|generate [--threads N] [--repeats N] [--d-model 512] [--layers 6]
//                        [--length 256] [--batch 8] [--vocab 33280] [--tokens 256]
//                        [--precision fp32|bf16]
//
// 8 heads, d_ff four times d_model, norms before the sublayers, relu, dropout 0.1 in training (0 of
// attention weights), one table for reading and writing. Tokens are drawn by number, the same in
// bench/peers/torch_language_model.py, which does the same work. Medians; one line of JSON. With one
// thread the time is the processor time of that thread, which other programs disturb less.

#include "models/language_model.h"

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <functional>
#include <string>
#include <vector>

#include "models/decoder.h"
#include "nn/optim/adam.h"
#include "tensor/parallel.h"
#include "tensor/platform.h"
#include "tensor/precision.h"

using namespace lectern;

namespace {

struct Settings {
  std::string work;
  int threads = 0, repeats = 5, warmup = 2, layers = 6;
  std::int64_t d_model = 512, length = 256, batch = 8, vocab = 33280, tokens = 256;
};

Settings parse(int count, char** arguments) {
  Settings settings;
  check(count > 1, "say train or generate; see the first lines of bench/language_model.cpp");
  settings.work = arguments[1];
  check(settings.work == "train" || settings.work == "generate",
        [&] { return text(settings.work, ": choose train or generate"); });
  for (int i = 2; i < count; ++i) {
    const std::string flag = arguments[i];
    check(++i < count, [&] { return text(flag, " needs a value"); });
    if (flag == "--precision") {
      if (std::string(arguments[i]) == "bf16") set_matmul_precision(Precision::bf16);
      continue;
    }
    const int number = std::stoi(arguments[i]);
    if (flag == "--threads")
      settings.threads = number;
    else if (flag == "--repeats")
      settings.repeats = number;
    else if (flag == "--layers")
      settings.layers = number;
    else if (flag == "--d-model")
      settings.d_model = number;
    else if (flag == "--length")
      settings.length = number;
    else if (flag == "--batch")
      settings.batch = number;
    else if (flag == "--vocab")
      settings.vocab = number;
    else if (flag == "--tokens")
      settings.tokens = number;
    else
      fail(text("unknown argument ", flag, "; see the first lines of bench/language_model.cpp"));
  }
  return settings;
}

double now() {
  timespec time;
  clock_gettime(thread_count() == 1 ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

/// Token `i` of a stream, by a rule that two languages can follow.
std::int32_t token_at(std::int64_t i, std::int64_t vocab) {
  return static_cast<std::int32_t>((i * i * 31 + i * 17 + 5) % vocab);
}

Tensor tokens_from(std::int64_t first, const Shape& shape, std::int64_t vocab) {
  std::vector<std::int32_t> tokens;
  for (std::int64_t i = 0; i < shape[0] * shape[1]; ++i)
    tokens.push_back(token_at(first + i, vocab));
  return tensor_of<std::int32_t>(shape, tokens);
}

LanguageModel::Options model_options(const Settings& settings) {
  return {.encoder = {.vocab = settings.vocab,
                      .layer = {.d_model = settings.d_model,
                                .dim_feedforward = 4 * settings.d_model,
                                .attention_dropout = 0.0},
                      .num_layers = settings.layers,
                      .max_length = 2 * std::max(settings.length, settings.tokens)}};
}

/// Seconds of each repeat, after some that do not count.
std::vector<double> seconds_of(const Settings& settings, const std::function<void(int)>& work) {
  std::vector<double> seconds;
  for (int i = 0; i < settings.warmup + settings.repeats; ++i) {
    const double start = now();
    work(i);
    if (i >= settings.warmup) seconds.push_back(now() - start);
  }
  return seconds;
}

void report(const Settings& settings, std::vector<double> seconds, std::int64_t tokens,
            double check_value) {
  std::ranges::sort(seconds);
  const double median = seconds[seconds.size() / 2];
  std::printf(
      "{\"peer\": \"lectern\", \"work\": \"lm_%s\", \"precision\": \"%s\", \"threads\": %d, "
      "\"repeats\": %d, "
      "\"tokens_per_second\": %.1f, \"ms\": %.2f, \"fastest_ms\": %.2f, "
      "\"peak_rss_MiB\": %.0f, \"check\": %.6f}\n",
      settings.work.c_str(), std::string(name_of(matmul_precision())).c_str(), thread_count(),
      settings.repeats, static_cast<double>(tokens) / median, 1e3 * median, 1e3 * seconds.front(),
      static_cast<double>(most_bytes_used()) / (1 << 20), check_value);
}

void measure_training(const Settings& settings) {
  Initializer init(1);
  LanguageModel model(model_options(settings), init);
  Adam adam(parameters(model),
            {.beta2 = 0.98, .weight_decay = 0.01, .decoupled_weight_decay = true});
  const Shape shape = {settings.batch, settings.length};
  double loss = 0.0;
  const std::vector<double> seconds = seconds_of(settings, [&](int step) {
    const std::int64_t first = step * settings.batch * settings.length;
    train(model, {.seed = 1, .step = static_cast<std::uint32_t>(step)});
    const Variable found = model.loss({tokens_from(first, shape, settings.vocab), {}},
                                      tokens_from(first + 1, shape, settings.vocab));
    loss = found.value().item<float>();
    backward(found);
    adam.step({.learning_rate = 1e-4});
    adam.zero_gradients();
  });
  report(settings, seconds, settings.batch * settings.length, loss);
}

void measure_writing(const Settings& settings) {
  Initializer init(1);
  LanguageModel model(model_options(settings), init);
  prepare_for_inference(model);
  std::vector<std::int32_t> prompt;
  for (int i = 0; i < 8; ++i) prompt.push_back(token_at(i, settings.vocab));
  double sum = 0.0;
  const std::vector<double> seconds = seconds_of(settings, [&](int) {
    for (const std::int32_t token : continue_tokens(model, prompt, settings.tokens, {.top_k = 1}))
      sum += token;
  });
  report(settings, seconds, settings.tokens, sum);
}

}  // namespace

int main(int count, char** arguments) {
  try {
    const Settings settings = parse(count, arguments);
    if (settings.threads > 0) set_thread_count(settings.threads);
    if (settings.work == "train")
      measure_training(settings);
    else
      measure_writing(settings);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 2;
  }
  return 0;
}
