// Training steps of the whole model on batches of about 128 sentence pairs: forward, backward,
// Adam.
//
//   bench_training_step [small|base] [--threads N] [--steps N] [--batches FILE] [--ops] [--gpu]
//                       [--graphs] [--precision bf16]
//
// small: d_model 256, 3 + 3 layers, d_ff 1024; base: 512, 6 + 6, 2048; 8 heads, vocabularies of
// 8000, dropout 0.1, label smoothing 0.1. Medians over the steps. With one thread, the time is the
// processor time of that thread, which other programs disturb less; --gpu takes the first GPU,
// --graphs lets it record the step of each of eight batches and repeat it.
// bench/peers/torch_train_step.py does the same work.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <optional>
#include <vector>

#include "bench/op_times.h"
#include "models/transformer.h"
#include "nn/optim/adam.h"
#include "nn/optim/clip.h"
#include "tasks/benchmark/drawn_batches.h"
#include "tasks/text/batches.h"
#include "tasks/translation/translation_loss.h"
#include "tensor/device.h"
#include "tensor/parallel.h"
#include "tensor/platform.h"
#include "tensor/precision.h"
#include "tensor/recorded_work.h"

using namespace lectern;

namespace {

struct Settings {
  bool base = false, by_op = false, gpu = false, graphs = false, bfloat16 = false;
  int threads = 0, steps = 20, warmup = 3;
  std::string batches;
};

Settings parse(int count, char** arguments) {
  Settings settings;
  for (int i = 1; i < count; ++i) {
    const std::string flag = arguments[i];
    const auto value = [&]() -> const char* {
      check(++i < count, [&] { return text(flag, " needs a value"); });
      return arguments[i];
    };
    if (flag == "small" || flag == "base")
      settings.base = flag == "base";
    else if (flag == "--ops")
      settings.by_op = true;
    else if (flag == "--gpu")
      settings.gpu = true;
    else if (flag == "--graphs")
      settings.graphs = true;
    else if (flag == "--precision")
      settings.bfloat16 = std::strcmp(value(), "bf16") == 0;
    else if (flag == "--threads")
      settings.threads = std::atoi(value());
    else if (flag == "--steps")
      settings.steps = std::atoi(value());
    else if (flag == "--batches")
      settings.batches = value();
    else
      fail(text("unknown argument ", flag, "; see the first lines of bench/training_step.cpp"));
  }
  return settings;
}

double seconds_of(clockid_t clock) {
  timespec time;
  clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

double now() {
  const bool alone = thread_count() == 1 && default_device() == cpu;
  return seconds_of(alone ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC);
}

TransformerOptions model_options(bool base) {
  return {.source_vocab = 8000,
          .target_vocab = 8000,
          .d_model = base ? 512 : 256,
          .num_encoder_layers = base ? 6 : 3,
          .num_decoder_layers = base ? 6 : 3,
          .dim_feedforward = base ? 2048 : 1024};
}

Batch batch_of(const SentenceBatch& pairs) {
  std::vector<std::int64_t> all(pairs.size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::int64_t>(i);
  return make_batch(pairs, all);
}

/// Operations of the matrix products of one step: two for each weight and row, and twice that again
/// for the derivatives; the scores and weighted sums of attention likewise.
double operations(const TransformerOptions& model, const Batch& batch) {
  const double sentences = static_cast<double>(batch.source.dim(0));
  const double source = static_cast<double>(batch.source.dim(1));
  const double target = static_cast<double>(batch.target_input.dim(1));
  const double d = static_cast<double>(model.d_model);
  const double feed_forward = 2 * d * static_cast<double>(model.dim_feedforward);
  const double encoder = source * (4 * d * d + feed_forward) + 2 * source * source * d;
  const double decoder = target * (6 * d * d + feed_forward) + source * 2 * d * d +
                         2 * target * target * d + 2 * target * source * d;
  const double logits = d * static_cast<double>(model.target_vocab * batch.target_tokens);
  return 6 *
         (sentences * (model.num_encoder_layers * encoder + model.num_decoder_layers * decoder) +
          logits);
}

struct Step {
  double seconds, tokens, operations, loss;
};

double median(const std::vector<Step>& steps, double (*of)(const Step&)) {
  std::vector<double> numbers;
  for (const Step& step : steps) numbers.push_back(of(step));
  std::nth_element(numbers.begin(), numbers.begin() + numbers.size() / 2, numbers.end());
  return numbers[numbers.size() / 2];
}

/// The model, its optimiser, and one step of both.
class Training {
 public:
  Training(const TransformerOptions& options, bool graphs)
      : options_(options),
        init_(1),
        model_(options, init_),
        parameters_(parameters(model_)),
        adam_(parameters_, {.beta1 = 0.9, .beta2 = 0.98, .epsilon = 1e-9}),
        mask_key_(zeros({}, DType::i32)),
        loss_(zeros({})),
        work_(graphs ? default_device() : cpu, [this](const auto& inputs) { compute(inputs); }) {}

  Step run(const Batch& batch, OpTimes* times) {
    times_ = times;
    const double start = now();
    mask_key_.copy_from(full({}, step_++, DType::i32, cpu));
    adam_.begin_step({.learning_rate = 1e-4});
    work_.run({batch.source, batch.source_lengths, batch.target_input, batch.real_places,
               batch.real_targets});
    const float loss = loss_.item<float>();  // a GPU has finished the step with it
    return {now() - start, static_cast<double>(batch.source_tokens + batch.target_tokens),
            operations(options_, batch), loss};
  }

 private:
  RandomKey key() const {
    if (mask_key_.device() == cpu)
      return {.seed = 1, .step = static_cast<std::uint32_t>(mask_key_.item<std::int32_t>())};
    return {.seed = 1,
            .step_on_device =
                reinterpret_cast<const std::uint32_t*>(mask_key_.device_data<std::int32_t>())};
  }

  /// The step itself, which a GPU can record.
  void compute(const std::vector<Tensor>& inputs) {
    train(model_, key());
    const Batch batch{.source = inputs[0],
                      .source_lengths = inputs[1],
                      .target_input = inputs[2],
                      .target_output = {},
                      .real_places = inputs[3],
                      .real_targets = inputs[4]};
    const Variable loss = translation_loss(model_, batch, 0.1);
    loss_.copy_from(loss.value());
    backward(loss);
    limit_gradients(parameters_, 1e9, adam_.numbers());
    if (times_) times_->after("gradient norm");
    adam_.update_parameters();
    adam_.zero_gradients();
    if (times_) times_->after("Adam");
  }

  TransformerOptions options_;
  Initializer init_;
  Transformer model_;
  std::vector<NamedParameter> parameters_;
  Adam adam_;
  std::int32_t step_ = 0;
  Tensor mask_key_, loss_;  // scalars
  OpTimes* times_ = nullptr;
  RecordedWork work_;
};

void report(const std::vector<Step>& steps) {
  double tokens = 0, seconds = 0, work = 0;
  for (const Step& step : steps)
    tokens += step.tokens, seconds += step.seconds, work += step.operations;
  std::printf("step %.1f ms (median), %.0f real tokens a step\n",
              1e3 * median(steps, [](const Step& s) { return s.seconds; }),
              tokens / static_cast<double>(steps.size()));
  std::printf("real tokens/s %.0f (median), %.0f (overall)\n",
              median(steps, [](const Step& s) { return s.tokens / s.seconds; }), tokens / seconds);
  std::printf("GFLOP/s executed %.1f\n", 1e-9 * work / seconds);
  std::printf("tensors at most %.0f MiB, process at most %.0f MiB\n",
              static_cast<double>(memory_statistics(default_device()).high_water) / (1 << 20),
              static_cast<double>(most_bytes_used()) / (1 << 20));
  std::printf("loss, first %.6f, last %.6f\n", steps.front().loss, steps.back().loss);
}

int measure(const Settings& settings) {
  if (settings.threads > 0) set_thread_count(settings.threads);
  if (settings.gpu) set_default_device({Device::Kind::cuda});
  if (settings.bfloat16) set_matmul_precision(Precision::bf16);
  constexpr int recorded_batches = 8;  // each is run, then recorded, then repeated
  const int warmup = settings.graphs ? 2 * recorded_batches : settings.warmup;
  const int needed = warmup + settings.steps;
  const std::vector<SentenceBatch> batches =
      settings.batches.empty()
          ? draw_batches(settings.graphs ? recorded_batches : needed, 128, 8000)
          : read_batches(settings.batches);
  std::printf("%s, %s, %d threads\n", settings.base ? "base" : "small",
              std::string(name_of(matmul_precision())).c_str(), thread_count());
  Training training(model_options(settings.base), settings.graphs);
  std::vector<Step> steps;
  std::optional<OpTimes> times;
  for (int i = 0; i < needed; ++i) {
    const Batch batch = batch_of(batches[i % batches.size()]);
    if (settings.by_op && i == warmup) times.emplace(now);
    const Step step = training.run(batch, times ? &*times : nullptr);
    if (i >= warmup) steps.push_back(step);
  }
  report(steps);
  if (times) times->print(settings.steps);
  return 0;
}

}  // namespace

int main(int count, char** arguments) {
  try {
    return measure(parse(count, arguments));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 2;
  }
}
