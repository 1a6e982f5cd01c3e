// Chapter 22: the profile of a training step; operations; the film of memory;
// a NaN hunted down to its line; the share of the peak. Draws film.svg,
// parts.svg, alive.svg and peak.svg into the folder where it is started.
// `--without fusion` runs every fused operation by its definition, and draws
// definition.svg.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <functional>
#include <iostream>
#include <map>
#include <optional>

#include "lectern.h"
#include "tasks/report/pictures.h"
#include "tasks/report/step_page.h"
#include "tensor/ops/is_finite.h"

using namespace lectern;

namespace {

const char* phase_name(StepPhase phase) {
  switch (phase) {
    case StepPhase::before: return "before";
    case StepPhase::forward: return "forward";
    case StepPhase::backward: return "backward";
    case StepPhase::update: return "update";
  }
  return "";
}

/// Without the folders in front of the file's name.
std::string short_message(std::string message) {
  const std::size_t end = message.find("chapter.cpp");
  if (end == message.npos) return message;
  const std::size_t space = message.find_last_of(" (", end);
  const std::size_t begin = space == message.npos ? 0 : space + 1;
  return message.erase(begin, end - begin);
}

// [tiny]
/// y = relu(x W), and the loss is the sum of y.
class Tiny : public Module {
 public:
  Variable w = Variable::parameter(full({3, 4}, 0.5));  // [in, out]
  Variable loss(const Variable& x) const { return sum(relu(matmul(x, w))); }
  void visit(Visitor& visitor) override { visitor("w", w); }
};
// [tiny]

// [watcher]
/// A profiler: what happened between two events belongs to the second one.
class Counter : public OpWatcher {
 public:
  void after_forward(const Record& op) override { book(op.name + " forward"); }
  void after_backward(const Record& op) override {
    book(op.name + " backward");
  }
  std::vector<std::pair<std::string, std::int64_t>> counted;

 private:
  void book(const std::string& what) {
    const std::int64_t now = operations_of_products();
    counted.emplace_back(what, now - last_);
    last_ = now;
  }
  std::int64_t last_ = operations_of_products();
};
// [watcher]

void tiny_step() {
  std::cout << "== Three operations ==\n";
  Tiny tiny;
  const Variable x(full({2, 3}, 1.0));  // [word, in]
  Sgd sgd(parameters(tiny), {});
  // [by-hand]
  const std::int64_t rows = 2, in = 3, out = 4;
  const std::int64_t forward = 2 * rows * in * out;  // times, and plus
  const std::int64_t backward = forward;  // xᵀ dy; nobody asks for dx
  // [by-hand]
  std::optional<Counter> counter(std::in_place);
  minimise(tiny.loss(x), sgd, 0.1);
  const auto counted = counter->counted;
  counter.reset();
  // [profile]
  const StepProfile profile = profile_step(tiny, [&] {
    minimise(tiny.loss(x), sgd, 0.1);
    sgd.zero_gradients();
  });
  // [profile]
  std::printf("%-10s%-8s%10s%10s%8s%8s\n", "operation", "shape", "forward",
              "backward", "made", "kept");
  for (const ProfiledOp& op : profile.ops)
    std::printf("%-10s%-8s%10d%10d%8d%8d\n", op.name.c_str(),
                text(op.shape).c_str(), static_cast<int>(op.forward_operations),
                static_cast<int>(op.backward_operations),
                static_cast<int>(op.made), static_cast<int>(op.kept));
  std::printf("line of the first: %s\n",
              short_message(profile.ops.at(0).where).c_str());
  std::int64_t by_definition = 0;
  for (const auto& [what, operations] : counted) by_definition += operations;
  const bool equal = forward + backward == profile.operations &&
                     by_definition == profile.operations;
  std::printf("operations by hand %d, watched %d, profiled %d: equal %s\n",
              static_cast<int>(forward + backward),
              static_cast<int>(by_definition),
              static_cast<int>(profile.operations), equal ? "yes" : "no");

  std::cout << "\n== The film of three operations ==\n";
  const std::int64_t before = profile.film.front().in_use;
  for (const MemoryMoment& moment : profile.film)
    std::printf("%5d bytes  %-9s%s\n", static_cast<int>(moment.in_use - before),
                phase_name(moment.phase),
                moment.op < 0 ? "" : profile.ops[moment.op].name.c_str());
  // [peak-by-hand]
  const std::int64_t value = rows * out * 4;  // of y, of relu(y): bytes
  const std::int64_t loss = 4;
  const std::int64_t peak = value + loss  // kept: relu(y), and the loss
                            + loss + value + value;  // three derivatives
  // [peak-by-hand]
  std::printf(
      "at most %d by hand, %d in the film, %d says the allocator\n",
      static_cast<int>(peak),
      static_cast<int>(profile.film[peak_moment(profile)].in_use - before),
      static_cast<int>(profile.high_water - before));
}

// [sentence]
const TokenList german{3, 4, 5, 6, 7, 8, 9, 10};  // Heute hat … geholfen .
const TokenList english{3, 4, 5, 6, 7, 8, 9};     // Today she … horse .

/// Four texts that say one sentence sixteen times.
Tensor texts(const TokenList& sentence) {
  TokenList all;
  for (int i = 0; i < 4 * 16; ++i)
    all.insert(all.end(), sentence.begin(), sentence.end());
  return ids(all).reshape({4, -1});  // [batch, length]
}
// [sentence]

/// A Transformer with two layers on each side, its optimiser and its text.
class Student {
 public:
  explicit Student(std::int64_t d_model)
      : init_(1),
        model_({.source_vocab = 100,
                .target_vocab = 100,
                .d_model = d_model,
                .nhead = 4,
                .num_encoder_layers = 2,
                .num_decoder_layers = 2,
                .dim_feedforward = 4 * d_model},
               init_),
        adam_(parameters(model_), {}) {}

  void step() {
    // [step]
    train(model_, {.seed = 1});
    const Variable states =  // [batch, target, d_model]
        model_.decode_states(target_, model_.encode(source_));
    const Variable loss = model_.cross_entropy(
        reshape(states, {-1, states.dim(2)}), target_.reshape({-1}), {});
    minimise(loss, adam_, 1e-3);
    adam_.zero_gradients();  // so that the next step begins without them
    // [step]
  }

  // [profile-student]
  StepProfile profile() {
    NamedTensors remembered;  // by Adam: for their names in the film
    adam_.visit_state([&](const std::string& name, Tensor& state) {
      remembered.emplace_back(name, state);
    });
    return profile_step(model_, [this] { step(); }, {.alive = remembered});
  }
  // [profile-student]

 private:
  Initializer init_;
  Transformer model_;
  Adam adam_;
  Tensor target_ = texts(english);
  Tokens source_{texts(german), full({4}, 128, DType::i32)};
};

double millions(std::int64_t number) {
  return static_cast<double>(number) * 1e-6;
}
double mib(std::int64_t bytes) {
  return static_cast<double>(bytes) / (1 << 20);
}

void where_the_time_goes(const StepProfile& profile) {
  std::cout << "\n== Where the time goes ==\n";
  // [kinds]
  struct Kind {
    int calls = 0;
    double forward = 0, backward = 0;
    std::int64_t operations = 0;
  };
  std::map<std::string, Kind> kinds;
  for (const ProfiledOp& op : profile.ops) {
    Kind& kind = kinds[op.name];
    ++kind.calls;
    kind.forward += op.forward;
    kind.backward += op.backward;
    kind.operations += op.forward_operations + op.backward_operations;
  }
  // [kinds]
  std::printf("%-24s%6s%12s%11s%11s\n", "", "calls", "operations", "forward",
              "backward");
  std::printf("%-24s%6s%12s%11s%11s\n", "", "", "millions", "ms", "ms");
  for (const auto& [name, kind] : kinds)
    std::printf("%-24s%6d%12.1f%11.2f%11.2f\n", name.c_str(), kind.calls,
                millions(kind.operations), 1e3 * kind.forward,
                1e3 * kind.backward);
  std::printf("%-24s%6s%12s%11s%11.2f\n", "update", "", "", "",
              1e3 * profile.update);
  const double sum = sum_of_times(profile);
  std::printf(
      "all of them are the step, but for a tenth at most: %s\n",
      sum <= profile.seconds && sum > 0.9 * profile.seconds ? "yes" : "no");
}

// [part]
/// The first name of a part's path: `encoder.layers.0.norm1` is in `encoder`.
std::string stack_of(const std::string& part) {
  const std::size_t dot = part.find('.');
  return part.empty() ? "the model" : part.substr(0, dot);
}
// [part]

void which_part(const StepProfile& profile) {
  std::cout << "\n== Which part ==\n";
  std::map<std::string, std::pair<std::int64_t, std::int64_t>> parts;
  for (const ProfiledOp& op : profile.ops) {
    auto& [operations, kept] = parts[stack_of(op.part)];
    operations += op.forward_operations + op.backward_operations;
    kept += op.kept;
  }
  std::printf("%-20s%12s%12s\n", "", "operations", "kept");
  std::printf("%-20s%12s%12s\n", "", "millions", "KiB");
  BarStrip strip{.title = "Memory that the forward pass keeps, KiB"};
  for (const auto& [part, sums] : parts) {
    const double kept = static_cast<double>(sums.second) / 1024;
    std::printf("%-20s%12.1f%12.0f\n", part.c_str(), millions(sums.first),
                kept);
    if (kept == 0) continue;
    strip.labels.push_back(part);
    strip.values.push_back(kept);
  }
  write_picture("parts.svg", bar_strip(strip));
}

void the_film(const StepProfile& profile, const std::string& picture) {
  std::cout << "\n== The film ==\n";
  const auto frame = [&](int moment) {
    return profile.film[static_cast<std::size_t>(moment)];
  };
  // [peak]
  const int peak = peak_moment(profile);
  const bool exact = frame(peak).in_use == profile.high_water;
  // [peak]
  std::printf("moments %d\n", static_cast<int>(profile.film.size()));
  std::printf("before the step  %9.3f MiB\n", mib(frame(0).in_use));
  std::printf("peak             %9.3f MiB, in the %s pass, at %s\n",
              mib(frame(peak).in_use), phase_name(frame(peak).phase),
              profile.ops.at(frame(peak).op).name.c_str());
  std::printf("the allocator's  %9.3f MiB, equal to the byte: %s\n",
              mib(profile.high_water), exact ? "yes" : "no");
  write_picture(picture, memory_picture(profile, peak));
  std::cout << "\n== Alive at the peak ==\n";
  // [alive]
  const auto alive = alive_at(profile, peak);  // the largest first
  // [alive]
  for (std::size_t i = 0; i < 6; ++i)
    std::printf("%7.0f KiB  %s\n", static_cast<double>(alive[i]->bytes) / 1024,
                name_of(profile, *alive[i]).c_str());
  std::printf("and %d more\n", static_cast<int>(alive.size() - 6));
}

/// MiB alive at a moment, by who made it.
std::vector<double> made_by(const StepProfile& profile, int moment) {
  std::vector<double> bytes(4);
  for (const MemoryBlock* block : alive_at(profile, moment))
    bytes[static_cast<std::size_t>(block->from)] += mib(block->bytes);
  return bytes;
}

void who_made_it(const StepProfile& profile) {
  std::cout << "\n== Who made what is alive ==\n";
  const int last = static_cast<int>(profile.film.size()) - 1;
  int forward = 0;  // the last moment of the forward pass
  while (profile.film[static_cast<std::size_t>(forward + 1)].phase ==
         StepPhase::forward)
    ++forward;
  std::printf("%-24s%10s%10s%10s\n", "MiB", "before", "forward", "backward");
  struct Named {
    const char* name;
    int moment;
  };
  for (const auto& [name, moment] :
       {Named{"the beginning", 0}, Named{"the forward pass ends", forward},
        Named{"the peak", peak_moment(profile)}, Named{"the end", last}}) {
    const std::vector<double> bytes = made_by(profile, moment);
    std::printf("%-24s%10.2f%10.2f%10.2f\n", name, bytes[0], bytes[1],
                bytes[2]);
  }
  std::vector<Series> curves{
      {.name = "before"}, {.name = "forward"}, {.name = "backward"}};
  for (int part = 0; part <= 100; ++part) {
    const int moment = last * part / 100;
    const std::vector<double> bytes = made_by(profile, moment);
    for (std::size_t i = 0; i < curves.size(); ++i) {
      curves[i].x.push_back(moment);
      curves[i].y.push_back(bytes[i]);
    }
  }
  write_picture("alive.svg",
                line_chart(curves, {.title = "What is alive, by who made it",
                                    .x = {.label = "moment of the step"},
                                    .y = {.label = "MiB",
                                          .scale = AxisScale::from_zero}}));
}

// [norm]
/// Every row divided by its length.
Variable unit_rows(const Variable& x) {
  const Variable squares = sum_axis(square(x), -1, KeepAxis::yes);  // [row, 1]
  const Variable lengths = sqrt(squares);                           // [row, 1]
  return x / lengths;
}
// [norm]

// [first-nan]
/// Looks at every value as soon as it is there.
class FirstNotFinite : public OpWatcher {
 public:
  void after_forward(const Record& op) override {
    if (name.empty() && !is_finite(op.output)) name = op.name;
  }
  void after_backward(const Record&) override {}
  std::string name;

 private:
  KeepIntermediates keep_;  // without it, op.output is gone
};
// [first-nan]

std::string shown(double number) {
  return std::isnan(number) ? "NaN" : text(std::round(1000 * number) / 1000);
}

void print_rows(const char* what, const Tensor& matrix) {
  std::cout << what;
  for (std::int64_t row = 0; row < matrix.dim(0); ++row)
    std::cout << (row ? " | " : " ") << shown(matrix.at({row, 0})) << " "
              << shown(matrix.at({row, 1}));
  std::cout << "\n";
}

void hunt() {
  std::cout << "\n== A value that is no number ==\n";
  // [padding]
  const Variable x = Variable::parameter(matrix({{3, 4}, {0, 0}}));
  const Variable y = unit_rows(x);  // [row, column]
  const Variable loss = sum(square(y));
  // [padding]
  const double zero = x.value().at({1, 0});
  std::cout << "by hand: " << 3.0 / 5 << " " << 4.0 / 5 << " | "
            << shown(zero / zero) << " " << shown(zero / zero) << "\n";
  print_rows("the rows:", y.value());
  std::cout << "the loss: " << shown(loss.value().item()) << "\n";
  FirstNotFinite watcher;
  sum(square(unit_rows(x)));
  std::cout << "watched: the first is \"" << watcher.name << "\"\n";
  // [anomaly]
  try {
    const DetectAnomaly scope;
    sum(square(unit_rows(x)));
  } catch (const NotFinite& error) {
    std::cout << short_message(error.what()) << "\n";
  }
  // [anomaly]
}

// [guarded]
/// A row of zeros has the length 0; so none is shorter than a millionth.
Variable guarded_rows(const Variable& x) {
  const Variable squares = sum_axis(square(x), -1, KeepAxis::yes);  // [row, 1]
  return x / maximum(sqrt(squares), 1e-6);
}
// [guarded]

// [mended]
Variable mended_rows(const Variable& x) {
  const Variable squares = sum_axis(square(x), -1, KeepAxis::yes);  // [row, 1]
  return x / sqrt(squares + 1e-12);
}
// [mended]

void hunt_backwards() {
  std::cout << "\n== A gradient that is no number ==\n";
  struct Norm {
    const char* name;
    Variable (*rows)(const Variable& x);
  };
  for (const auto& [name, rows] :
       {Norm{"guarded", guarded_rows}, Norm{"mended", mended_rows}}) {
    const Variable x = Variable::parameter(matrix({{3, 4}, {0, 0}}));
    const Variable first = slice(rows(x), 1, 0, 1);  // [row, 1]
    backward(sum(first));
    std::cout << name << "\n";
    print_rows("  the rows:    ", rows(x).value());
    print_rows("  the gradient:", x.gradient());
    try {
      const DetectAnomaly scope;
      backward(sum(slice(rows(x), 1, 0, 1)));
      std::cout << "  every value and every gradient is a number\n";
    } catch (const NotFinite& error) {
      std::cout << "  " << short_message(error.what()) << "\n";
    }
  }
}

// [rate]
/// Operations for each second that a core is at work, which other programs do
/// not disturb as they do a clock on the wall.
double rate_of(const std::function<void()>& work) {
  const auto once = static_cast<double>(operations(work));
  int calls = 0;
  const std::clock_t begin = std::clock();
  for (; std::clock() - begin < CLOCKS_PER_SEC / 5; ++calls) work();
  return once * calls * CLOCKS_PER_SEC /
         static_cast<double>(std::clock() - begin);
}
// [rate]

void share_of_the_peak() {
  std::cout << "\n== The share of the peak ==\n";
  std::printf("%-24s%12s%10s%8s\n", "", "operations", "GFLOP/s", "share");
  std::printf("%-24s%12s%10s%8s\n", "", "millions", "and core", "%");
  // [product]
  const Tensor a = full({768, 768}, 1.0), b = full({768, 768}, 1.0);
  const double best = rate_of([&] { matmul(a, b); });
  // [product]
  std::printf("%-24s%12.1f%10.1f%8.0f\n", "a product of 768",
              2.0 * 768 * 768 * 768 * 1e-6, best * 1e-9, 100.0);
  Series share{.name = "a step"};
  for (const std::int64_t d_model : {16, 32, 64, 128, 192}) {
    // [share]
    Student wide(d_model);
    const double rate = rate_of([&] { wide.step(); });
    // [share]
    std::printf("%-24s%12.1f%10.1f%8.0f\n",
                text("a step, d_model ", d_model).c_str(),
                millions(operations([&] { wide.step(); })), rate * 1e-9,
                100 * rate / best);
    share.x.push_back(static_cast<double>(d_model));
    share.y.push_back(100 * rate / best);
  }
  write_picture(
      "peak.svg",
      line_chart({share}, {.title = "How near a step comes to a product",
                           .x = {.label = "d_model"},
                           .y = {.label = "% of the product's rate",
                                 .scale = AxisScale::from_zero}}));
}

}  // namespace

int main(int argc, char** argv) {
  std::optional<ByDefinition> definition;
  if (argc == 3 && std::string(argv[2]) == "fusion") definition.emplace();
  if (!definition) tiny_step();
  Student student(64);
  const StepProfile profile = student.profile();
  where_the_time_goes(profile);
  which_part(profile);
  the_film(profile, definition ? "definition.svg" : "film.svg");
  who_made_it(profile);
  if (definition) return 0;
  hunt();
  hunt_backwards();
  share_of_the_peak();
}
