// A training step (forward and backward) of an encoder whose layers forget their activations,
// beside the same network with everything kept: time, peak memory, drift.
//
//   bench_reversible [layers] [length] [d_model] [threads]
//
// Batch 1, d_ff = 4 · d_model, heads of 64, dropout 0.1, causal exact attention. Steps of both
// kinds take turns, and the fastest of each counts: other programs disturb it least. With one
// thread, time is that thread's processor time. Memory is what the allocator counts beyond
// parameters and gradients.

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <deque>

#include "attention/multi_head.h"
#include "autograd/ops/reduce.h"
#include "nn/feed_forward.h"
#include "nn/layer_norm.h"
#include "reversible/laboratory/drift.h"
#include "tensor/parallel.h"

using namespace lectern;

namespace {

struct Layer : public Module {
  Layer(std::int64_t d_model, Initializer& init)
      : norm1(d_model, init),
        attention({.d_model = d_model, .heads = static_cast<int>((d_model + 63) / 64)}, init),
        norm2(d_model, init),
        feed_forward({.d_model = d_model, .d_ff = 4 * d_model}, init) {}

  void visit(Visitor& visitor) override {
    visitor("norm1", norm1);
    visitor("attention", attention);
    visitor("dropout1", dropout1);
    visitor("norm2", norm2);
    visitor("feed_forward", feed_forward);
    visitor("dropout2", dropout2);
  }

  LayerNorm norm1;
  MultiHeadAttention attention;
  LayerNorm norm2;
  FeedForward feed_forward;
  Dropout dropout1{0.1}, dropout2{0.1};
};

struct Network : public Module {
  Network(int count, std::int64_t d_model) {
    Initializer init(1);
    for (int i = 0; i < count; ++i) layers.emplace_back(d_model, init);
  }
  void visit(Visitor& visitor) override {
    for (Layer& layer : layers) visitor("layer", layer);
  }
  std::vector<StreamFunction> functions() const {
    std::vector<StreamFunction> functions;
    for (const Layer& layer : layers) {
      functions.push_back([&layer](const Variable& x, const std::vector<Variable>&) {
        const Variable y = layer.norm1(x);
        return layer.dropout1(layer.attention(y, y, causal_mask()));
      });
      functions.push_back([&layer](const Variable& x, const std::vector<Variable>&) {
        return layer.dropout2(layer.feed_forward(layer.norm2(x)));
      });
    }
    return functions;
  }
  std::deque<Layer> layers;
};

/// Seconds; of one thread, those that it was given, which other programs disturb less.
double now() {
  timespec time;
  clock_gettime(thread_count() == 1 ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

enum class Kind { stored, floating, fixed_point };

struct Measured {
  double seconds = 1e30;
  std::int64_t bytes = 0;
};

void step(const Network& network, const Variable& x, Kind kind, Measured& measured) {
  const std::int64_t before = memory_statistics().in_use;
  reset_high_water();
  const double start = now();
  const auto functions = network.functions();
  const Variable y = kind == Kind::stored
                         ? reversible_stack_by_definition(functions, x, x)
                         : reversible_stack(functions, x, x, {},
                                            kind == Kind::floating ? StreamNumbers::floating
                                                                   : StreamNumbers::fixed_point);
  backward(sum(y));
  measured.seconds = std::min(measured.seconds, now() - start);
  measured.bytes = memory_statistics().high_water - before;
}

void measure(int layers, std::int64_t length, std::int64_t d_model) {
  Network network(layers, d_model);
  train(network, {.seed = 1});
  const Variable x(random_normal({1, length, d_model}, 1, {.seed = 2}));
  Measured measured[3];
  const double start = now();
  for (int i = 0; i < 11; ++i) {
    if (now() - start > 20 && i > 2) break;
    for (const Kind kind : {Kind::stored, Kind::floating, Kind::fixed_point}) {
      Measured& of_kind = measured[static_cast<int>(kind)];
      step(network, x, kind, of_kind);
      if (i == 0) of_kind = {};  // the first step makes the gradients
    }
  }
  std::printf("%d layers, length %lld, d_model %lld, %d threads\n", layers,
              static_cast<long long>(length), static_cast<long long>(d_model), thread_count());
  const char* names[] = {"everything kept", "reversible, floating", "reversible, fixed point"};
  for (int k = 0; k < 3; ++k)
    std::printf("%-24s %9.2f ms  x %.2f  %9.2f MiB\n", names[k], 1e3 * measured[k].seconds,
                measured[k].seconds / measured[0].seconds,
                static_cast<double>(measured[k].bytes) / (1 << 20));
  for (const StreamNumbers kind : {StreamNumbers::floating, StreamNumbers::fixed_point}) {
    const DriftReport drift =
        measure_drift(network.functions(), {x.value(), x.value()}, parameters(network), kind);
    std::printf("drift, %s: %.1e at most, 1 - cos of the gradients %.1e\n",
                kind == StreamNumbers::floating ? "floating" : "fixed point",
                *std::max_element(drift.by_depth.begin(), drift.by_depth.end()),
                drift.gradient_disagreement);
  }
}

}  // namespace

int main(int count, char** arguments) {
  const auto argument = [&](int i, long long otherwise) {
    return count > i ? std::atoll(arguments[i]) : otherwise;
  };
  if (count > 4) set_thread_count(static_cast<int>(argument(4, 1)));
  measure(static_cast<int>(argument(1, 6)), argument(2, 1024), argument(3, 256));
}
