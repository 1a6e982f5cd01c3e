// Does it pay to learn how far a head looks? One small byte-level language model, trained with
// exact attention, with a learned window in its two stages, with a fixed window of the same mean
// width, and with adaptive span.
//
//   bench_learned_window TEXT [--steps 600] [--fine-tune 60] [--length 512] [--batch 8]
//                        [--layers 4] [--d-model 128] [--heads 4] [--price 3e-4] [--sigma 16]
//                        [--tolerance 0.01] [--rate 2e-3] [--width-rate 0.25] [--held-out 65536]
//                        [--threads N] [--seed 1]
//
// TEXT is a file, plain or .gz. Its last --held-out bytes are measured, and windows are cut by what
// the 16 sequences before those show; no model learns from either. Every variant takes the same
// number of steps over the same batches, without dropout; of a learned window the last --fine-tune
// belong to stage 2. Widths learn with a rate of their own, in tokens a step: the weights' rate
// would hardly move them. Prints Markdown; the same command gives the same numbers, times apart.

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>

#include "bench/window_training.h"
#include "tensor/ops/cast.h"
#include "tensor/parallel.h"

using namespace lectern;

namespace {

using Settings = WindowBenchSettings;

void set(Settings& settings, const std::string& flag, const std::string& value) {
  if (flag == "--steps")
    settings.steps = std::stoll(value);
  else if (flag == "--fine-tune")
    settings.fine_tune = std::stoll(value);
  else if (flag == "--length")
    settings.length = std::stoll(value);
  else if (flag == "--batch")
    settings.batch = std::stoll(value);
  else if (flag == "--layers")
    settings.layers = std::stoi(value);
  else if (flag == "--d-model")
    settings.d_model = std::stoll(value);
  else if (flag == "--heads")
    settings.heads = std::stoi(value);
  else if (flag == "--price")
    settings.price = std::stod(value);
  else if (flag == "--sigma")
    settings.sigma = std::stod(value);
  else if (flag == "--tolerance")
    settings.tolerance = std::stod(value);
  else if (flag == "--rate")
    settings.rate = std::stod(value);
  else if (flag == "--width-rate")
    settings.width_rate = std::stod(value);
  else if (flag == "--held-out")
    settings.held_out = std::stoll(value);
  else if (flag == "--threads")
    set_thread_count(std::stoi(value));
  else if (flag == "--seed")
    settings.seed = std::stoull(value);
  else
    fail(text("unknown argument ", flag, "; see the first lines of bench/learned_window.cpp"));
}

Settings parse(int count, char** arguments) {
  Settings settings;
  for (int i = 1; i < count; ++i) {
    const std::string flag = arguments[i];
    if (flag.rfind("--", 0) != 0) {
      settings.text = flag;
      continue;
    }
    check(++i < count, [&] { return text(flag, " needs a value"); });
    set(settings, flag, arguments[i]);
  }
  check(!settings.text.empty(), "which text? for example bench_learned_window train.txt.gz");
  check(0 < settings.fine_tune && settings.fine_tune < settings.steps, [&] {
    return text("--fine-tune is ", settings.fine_tune, ", expected 1 to ", settings.steps - 1,
                ", fewer than --steps");
  });
  return settings;
}

/// One line of the table of results.
struct Result {
  std::string name;
  std::int64_t steps;
  double bits, operations;
};

Result result_of(const std::string& name, WindowTraining& training) {
  return {name, training.steps_so_far(), training.bits_per_byte(), training.operations_so_far()};
}

struct MeanWindow {
  double reach = 0, dropped = 0, most_dropped = 0;
};

MeanWindow mean_of(const std::vector<LayerWindows>& layers) {
  MeanWindow mean;
  double heads = 0;
  for (const LayerWindows& layer : layers)
    for (const HeadWindow& head : layer.heads) {
      mean.reach += static_cast<double>(head.reach);
      mean.dropped += head.dropped_mass;
      mean.most_dropped = std::max(mean.most_dropped, head.dropped_mass);
      heads += 1;
    }
  mean.reach /= heads;
  mean.dropped /= heads;
  return mean;
}

void print_widths(const std::vector<LayerWindows>& free, const std::vector<LayerWindows>& priced,
                  double tolerance) {
  std::printf(
      "\n## What heads learn\n\nReach: the shortest, in steps of 32 tokens, that drops at most "
      "%.3g of the head's attention.\n\n"
      "| layer | head | σ, no price | its tokens | reach | dropped | σ, with price | its tokens | "
      "reach | dropped |\n|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n",
      tolerance);
  for (std::size_t layer = 0; layer < free.size(); ++layer)
    for (std::size_t head = 0; head < free[layer].heads.size(); ++head) {
      std::printf("| %zu | %zu ", layer, head);
      for (const auto* windows : {&free, &priced}) {
        const HeadWindow& one = (*windows)[layer].heads[head];
        std::printf("| %.2f | %.1f | %lld | %.4f ", one.sigma, one.effective_tokens,
                    static_cast<long long>(one.reach), one.dropped_mass);
      }
      std::printf("|\n");
    }
}

/// What it costs to cut a model that has learned its widths: at multiples of σ, and where measured.
/// Leaves the windows at `chosen`.
void print_cuts(WindowTraining& training, const std::vector<LayerWindows>& chosen, double uncut) {
  std::printf(
      "\n## Cutting the windows that were learned with a price\n\nBefore any fine-tuning; "
      "uncut: %.4f bits a byte.\n\n"
      "| reach | mean, tokens | dropped, mean | dropped, most | bits a byte |\n"
      "|---|--:|--:|--:|--:|\n",
      uncut);
  const auto print = [&](const std::string& name) {
    const MeanWindow mean = mean_of(training.windows());
    std::printf("| %s | %.1f | %.4f | %.4f | %.4f |\n", name.c_str(), mean.reach, mean.dropped,
                mean.most_dropped, training.bits_per_byte());
  };
  for (const int multiple : {1, 2, 3, 4, 6}) {
    std::vector<LayerWindows> windows = chosen;
    for (LayerWindows& layer : windows)
      for (HeadWindow& head : layer.heads)
        head.reach = static_cast<std::int64_t>(std::ceil(multiple * head.sigma));
    freeze_widths(windows);
    print(text(multiple, "σ"));
  }
  freeze_widths(chosen);
  print("measured");
}

void print_spans(WindowTraining& training) {
  std::printf(
      "\n## Adaptive span: z of every head, in tokens\n\n| layer | z, head by head |\n"
      "|--:|---|\n");
  int layer = 0;
  for (const auto& [name, span] : parts_of<AdaptiveSpanAttention>(training.model())) {
    std::printf("| %d |", layer++);
    for (const double z : cast(span->spans().value(), DType::f64).to_vector<double>())
      std::printf(" %.1f", z);
    std::printf(" |\n");
  }
}

void print_results(const std::vector<Result>& results) {
  std::printf(
      "\n## Quality and what training cost\n\n"
      "| model | steps | bits a byte, held out | operations of training, 10¹² | against exact |\n"
      "|---|--:|--:|--:|--:|\n");
  for (const Result& result : results)
    std::printf("| %s | %lld | %.4f | %.3f | %.3f |\n", result.name.c_str(),
                static_cast<long long>(result.steps), result.bits, 1e-12 * result.operations,
                result.operations / results[0].operations);
}

/// All models as they are now, in turns.
void print_speed(const std::vector<WindowTraining*>& models, const Settings& settings) {
  std::vector<Speed> speeds(models.size());
  constexpr int turns = 10;
  for (int turn = 0; turn < turns; ++turn)
    for (std::size_t i = 0; i < models.size(); ++i) models[i]->measure_speed(speeds[i]);
  const auto tokens = static_cast<double>(settings.batch * settings.length);
  std::printf(
      "\n## Speed\n\nThe fastest of %d turns, %d threads; a step without the optimiser's update. "
      "The mean of all steps of the training, with it, beside them. Behind a slash what the "
      "operations of matrix products predict.\n\n"
      "| model | step, ms | attention, ms | step a token, µs | evaluation a token, µs | steps of "
      "training, ms | step, times as fast as exact | attention | evaluation |\n"
      "|---|--:|--:|--:|--:|--:|--:|--:|--:|\n",
      turns, thread_count());
  const Operations exact = models[0]->operations();
  for (std::size_t i = 0; i < models.size(); ++i) {
    const Speed &speed = speeds[i], &first = speeds[0];
    const Operations work = models[i]->operations();
    std::printf(
        "| %s | %.1f | %.1f | %.1f | %.1f | %.1f | %.2f / %.2f | %.2f / %.2f | %.2f / %.2f |\n",
        models[i]->name().c_str(), 1e3 * speed.step, 1e3 * speed.attention,
        1e6 * speed.step / tokens, 1e6 * speed.evaluation / tokens,
        models[i]->milliseconds_a_step(), first.step / speed.step,
        exact.training() / work.training(), first.attention / speed.attention,
        exact.attention / work.attention, first.evaluation / speed.evaluation,
        exact.forward() / work.forward());
  }
}

void print_heading(const Settings& settings) {
  std::printf(
      "# Learned windows on %s\n\n%lld steps of %lld sequences of %lld bytes; %d layers, d_model "
      "%lld, %d heads; σ starts at %g tokens; price λ = %g a token; %lld bytes measured\n",
      settings.text.c_str(), static_cast<long long>(settings.steps),
      static_cast<long long>(settings.batch), static_cast<long long>(settings.length),
      settings.layers, static_cast<long long>(settings.d_model), settings.heads, settings.sigma,
      settings.price, static_cast<long long>(settings.held_out));
  std::fflush(stdout);
}

int run(const Settings& settings) {
  print_heading(settings);
  const TextParts parts(settings);
  const auto training = [&](const std::string& name, const PatternOptions& pattern) {
    return WindowTraining(name, pattern, settings, parts);
  };
  const std::int64_t stage1 = settings.steps - settings.fine_tune;
  std::vector<Result> results;
  const auto train_to_the_end = [&](WindowTraining& model) {
    model.advance(settings.steps - model.steps_so_far());
    results.push_back(result_of(model.name(), model));
  };

  WindowTraining exact = training("exact", {});
  train_to_the_end(exact);

  const PatternOptions bell{.name = "learned_window", .sigma = settings.sigma};
  WindowTraining free = training("learned window, no price", bell);
  train_to_the_end(free);

  PatternOptions priced_bell = bell;
  priced_bell.width_cost = settings.price;
  WindowTraining learned = training("learned window, cut", priced_bell);
  learned.advance(stage1);
  const std::vector<LayerWindows> chosen = learned.windows();
  print_widths(free.windows(), chosen, settings.tolerance);
  results.push_back(result_of("learned window with price, stage 1", learned));
  print_cuts(learned, chosen, results.back().bits);
  results.push_back(result_of("the same, cut, before fine-tuning", learned));
  train_to_the_end(learned);

  const auto mean_reach = static_cast<std::int64_t>(std::lround(mean_of(chosen).reach));
  WindowTraining fixed = training(text("fixed window of ", mean_reach, " tokens"),
                                  {.name = "window", .window = {.before = mean_reach}});
  train_to_the_end(fixed);

  WindowTraining span =
      training("adaptive span, with price",
               {.name = "adaptive_span", .width_cost = settings.price, .longest = settings.length});
  train_to_the_end(span);
  print_spans(span);
  print_results(results);
  print_speed({&exact, &free, &learned, &fixed, &span}, settings);
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
