#include "bench/window_training.h"

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <numbers>

#include "nn/optim/schedule.h"
#include "tasks/task/token_score.h"
#include "tasks/text/byte_source.h"
#include "tensor/parallel.h"

namespace lectern {
namespace {

/// Seconds; of one thread, those that it was given, which other programs disturb less.
double now() {
  timespec time;
  clock_gettime(thread_count() == 1 ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

/// The time that attention takes, forward and backward, while one is alive.
class AttentionTime : public OpWatcher {
 public:
  void after_forward(const Record& op) override { book(op); }
  void after_backward(const Record& op) override { book(op); }
  double seconds() const { return seconds_; }

 private:
  void book(const Record& op) {
    const double time = now();
    if (op.name.rfind("attend", 0) == 0) seconds_ += time - last_;
    last_ = time;
  }
  double last_ = now(), seconds_ = 0;
};

}  // namespace

TextParts::TextParts(const WindowBenchSettings& settings) {
  constexpr std::int64_t choosing_windows = 16;
  const std::string bytes = read_bytes(settings.text);
  const auto size = static_cast<std::int64_t>(bytes.size());
  const std::int64_t chosen = choosing_windows * settings.length + 1;
  const std::int64_t learned = size - settings.held_out - chosen;
  check(learned >= 2 * settings.length * settings.batch, [&] {
    return text(settings.text, ": of ", size, " bytes ", settings.held_out + chosen,
                " are held out; too few remain for a batch; try a longer text");
  });
  const auto part = [&](std::int64_t first, std::int64_t end) {
    std::vector<std::int32_t> tokens;
    for (std::int64_t i = first; i < end; ++i)
      tokens.push_back(static_cast<unsigned char>(bytes[static_cast<std::size_t>(i)]));
    return tokens;
  };
  learn = part(0, learned);
  choose = part(learned, learned + chosen);
  measure = part(learned + chosen, size);
}

std::vector<std::int64_t> reach_of(const AttentionPattern& pattern, const PatternOptions& options,
                                   int heads, std::int64_t length) {
  if (const auto* span = dynamic_cast<const AdaptiveSpanAttention*>(&pattern)) return span->reach();
  if (const auto* learned = dynamic_cast<const LearnedWindowAttention*>(&pattern))
    if (learned->frozen()) {
      const auto reach = learned->biased({}).mask.window->head_reach.to_vector<std::int32_t>();
      return {reach.begin(), reach.end()};
    }
  const bool cut = options.name == "window";
  return std::vector<std::int64_t>(static_cast<std::size_t>(heads),
                                   cut ? options.window.before : length);
}

WindowTraining::WindowTraining(std::string name, const PatternOptions& pattern,
                               const WindowBenchSettings& settings, const TextParts& parts)
    : name_(std::move(name)),
      pattern_(pattern),
      settings_(settings),
      parts_(parts),
      init_(settings.seed),
      model_(model_options(), init_),
      weights_(learned(false), {.beta2 = 0.98}),
      widths_(learned(true), {.beta2 = 0.98}) {}

LanguageModel::Options WindowTraining::model_options() const {
  return {.encoder = {.vocab = byte_vocab,
                      .layer = {.d_model = settings_.d_model,
                                .nhead = settings_.heads,
                                .dim_feedforward = 4 * settings_.d_model,
                                .dropout = 0,
                                .attention_dropout = 0},
                      .num_layers = settings_.layers,
                      .attention = {pattern_},
                      .max_length = settings_.length}};
}

std::vector<NamedParameter> WindowTraining::learned(bool widths) {
  std::vector<NamedParameter> result;
  for (const NamedParameter& parameter : parameters(model_)) {
    const std::string part = parameter.name.substr(parameter.name.rfind('.') + 1);
    if ((part == "rho" || part == "ratio") == widths) result.push_back(parameter);
  }
  return result;
}

WindowBatch WindowTraining::batch_of(std::int64_t step) const {
  const auto size = static_cast<std::int64_t>(parts_.learn.size());
  const std::int64_t in_epoch = (size - settings_.length) / settings_.length / settings_.batch;
  const std::vector<std::int64_t> plan =
      plan_windows(size, settings_.length, settings_.seed, step / in_epoch);
  const auto first = plan.begin() + step % in_epoch * settings_.batch;
  const std::vector<std::int64_t> starts(first, first + settings_.batch);
  return make_windows(parts_.learn, starts, settings_.length);
}

double WindowTraining::find_gradients(const WindowBatch& batch) {
  train(model_, {.seed = settings_.seed, .step = static_cast<std::uint32_t>(step_)});
  const Variable loss = model_.loss({batch.ids, {}}, batch.targets);
  backward(loss);
  const Variable regularization = regularization_loss(model_);
  if (regularization.requires_gradient()) backward(regularization);
  return loss.value().item<float>();
}

void WindowTraining::forget_gradients() {
  weights_.zero_gradients();
  widths_.zero_gradients();
}

void WindowTraining::advance(std::int64_t steps) {
  // An adaptive span is learned as a ratio of the longest one, everything else in tokens.
  const bool ratio = pattern_.name == "adaptive_span";
  const double unit = ratio ? static_cast<double>(pattern_.longest) : 1;
  const Schedule schedule{.kind = Schedule::Kind::cosine,
                          .peak = 1,
                          .warmup_steps = settings_.steps / 20,
                          .total_steps = settings_.steps};
  for (const std::int64_t end = step_ + steps; step_ < end; ++step_) {
    const WindowBatch batch = batch_of(step_);
    const double start = now();
    const double loss = find_gradients(batch), rate = schedule.learning_rate(step_ + 1);
    weights_.step({.learning_rate = rate * settings_.rate});
    widths_.step({.learning_rate = rate * settings_.width_rate / unit});
    after_step(model_);
    forget_gradients();
    seconds_ += now() - start;
    operations_ += static_cast<double>(settings_.batch) * operations().training();
    if (step_ % 50 == 49)
      std::fprintf(stderr, "%s: step %lld, %.3f bits a byte\n", name_.c_str(),
                   static_cast<long long>(step_ + 1), loss / std::numbers::ln2);
  }
}

double WindowTraining::bits_per_byte() {
  evaluate(model_);
  const NoGradient no_gradient;
  const auto size = static_cast<std::int64_t>(parts_.measure.size());
  double sum = 0, count = 0;
  for (const TextWindow& each : windows_in_order(size, settings_.length, settings_.length)) {
    const WindowBatch window = make_windows(parts_.measure, std::vector{each}, settings_.length);
    const Variable loss = model_.loss({window.ids, {}}, window.targets, {.ignore = ignored_target});
    sum += static_cast<double>(window.target_tokens) * loss.value().item<float>();
    count += static_cast<double>(window.target_tokens);
  }
  return sum / count / std::numbers::ln2;
}

std::vector<LayerWindows> WindowTraining::windows() {
  evaluate(model_);
  const auto size = static_cast<std::int64_t>(parts_.choose.size());
  const WindowBatch batch = make_windows(
      parts_.choose, windows_in_order(size, settings_.length, settings_.length), settings_.length);
  return measure_windows(
      model_,
      [&] {
        model_({batch.ids, {}});
      },
      settings_.tolerance);
}

void WindowTraining::measure_speed(Speed& fastest) {
  const WindowBatch batch = batch_of(0);
  const AttentionTime attention;
  double start = now();
  find_gradients(batch);
  fastest.step = std::min(fastest.step, now() - start);
  fastest.attention = std::min(fastest.attention, attention.seconds());
  forget_gradients();

  evaluate(model_);
  const NoGradient no_gradient;
  start = now();
  model_({batch.ids, {}});
  fastest.evaluation = std::min(fastest.evaluation, now() - start);
}

Operations WindowTraining::operations() {
  const double layers = settings_.layers, d = static_cast<double>(settings_.d_model),
               length = static_cast<double>(settings_.length);
  Operations result{.dense = 2 * length * (layers * 12 * d * d + d * byte_vocab)};
  for (const auto& [name, pattern] : parts_of<AttentionPattern>(model_))
    for (const auto reach : reach_of(*pattern, pattern_, settings_.heads, settings_.length)) {
      const double w = std::min(static_cast<double>(reach), length - 1);
      const double pairs = length * (w + 1) - w * (w + 1) / 2;
      result.attention += 4 * d / settings_.heads * pairs;
    }
  return result;
}

}  // namespace lectern
