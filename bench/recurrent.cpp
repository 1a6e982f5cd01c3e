// Training steps of a recurrent network alone: forward, backward from the sum of its outputs, Adam.
//
//   bench_recurrent [--cell lstm] [--width 512] [--layers 2] [--batch 128] [--length 30]
//                   [--threads N] [--steps 10] [--lengths] [--bidirectional] [--by-definition]
//
// --lengths: sentences of 1 … length tokens instead of full ones. Prints the median and the fastest
// step; with one thread, the processor time of that thread, which other programs disturb less.
// bench/peers/torch_recurrent.py does the same work.

#include "nn/recurrent.h"

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <optional>
#include <string>
#include <vector>

#include "autograd/by_definition.h"
#include "autograd/ops/reduce.h"
#include "nn/optim/adam.h"
#include "tensor/create.h"
#include "tensor/parallel.h"

using namespace lectern;

namespace {

struct Settings {
  RecurrentOptions network{.num_layers = 2};
  std::int64_t batch = 128, length = 30;
  int steps = 10;
  bool lengths = false, by_definition = false;
};

CellKind cell_named(const std::string& name) {
  for (const CellKind cell : {CellKind::rnn, CellKind::gru, CellKind::lstm})
    if (name_of(cell) == name) return cell;
  fail(text("unknown cell ", name, "; there are rnn, gru and lstm"));
}

Settings parse(int count, char** arguments) {
  Settings settings;
  for (int i = 1; i < count; ++i) {
    const std::string flag = arguments[i];
    const auto value = [&]() -> std::string {
      check(++i < count, [&] { return text(flag, " needs a value"); });
      return arguments[i];
    };
    if (flag == "--cell")
      settings.network.cell = cell_named(value());
    else if (flag == "--width")
      settings.network.input_size = settings.network.hidden_size = std::stoi(value());
    else if (flag == "--layers")
      settings.network.num_layers = std::stoi(value());
    else if (flag == "--batch")
      settings.batch = std::stoi(value());
    else if (flag == "--length")
      settings.length = std::stoi(value());
    else if (flag == "--threads")
      set_thread_count(std::stoi(value()));
    else if (flag == "--steps")
      settings.steps = std::stoi(value());
    else if (flag == "--lengths")
      settings.lengths = true;
    else if (flag == "--bidirectional")
      settings.network.bidirectional = true;
    else if (flag == "--by-definition")
      settings.by_definition = true;
    else
      fail(text("unknown argument ", flag, "; see the first lines of bench/recurrent.cpp"));
  }
  return settings;
}

/// 1 … length, over and over.
Tensor unequal_lengths(std::int64_t batch, std::int64_t length) {
  std::vector<std::int32_t> lengths;
  for (std::int64_t i = 0; i < batch; ++i)
    lengths.push_back(static_cast<std::int32_t>(1 + i % length));
  return tensor_of<std::int32_t>({batch}, lengths);
}

/// In seconds.
double now() {
  timespec time{};
  clock_gettime(thread_count() == 1 ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

void measure(const Settings& settings) {
  Initializer init(1);
  Recurrent network(settings.network, init);
  Adam adam(parameters(network), {});
  const Variable x(
      random_normal({settings.batch, settings.length, settings.network.input_size}, 1.0, {}));
  Tensor lengths;
  if (settings.lengths) lengths = unequal_lengths(settings.batch, settings.length);
  std::optional<ByDefinition> scope;
  if (settings.by_definition) scope.emplace();

  constexpr int warmup = 3;
  std::vector<double> seconds;
  double loss = 0;
  for (int step = 0; step < warmup + settings.steps; ++step) {
    const double begin = now();
    const Variable sum_of_outputs = mean(network(x, lengths));
    minimise(sum_of_outputs, adam, 1e-4);
    loss = sum_of_outputs.value().item<float>();
    if (step >= warmup) seconds.push_back(now() - begin);
  }
  std::ranges::sort(seconds);
  std::printf("%s, %d threads: step %.1f ms (median), %.1f ms (fastest), loss %.6f\n",
              std::string(name_of(settings.network.cell)).c_str(), thread_count(),
              1e3 * seconds[seconds.size() / 2], 1e3 * seconds[0], loss);
}

}  // namespace

int main(int count, char** arguments) {
  try {
    measure(parse(count, arguments));
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 2;
  }
}
