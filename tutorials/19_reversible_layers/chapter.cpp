// Chapter 19: where does the way back get what nobody kept? A pair of streams
// undone by hand; the same as a stack, whose memory does not grow with its
// depth; rounding errors, and numbers that have none; dropout drawn twice.
// Draws memory.svg, moments.svg and drift.svg into the folder where it is
// started, with `--without replay` learning.svg and stale.svg.
#include <cmath>
#include <cstdio>
#include <iostream>

#include "lectern.h"
#include "tasks/report/pictures.h"
#include "tensor/ops/fixed_point.h"

using namespace lectern;

namespace {

using Outside = std::vector<Variable>;

const char* yes(bool condition) { return condition ? "yes" : "no"; }

void by_hand() {
  std::cout << "== By hand ==\n";
  // [hand]
  const auto F = [](double x) { return x * x; };
  const auto G = [](double y) { return 3 * std::max(0.0, y - 4); };
  const double x1 = 1, x2 = 2;
  const double y1 = x1 + F(x2);  // F adds to the first stream
  const double y2 = x2 + G(y1);  // G adds to the second
  // [hand]
  std::cout << "up:   y1 = 1 + " << F(x2) << " = " << y1 << ",  y2 = 2 + "
            << G(y1) << " = " << y2 << "\n";
  // [undo]
  const double again2 = y2 - G(y1);
  const double again1 = y1 - F(again2);
  // [undo]
  std::cout << "down: x2 = " << y2 << " - " << G(y1) << " = " << again2
            << ",  x1 = " << y1 << " - " << F(again2) << " = " << again1
            << "\n";
}

// [halves]
struct Stream {
  Tensor x;  // the numbers as they are now
  Tensor d;  // the loss's derivative by them
};

/// Undoes target += f(source), and takes the derivatives one step down.
void undo(Stream& target, Stream& source,
          const std::function<Variable(const Variable&)>& f) {
  const Variable x = Variable::parameter(source.x);
  const Variable amount = f(x);  // once more, this time on a tape
  target.x = target.x - amount.value();
  backward(amount, target.d);  // f's parameters get their gradients here
  source.d = source.d + x.gradient();
}
// [halves]

void the_way_back() {
  std::cout << "\n== The way back ==\n";
  // [back-hand]
  // dL/dy1 = 1 and dL/dy2 = 2. y1 = 5, and G's slope there is 3.
  const double by_y1 = 1 + 3 * 2;      // through y1 itself, and through G
  const double by_x2 = 2 + 4 * by_y1;  // F's slope at x2 = 2 is 4
  const double by_x1 = by_y1;
  // [back-hand]
  std::cout << "by hand:       dx1 = " << by_x1 << ", dx2 = " << by_x2 << "\n";

  const auto f = [](const Variable& x) { return x * x; };
  const auto g = [](const Variable& y) { return relu(y - 4) * 3; };
  // [back-definition]
  Stream one{matrix({{5}}), matrix({{1}})};  // y1, dL/dy1
  Stream two{matrix({{5}}), matrix({{2}})};  // y2, dL/dy2
  undo(two, one, g);
  undo(one, two, f);
  // [back-definition]
  std::cout << "by definition: dx1 = " << one.d.item()
            << ", dx2 = " << two.d.item() << ", and x1 = " << one.x.item()
            << ", x2 = " << two.x.item() << "\n";

  // [back-library]
  const StreamFunction F = [&](const Variable& x, const Outside&) {
    return f(x);
  };
  const StreamFunction G = [&](const Variable& y, const Outside&) {
    return g(y);
  };
  const Variable x1 = Variable::parameter(matrix({{1}}));
  const Variable x2 = Variable::parameter(matrix({{2}}));
  const Variable y = reversible_stack({F, G}, x1, x2);  // [1, 2 · d_model]
  backward(y, matrix({{1, 2}}));
  // [back-library]
  std::cout << "the library:   dx1 = " << x1.gradient().item()
            << ", dx2 = " << x2.gradient().item() << "\n"
            << "all three equal: "
            << yes(one.d.item() == by_x1 && two.d.item() == by_x2 &&
                   x1.gradient().item() == by_x1 &&
                   x2.gradient().item() == by_x2)
            << "\n";
}

/// So many layers of an encoder, as functions of two streams.
struct Network : public Module {
  Network(int depth, std::int64_t d_model, double dropout = 0.1,
          DType dtype = DType::f32) {
    // [layers]
    Initializer init(1, dtype);
    for (int i = 0; i < depth; ++i)
      layers.emplace_back(LayerOptions{.d_model = d_model,
                                       .nhead = 4,
                                       .dim_feedforward = 4 * d_model,
                                       .dropout = dropout,
                                       .attention_dropout = dropout},
                          nullptr, init);  // no pattern: full attention
    // [layers]
    train(*this, {.seed = 1});
  }
  void visit(Visitor& visitor) override {
    for (std::size_t i = 0; i < layers.size(); ++i)
      visitor(std::to_string(i), layers[i]);
  }
  StreamFunctions functions() const {
    // [functions]
    return stream_functions(layers, causal_mask());
    // [functions]
  }
  std::vector<EncoderLayer> layers;
};

/// All matrices times `gain`, as if after a long training.
void make_louder(Network& network, double gain) {
  for (NamedParameter& each : parameters(network))
    if (each.variable.value().rank() == 2)
      each.variable.set_value(each.variable.value() * gain);
}

// [three-ways]
/// Everything is kept.
Variable ordinary(const StreamFunctions& functions, const Variable& x) {
  Variable streams[2] = {x, x};
  for (std::size_t i = 0; i < functions.size(); ++i)
    streams[i % 2] = streams[i % 2] + functions[i](streams[1 - i % 2], {});
  return concatenate({streams[0], streams[1]}, -1);
}

/// What each function reads is kept, and nothing of its inside.
Variable recomputed(const StreamFunctions& functions, const Variable& x) {
  Variable streams[2] = {x, x};
  for (std::size_t i = 0; i < functions.size(); ++i) {
    const StreamFunction f = functions[i];
    const auto again = [f](const Outside& inputs) { return f(inputs[0], {}); };
    streams[i % 2] = streams[i % 2] + recompute(again, {streams[1 - i % 2]});
  }
  return concatenate({streams[0], streams[1]}, -1);
}

/// Nothing is kept but the end.
Variable reversible(const StreamFunctions& functions, const Variable& x) {
  return reversible_stack(functions, x, x);
}
// [three-ways]

using Way = Variable (*)(const StreamFunctions&, const Variable&);
struct NamedWay {
  const char* name;
  Way run;
};
const std::vector<NamedWay> ways{{"ordinary", ordinary},
                                 {"recomputed", recomputed},
                                 {"reversible", reversible}};

constexpr std::int64_t length = 256, d_model = 64;
const double kibi = 1024;

Variable embedded(std::int64_t words, std::int64_t width,
                  DType dtype = DType::f32) {
  return Variable::parameter(random_normal({1, words, width}, 1, {.seed = 2},
                                           dtype));  // [batch, length, d]
}

/// The gradients of x and of all parameters, after a step in one of the ways.
std::vector<Tensor> gradients_of(const StreamFunctions& functions,
                                 Network& network, Way way) {
  const DType dtype = parameters(network)[0].variable.value().dtype();
  const Variable x = embedded(length, d_model, dtype);
  backward(sum(square(way(functions, x))));
  std::vector<Tensor> gradients{x.gradient()};
  for (NamedParameter& each : parameters(network)) {
    gradients.push_back(each.variable.gradient().clone());
    each.variable.zero_gradient();
  }
  return gradients;
}

double product(const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
  double result = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    result += sum(cast(a[i] * b[i], DType::f64)).item<double>();
  return result;
}

double cosine(const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
  return product(a, b) / std::sqrt(product(a, a) * product(b, b));
}

/// How long the difference is, of the length of b.
double apart(const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
  std::vector<Tensor> difference;
  for (std::size_t i = 0; i < a.size(); ++i) difference.push_back(a[i] - b[i]);
  return std::sqrt(product(difference, difference) / product(b, b));
}

void three_ways() {
  std::cout << "\n== The same function, three times ==\n";
  Network network(6, d_model, 0.1, DType::f64);
  const auto reference = gradients_of(network.functions(), network, ordinary);
  for (const NamedWay& way : ways) {
    const auto gradients = gradients_of(network.functions(), network, way.run);
    const Variable y =
        way.run(network.functions(), embedded(length, d_model, DType::f64));
    std::printf("%-11s mean of squares %.8f, gradients within 1e-9: %s\n",
                way.name, mean(square(y)).value().item<double>(),
                yes(apart(gradients, reference) < 1e-9));
  }
}

const std::vector<std::string> sentence{"Heute",  "hat",   "sie",     "dem",
                                        "großen", "Pferd", "geholfen"};

/// The sentence's words, each the one whose vector fits best.
/// \param x      [batch, word, d_model]
/// \param table  [word, d_model]
std::string read_out(const Tensor& x, const Tensor& table) {
  const Tensor fits = matmul(x.reshape({-1, d_model}), transpose(table));
  const Tensor best = argmax(fits);  // [word]
  std::string words;
  for (std::int64_t i = 0; i < best.dim(0); ++i)
    words += sentence[static_cast<std::size_t>(best.at<std::int32_t>({i}))] +
             (i + 1 < best.dim(0) ? " " : "");
  return words;
}

/// Twelve layers read the sentence; then it is calculated from their end.
void one_sentence(bool other_masks) {
  Network network(12, d_model);
  make_louder(network, 2);
  const auto functions = network.functions();
  // [invert]
  const Tensor table =
      random_normal({7, d_model}, 1, {.seed = 5});  // [word, d_model]
  const Tensor x = table.reshape({1, 7, d_model});  // [batch, word, d_model]
  const Tensor y = reversible(functions, Variable(x)).value();
  if (other_masks) train(network, {.seed = 1, .step = 1});
  const auto [x1, x2] = invert(functions, y);  // both should be x
  // [invert]
  std::cout << "the end:  " << read_out(slice(y, 2, 0, d_model), table)
            << "\nundone:   " << read_out(x1, table) << "\n";
  std::printf("the numbers of x within 0.001: %s\n",
              yes(apart({x1, x2}, {x, x}) < 1e-3));
}

/// A step forward and backward; gradients of parameters are there already.
void step(const StreamFunctions& functions, Way way) {
  backward(sum(square(way(functions, embedded(length, d_model)))));
}

void memory() {
  std::cout << "\n== Memory by depth ==\n";
  std::printf("%6s", "layers");
  for (const NamedWay& way : ways) std::printf("  %10s", way.name);
  std::printf("   KiB\n");
  std::vector<Series> lines;
  for (const NamedWay& way : ways) lines.push_back({way.name, {}, {}});
  for (const int depth : {2, 4, 8, 16}) {
    Network network(depth, d_model);
    step(network.functions(), ordinary);  // makes the parameters' gradients
    std::printf("%6d", depth);
    for (std::size_t i = 0; i < ways.size(); ++i) {
      // [peak]
      const std::int64_t bytes =
          peak_bytes([&] { step(network.functions(), ways[i].run); });
      // [peak]
      const double kib = static_cast<double>(bytes) / kibi;
      std::printf("  %10.0f", kib);
      lines[i].x.push_back(depth);
      lines[i].y.push_back(kib / kibi);
    }
    std::printf("\n");
  }
  std::printf("each  ");
  for (const Series& line : lines)
    std::printf("  %10.1f", kibi * (line.y[3] - line.y[1]) / 12);
  std::printf("   KiB for one layer more\n");
  std::printf("one stream, 256 words of 64 numbers: %.0f KiB\n",
              4.0 * length * d_model / kibi);
  write_picture("memory.svg",
                line_chart(lines, {.title = "What a step takes at most",
                                   .x = {.label = "layers"},
                                   .y = {.label = "MiB"}}));
}

/// Notes how much memory is in use: now, and when the way back comes here.
Variable noting(const Variable& x, Series& notes) {
  const auto note = [&notes] {
    const auto bytes = static_cast<double>(memory_statistics().in_use);
    notes.y.push_back(bytes / kibi / kibi);
  };
  note();
  return record("note", x.value(), {x}, [note](const Tensor& d) {
    note();
    return Gradients{d};
  });
}

void moments() {
  constexpr int depth = 8;
  Network network(depth, d_model);
  step(network.functions(), ordinary);
  std::vector<Series> lines;
  for (const NamedWay& way : ways) {
    Series notes{way.name, {}, {}};
    StreamFunctions functions;
    for (const StreamFunction& f : network.functions())
      functions.push_back([&, f](const Variable& x, const Outside& outside) {
        return noting(f(noting(x, notes), outside), notes);
      });
    const auto before = static_cast<double>(memory_statistics().in_use);
    step(functions, way.run);
    for (double& each : notes.y) each -= before / kibi / kibi;
    lines.push_back(notes);
  }
  write_picture(
      "moments.svg",
      line_chart(lines, {.title = "Memory in use during one step, 8 layers",
                         .x = {.label = "beginnings and ends of functions, up "
                                        "and down again"},
                         .y = {.label = "MiB"}}));
}

void price() {
  std::cout << "\n== The price ==\n";
  Network network(8, d_model);
  const auto functions = network.functions();
  step(functions, ordinary);
  double base = 0;
  std::vector<double> seconds;
  std::vector<Timer> timers(ways.size());
  for (int turn = 0; turn < 5; ++turn)
    for (std::size_t i = 0; i < ways.size(); ++i)
      timers[i].measure([&] { step(functions, ways[i].run); }, 0);
  for (std::size_t i = 0; i < ways.size(); ++i) {
    const auto count =
        static_cast<double>(operations([&] { step(functions, ways[i].run); }));
    if (i == 0) base = count;
    std::printf("%-11s operations %.2fe9, %.2f times as many\n", ways[i].name,
                count / 1e9, count / base);
  }
  for (std::size_t i = 0; i < ways.size(); ++i)
    std::printf("%-11s milliseconds %.1f\n", ways[i].name,
                1e3 * timers[i].timing().median);
}

void rounding() {
  std::cout << "\n== A tenth plus a thousand ==\n";
  // [rounding]
  const Tensor tenth = vector({0.1});  // f32
  const Tensor thousand = vector({1000});
  const Tensor floating = (tenth + thousand) - thousand;
  // [rounding]
  std::printf("0.1 + 1000 - 1000 = %.8f\n", floating.item());
  std::printf("at least 0.1? up: %s, down: %s\n",
              yes(tenth.item() >= vector({0.1}).item()),
              yes(floating.item() >= vector({0.1}).item()));

  std::cout << "\n== In whole steps ==\n";
  // [steps]
  const Tensor steps = to_fixed_point(tenth);  // i32, of a millionth or so
  const Tensor up = add_to_fixed_point(steps, thousand);
  const Tensor down = subtract_from_fixed_point(up, thousand);
  // [steps]
  const auto whole = [](const Tensor& x) { return x.item<std::int32_t>(); };
  std::printf("0.1 is %d steps\nplus 1000: %d, minus 1000: %d\n", whole(steps),
              whole(up), whole(down));
  // [wrap]
  const Tensor far = vector({2500});
  const Tensor around = add_to_fixed_point(steps, far);
  const Tensor home = subtract_from_fixed_point(around, far);
  // [wrap]
  const double reach = std::ldexp(1.0, 31) / whole(to_fixed_point(vector({1})));
  std::printf("32 bits reach from %g to %g\nplus 2500: %d, minus 2500: %d\n",
              -reach, reach, whole(around), whole(home));
}

void drift() {
  std::cout << "\n== Drift ==\n";
  constexpr int depth = 64;
  std::vector<Series> lines;
  bool exact = true;
  std::printf("%-24s  %8s  %8s  %8s  %14s\n", "functions undone", "2", "16",
              "128", "1 - cosine");
  for (const double gain : {1.0, 3.0})
    for (const auto kind :
         {StreamNumbers::floating, StreamNumbers::fixed_point}) {
      Network network(depth, 32);
      make_louder(network, gain);
      // [drift]
      const Tensor x = embedded(16, 32).value();
      const DriftReport report =
          measure_drift(network.functions(), {x, x}, parameters(network), kind);
      // [drift]
      const auto& errors = report.by_depth;
      if (kind == StreamNumbers::fixed_point) {
        for (const double error : errors) exact = exact && error == 0;
        continue;
      }
      Series line{text("weights × ", gain), {}, {}};
      std::printf("%-25s  %8.0e  %8.0e  %8.0e  %14.0e\n", line.name.c_str(),
                  errors[1], errors[15], errors[127],
                  report.gradient_disagreement);
      for (std::size_t i = 0; i < errors.size(); ++i) {
        line.x.push_back(static_cast<double>(i + 1));
        line.y.push_back(errors[i]);
      }
      lines.push_back(line);
    }
  std::printf("in fixed point, exactly 0 after every function: %s\n",
              yes(exact));
  write_picture(
      "drift.svg",
      line_chart(lines, {.title = "How far the streams come back wrong, f32",
                         .x = {.label = "functions undone"},
                         .y = {.label = "error, of the stream's length",
                               .scale = AxisScale::log}}));
}

void replay() {
  std::cout << "\n== Dropout, drawn twice ==\n";
  // [replay]
  const Variable x(ones({6}));
  const RandomKey key{.seed = 1, .step = 7, .site = 3};
  const Tensor first = dropout(x, 0.5, key).value();
  const Tensor second = dropout(x, 0.5, key).value();
  const Tensor next_step =
      dropout(x, 0.5, {.seed = 1, .step = 9, .site = 3}).value();
  // [replay]
  std::cout << "step 7        " << text_of(first) << "\n"
            << "step 7 again  " << text_of(second) << "\n"
            << "step 9        " << text_of(next_step) << "\n";
}

// [stale]
/// The same functions, but each call draws masks that were never drawn before,
/// as a generator does whose state nobody kept.
StreamFunctions stale(Network& network, std::uint32_t& calls) {
  StreamFunctions functions;
  for (const StreamFunction& f : network.functions())
    functions.push_back([&, f](const Variable& x, const Outside& outside) {
      train(network, {.seed = 1, .step = ++calls});
      return f(x, outside);
    });
  return functions;
}
// [stale]

void without_replay() {
  std::cout << "\n== Other masks on the way back ==\n";
  std::printf("%-10s  %6s  %20s  %20s\n", "masks", "layers",
              "x comes back off by", "cosine of gradients");
  Series with{"replayed", {}, {}}, without{"stale", {}, {}};
  for (const int depth : {1, 2, 4, 8, 16}) {
    Network network(depth, d_model);
    std::uint32_t calls = 0;
    const StreamFunctions other = stale(network, calls);
    const auto x = embedded(length, d_model).value();
    for (const bool is_stale : {false, true}) {
      // Both ways draw the same masks on the way up: calls begin at 0.
      const StreamFunctions& functions =
          is_stale ? other : (train(network, {.seed = 1}), network.functions());
      calls = 0;
      const auto reference = gradients_of(functions, network, ordinary);
      calls = 0;
      const auto gradients = gradients_of(functions, network, reversible);
      calls = 0;
      const Variable y = reversible(functions, embedded(length, d_model));
      const auto [x1, x2] = invert(functions, y.value());
      const double error = apart({x1, x2}, {x, x});
      const double alike = cosine(gradients, reference);
      std::printf("%-10s  %6d  %20.0e  %20.4f\n",
                  is_stale ? "stale" : "replayed", depth, error, alike);
      Series& line = is_stale ? without : with;
      line.x.push_back(depth);
      line.y.push_back(alike);
    }
  }
  write_picture("stale.svg",
                line_chart({with, without},
                           {.title = "The gradient, and the one it should be",
                            .x = {.label = "layers"},
                            .y = {.label = "cosine of the angle"}}));
}

// A row of letters; of each, say which letter stands before it.
constexpr std::int64_t places = 8, width = 32;
constexpr std::int32_t letters = 8;

struct Reader : public Module {
  Reader(int depth, double dropout)
      : network(depth, width, dropout),
        init(2),
        embedding(letters, width, init),
        positions(PositionKind::learned, places, width, init),
        output(width, letters, init) {}
  void visit(Visitor& visitor) override {
    visitor("network", network);
    visitor("embedding", embedding);
    visitor("positions", positions);
    visitor("output", output);
  }
  /// The letter before each but the first: logits `[batch · place, letter]`.
  Variable operator()(const Tensor& rows, const StreamFunctions& functions,
                      Way way) const {
    const Variable x = positions(embedding(rows));  // [batch, place, width]
    const Variable y = way(functions, x);  // [batch, place, 2 · width]
    const Variable mean =
        (slice(y, 2, 0, width) + slice(y, 2, width, 2 * width)) * 0.5;
    return reshape(slice(output(mean), 1, 1, places), {-1, letters});
  }
  Network network;
  Initializer init;
  Embedding embedding;
  Positions positions;
  Linear output;
};

Tensor rows_of(std::int64_t count, std::uint32_t step) {
  return random_integers({count, places}, 0, letters,
                         {.seed = 4, .step = step});
}

Tensor wanted(const Tensor& rows) {
  return slice(rows, 1, 0, places - 1).reshape({-1});
}

struct Learned {
  Series curve;
  double right = 0;  // of the letters of fresh rows, without dropout
};

Learned learn(const char* name, bool is_stale, Way way, double dropout) {
  Reader model(8, dropout);
  std::uint32_t calls = 0;
  const StreamFunctions replayed = model.network.functions(),
                        other = stale(model.network, calls);
  Adam adam(parameters(model), {});
  Learned learned{{name, {}, {}}};
  double sum_of_ten = 0;
  for (std::uint32_t step = 1; step <= 300; ++step) {
    train(model, {.seed = 1, .step = step});
    const Tensor rows = rows_of(32, step);  // [batch, place]
    const Variable loss = cross_entropy(
        model(rows, is_stale ? other : replayed, way), wanted(rows));
    minimise(loss, adam, 0.003);
    sum_of_ten += loss.value().item();
    if (step % 10 != 0) continue;
    learned.curve.x.push_back(step);
    learned.curve.y.push_back(sum_of_ten / 10);
    sum_of_ten = 0;
  }
  evaluate(model);
  const Tensor fresh = rows_of(256, 0);
  learned.right = accuracy(model(fresh, replayed, way).value(), wanted(fresh));
  return learned;
}

void learning() {
  std::cout << "\n== Learning with stale masks ==\n";
  const std::vector<Learned> all{
      learn("ordinary", true, ordinary, 0.1),
      learn("reversible, replayed", false, reversible, 0.1),
      learn("reversible, stale", true, reversible, 0.1),
      learn("replayed, dropout 0.2", false, reversible, 0.2),
      learn("stale, dropout 0.2", true, reversible, 0.2)};
  std::printf("%-22s  %9s  %9s  %9s\n", "loss after", "100 steps", "200",
              "300");
  std::vector<Series> curves;
  for (const Learned& each : all) {
    const auto& loss = each.curve.y;  // means of ten steps
    std::printf("%-22s  %9.2f  %9.2f  %9.2f\n", each.curve.name.c_str(),
                loss[9], loss[19], loss[29]);
    if (curves.size() < 3) curves.push_back(each.curve);
  }
  std::printf("%-22s  %9.2f\n\n", "by chance", std::log(8));
  std::printf("right, without dropout\n");
  for (const Learned& each : all)
    std::printf("%-22s  %9.0f %%\n", each.curve.name.c_str(), 100 * each.right);
  write_picture("learning.svg",
                line_chart(curves, {.title = "Eight layers learn to name the "
                                             "letter before",
                                    .x = {.label = "step"},
                                    .y = {.label = "loss"}}));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 3 && argv[2] == std::string("replay")) {
    std::cout << "== A sentence that does not ==\n";
    one_sentence(true);
    without_replay();
    learning();
    return 0;
  }
  by_hand();
  the_way_back();
  three_ways();
  std::cout << "\n== A sentence comes back ==\n";
  one_sentence(false);
  memory();
  moments();
  price();
  rounding();
  drift();
  replay();
}
