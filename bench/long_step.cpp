// One training step (forward, backward, Adam) of a byte-level Reformer on one very long sequence:
// does it fit, and how much does one more layer take?
//
//   bench_long_step [--length 65536] [--layers 6] [--d-model 512] [--heads 8] [--d-ff 2048]
//                   [--rounds 4] [--chunk 64] [--feed-forward-chunk 1024] [--text FILE]
//                   [--without PART] [--threads N]
//
// Reversible layers with the paper's LSH attention, axial positions, a vocabulary of 256, dropout
// 0.1. The bytes are random, or those at the beginning of a text, plain or .gz. --layers a,b,c
// measures one model after the other and the slope of memory by layer.
//
// --without exchanges one part of the Reformer for what a Transformer has in its place:
//   reversible   ordinary layers, whose activations are stored
//   lsh          exact attention, in tiles
//   chunks       the feed-forward network takes all tokens at once
//   blocks       the logits of all tokens are stored before their loss
//   axial        a learned vector for every position
//
// Activations are what the allocator counts beyond weights, gradients and both of Adam's moments,
// which are there before the step, as in the middle of a training.

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "autograd/ops/cross_entropy.h"
#include "models/language_model.h"
#include "nn/optim/adam.h"
#include "tasks/text/byte_source.h"
#include "tensor/device.h"
#include "tensor/parallel.h"
#include "tensor/platform.h"

using namespace lectern;

namespace {

constexpr std::int64_t vocab = 256;
constexpr double mebi = 1 << 20;

struct Settings {
  std::int64_t length = 65536, d_model = 512, d_ff = 2048, chunk = 64, feed_forward_chunk = 1024;
  int heads = 8, rounds = 4;
  std::vector<int> layers{6};
  std::string text, without;  // a file, random bytes if empty; a part, none if empty
};

/// What can be left out, and what is there then.
const std::map<std::string, const char*> parts{{"reversible", "ordinary layers"},
                                               {"lsh", "exact attention in tiles"},
                                               {"chunks", "feed-forward of all tokens at once"},
                                               {"blocks", "all logits stored"},
                                               {"axial", "a learned vector a position"}};

std::vector<int> numbers_of(const std::string& list) {
  std::vector<int> numbers;
  std::istringstream items(list);
  for (std::string item; std::getline(items, item, ',');) numbers.push_back(std::stoi(item));
  return numbers;
}

Settings parse(int count, char** arguments) {
  Settings settings;
  for (int i = 1; i < count; ++i) {
    const std::string flag = arguments[i];
    check(++i < count, [&] { return text(flag, " needs a value"); });
    const std::string value = arguments[i];
    const auto number = [&] { return std::stoi(value); };
    if (flag == "--length")
      settings.length = number();
    else if (flag == "--layers")
      settings.layers = numbers_of(value);
    else if (flag == "--d-model")
      settings.d_model = number();
    else if (flag == "--heads")
      settings.heads = number();
    else if (flag == "--d-ff")
      settings.d_ff = number();
    else if (flag == "--rounds")
      settings.rounds = number();
    else if (flag == "--chunk")
      settings.chunk = number();
    else if (flag == "--feed-forward-chunk")
      settings.feed_forward_chunk = number();
    else if (flag == "--text")
      settings.text = value;
    else if (flag == "--without")
      settings.without = value;
    else if (flag == "--threads")
      set_thread_count(number());
    else
      fail(text("unknown argument ", flag, "; see the first lines of bench/long_step.cpp"));
  }
  check(!settings.layers.empty(), "--layers needs at least one number of layers");
  check(settings.without.empty() || parts.contains(settings.without), [&] {
    return text("--without ", settings.without, "; the parts stand in bench/long_step.cpp");
  });
  return settings;
}

LanguageModel::Options model_options(const Settings& settings, int layers) {
  const auto has = [&](const char* part) { return settings.without != part; };
  return {.encoder = {
              .vocab = vocab,
              .layer = {.d_model = settings.d_model,
                        .nhead = settings.heads,
                        .dim_feedforward = settings.d_ff,
                        .feed_forward_chunk = has("chunks") ? settings.feed_forward_chunk : 0},
              .num_layers = layers,
              .attention =
                  {{.name = has("lsh") ? "lsh" : "exact",
                    .lsh = {.rounds = settings.rounds, .chunk = settings.chunk, .exact_below = 0}}},
              .reversible = has("reversible"),
              .positions = has("axial") ? PositionKind::axial : PositionKind::learned,
              .max_length = settings.length}};
}

/// Bytes and, for each, the next one.
struct Sequence {
  Tensor ids, targets;  // [1, length] i32

  explicit Sequence(const Settings& settings) {
    const std::int64_t length = settings.length;
    const std::string book = settings.text.empty() ? "" : read_bytes(settings.text);
    check(book.empty() || static_cast<std::int64_t>(book.size()) > length, [&] {
      return text(settings.text, " has ", book.size(), " bytes; ", length, " tokens need one more");
    });
    std::vector<std::int32_t> bytes;
    for (std::int64_t i = 0; i <= length; ++i)
      bytes.push_back(book.empty() ? static_cast<std::int32_t>(RandomKey{.seed = 1}.word(i) % vocab)
                                   : static_cast<unsigned char>(book[static_cast<std::size_t>(i)]));
    ids = tensor_of({1, length}, std::vector<std::int32_t>(bytes.begin(), bytes.end() - 1));
    targets = tensor_of({1, length}, std::vector<std::int32_t>(bytes.begin() + 1, bytes.end()));
  }
};

struct Step {
  std::int64_t parameters = 0, standing = 0, high_water = 0;  // the last two in bytes
  double forward = 0, backward = 0, update = 0;               // seconds
  double processor = 0;                                       // seconds of all threads together
  double loss = 0;

  double activations() const { return static_cast<double>(high_water - standing) / mebi; }
};

/// The time since the last call, in seconds.
class Laps {
 public:
  double lap() {
    const Clock::time_point before = last_;
    last_ = Clock::now();
    return std::chrono::duration<double>(last_ - before).count();
  }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point last_ = Clock::now();
};

/// The mean loss of all tokens, whose logits are there at once or, by LanguageModel::loss, block by
/// block.
Variable loss_of(const LanguageModel& model, const Sequence& sequence, bool in_blocks) {
  if (in_blocks) return model.loss({sequence.ids, {}}, sequence.targets);
  return cross_entropy(model({sequence.ids, {}}), sequence.targets);
}

Step measure(const LanguageModel::Options& options, const Sequence& sequence, bool in_blocks) {
  Initializer init(1);
  LanguageModel model(options, init);
  const std::vector<NamedParameter> learned = parameters(model);
  Adam adam(learned, {.beta2 = 0.98});
  for (NamedParameter parameter : learned)
    parameter.variable.set_gradient(zeros_like(parameter.variable.value()));

  train(model, {.seed = 1});
  Step step{.parameters = parameter_count(model), .standing = memory_statistics().in_use};
  reset_high_water();
  const std::clock_t begin = std::clock();
  Laps laps;
  const Variable loss = loss_of(model, sequence, in_blocks);
  step.forward = laps.lap();
  backward(loss);
  step.backward = laps.lap();
  adam.step({.learning_rate = 1e-4});
  step.update = laps.lap();
  step.processor = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  step.high_water = memory_statistics().high_water;
  step.loss = loss.value().item<float>();
  return step;
}

double process_peak() { return static_cast<double>(most_bytes_used()) / mebi; }

/// The least-squares line through memory by layers: its slope, in MiB a layer.
double slope(const std::vector<int>& layers, const std::vector<Step>& steps) {
  double mean_x = 0, mean_y = 0, xy = 0, xx = 0;
  const auto n = static_cast<double>(steps.size());
  for (std::size_t i = 0; i < steps.size(); ++i)
    mean_x += layers[i] / n, mean_y += steps[i].activations() / n;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    xy += (layers[i] - mean_x) * (steps[i].activations() - mean_y);
    xx += (layers[i] - mean_x) * (layers[i] - mean_x);
  }
  return xy / xx;
}

int run(const Settings& settings) {
  std::printf(
      "%s; %lld tokens, d_model %lld, %d heads, d_ff %lld, LSH with %d rounds of chunks of %lld, "
      "%d threads\n\n",
      settings.without.empty() ? "all parts" : parts.at(settings.without),
      static_cast<long long>(settings.length), static_cast<long long>(settings.d_model),
      settings.heads, static_cast<long long>(settings.d_ff), settings.rounds,
      static_cast<long long>(settings.chunk), thread_count());
  std::printf(
      "| layers | parameters | allocator at most, MiB | of that activations, MiB | process at "
      "most, "
      "MiB | forward, s | backward, s | Adam, s | processor, s | loss |\n"
      "|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n");
  const Sequence sequence(settings);
  std::vector<Step> steps;
  for (const int layers : settings.layers) {
    const Step step =
        measure(model_options(settings, layers), sequence, settings.without != "blocks");
    std::printf("| %d | %lld | %.0f | %.0f | %.0f | %.1f | %.1f | %.2f | %.1f | %.4f |\n", layers,
                static_cast<long long>(step.parameters),
                static_cast<double>(step.high_water) / mebi, step.activations(), process_peak(),
                step.forward, step.backward, step.update, step.processor, step.loss);
    std::fflush(stdout);
    steps.push_back(step);
  }
  if (steps.size() > 1)
    std::printf("\nOne layer more: %.3f MiB of activations, %.0f bytes a token.\n",
                slope(settings.layers, steps),
                slope(settings.layers, steps) * mebi / static_cast<double>(settings.length));
  return 0;
}

}  // namespace

int main(int count, char** arguments) {
  try {
    return run(parse(count, arguments));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 2;
  }
}
