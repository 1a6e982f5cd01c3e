// Chapter 4: a network of two layers learns exclusive or, two spirals, and,
// where nobody stops it, noise. Draws xor.svg, losses.svg, points.svg,
// optimisers.svg, spirals.svg and noise.svg into the folder where it is started.
// --without activation leaves out the bend between the layers, --without
// random_start begins with equal weights; --with width=2 learns with two numbers
// in the middle.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <iostream>

#include "lectern.h"
#include "settings.h"
#include "tasks/report/pictures.h"

using namespace lectern;

namespace {

// [xor]
const Tensor corners = matrix({{0, 0}, {0, 1}, {1, 0}, {1, 1}});  // [point, in]
const Tensor exclusive = matrix({{0}, {1}, {1}, {0}});  // [point, out]
// [xor]

// [network]
struct Network : Module {
  Network(std::int64_t in, std::int64_t width, bool bends, Initializer init)
      : hidden(in, width, init), output(width, 1, init), bends(bends) {}

  Variable operator()(const Variable& x) const {
    const Variable h = hidden(x);        // [point, hidden]
    return output(bends ? tanh(h) : h);  // [point, out]
  }
  void visit(Visitor& visitor) override {
    visitor("hidden", hidden);
    visitor("output", output);
  }
  Linear hidden, output;
  bool bends;
};
// [network]

double loss_of(const Network& network, const Tensor& x, const Tensor& t) {
  return squared_error(network(Variable(x)), Variable(t)).value().at({});
}

void a_line() {
  std::cout << "== A line ==\n";
  // [line]
  const Variable x(corners), t(exclusive);  // [point, in], [point, out]
  Initializer init(1);
  Linear line(2, 1, init);
  Sgd sgd(parameters(line), {});
  for (int step = 0; step < 500; ++step)
    minimise(squared_error(line(x), t), sgd, 0.3);
  // [line]
  std::printf("%8s%8s%8s\n", "point", "wanted", "line");
  for (int i = 0; i < 4; ++i)
    std::printf("   (%.0f,%.0f)%8.0f%8.2f\n", corners.at({i, 0}),
                corners.at({i, 1}), exclusive.at({i, 0}),
                std::abs(line(x).value().at({i, 0})));
}

/// A layer of the library with these weights.
Linear with(const Tensor& weight, const Tensor& bias) {
  Initializer init = Initializer::blank();
  Linear layer(weight.dim(0), weight.dim(1), init);
  std::vector<NamedParameter> both = parameters(layer);
  both[0].variable.set_value(weight), both[1].variable.set_value(bias);
  return layer;
}

void two_bends() {
  std::cout << "\n== Two bends ==\n";
  // [bends]
  const Tensor w = matrix({{1, 1}, {1, 1}}),
               b = vector({0, -1});                       // [in, hidden]
  const Tensor v = matrix({{1}, {-2}}), c = vector({0});  // [hidden, out]
  const Tensor h = maximum(matmul(corners, w) + b, 0);    // [point, hidden]
  const Tensor y = matmul(h, v) + c;                      // [point, out]
  // [bends]
  const Linear hidden = with(w, b), output = with(v, c);
  const Tensor z = output(relu(hidden(Variable(corners)))).value();
  std::printf("%8s%10s%10s%8s%12s%9s\n", "point", "first", "second", "hand",
              "definition", "library");
  bool same = true;
  for (int i = 0; i < 4; ++i) {
    const double p = corners.at({i, 0}), q = corners.at({i, 1});
    const double first = std::max(p + q, 0.0);
    const double second = std::max(p + q - 1, 0.0);
    const double hand = first - 2 * second;
    std::printf("   (%.0f,%.0f)%10.0f%10.0f%8.0f%12.0f%9.0f\n", p, q, first,
                second, hand, y.at({i, 0}), z.at({i, 0}));
    same = same && hand == y.at({i, 0}) && hand == z.at({i, 0});
  }
  std::cout << "all the same: " << (same ? "yes" : "no") << "\n";
}

/// What a network answers between the corners, from −0.25 to 1.25: [y, x].
template <class Kind>
Tensor landscape(const Kind& network, std::int64_t cells, double low,
                 double high) {
  std::vector<float> places;
  for (std::int64_t row = 0; row < cells; ++row)
    for (std::int64_t column = 0; column < cells; ++column) {
      const double step = (high - low) / static_cast<double>(cells - 1);
      places.push_back(static_cast<float>(low + step * double(column)));
      places.push_back(static_cast<float>(high - step * double(row)));
    }
  const Variable x(
      tensor_of<float>({cells * cells, 2}, places));  // [place, in]
  return network(x).value().reshape({cells, cells});  // [row, column]
}

struct Learned {
  Network network;
  Series losses;
};

// [learn]
Learned learn_xor(Network network, int steps, double rate = 0.1) {
  const Variable x(corners), t(exclusive);  // [point, in], [point, out]
  Sgd sgd(parameters(network), {});
  Series losses;
  for (int step = 0; step < steps; ++step) {
    const Variable loss = squared_error(network(x), t);  // []
    losses.y.push_back(loss.value().at({}));
    minimise(loss, sgd, rate);
  }
  return {network, losses};
}
// [learn]

/// Every number of a network becomes the same.
Network all_equal(Network network, double value) {
  for (NamedParameter& each : parameters(network))
    each.variable.set_value(full(each.variable.shape(), value));
  return network;
}

/// The four answers to exclusive or after 0, 100 and 1000 steps.
void print_answers(const std::vector<Tensor>& answers) {
  std::printf("\n== What it answers ==\n%8s%8s%10s%10s%10s\n", "point",
              "wanted", "0 steps", "100", "1000");
  for (int i = 0; i < 4; ++i) {
    std::printf("   (%.0f,%.0f)%8.0f", corners.at({i, 0}), corners.at({i, 1}),
                exclusive.at({i, 0}));
    for (const Tensor& answer : answers)
      std::printf("%10.2f", std::round(100 * answer.at({i, 0})) / 100 + 0.0);
    std::printf("\n");
  }
}

/// The four corners, coloured as the map: blue for on.
std::vector<Series> lamps() {
  return {{.name = "on", .y = {1, 0}, .x = {0, 1}, .colour = 1},
          {.name = "off", .y = {0, 1}, .x = {0, 1}, .colour = 2}};
}

void draw_answers(const Network& network) {
  write_picture("xor.svg", heat_map(landscape(network, 31, -0.25, 1.25) - 0.5,
                                    {.title = "What the network answers "
                                              "between the four points, "
                                              "minus 0.5",
                                     .maximum = 0.5,
                                     .x = {"first switch", -0.25, 1.25},
                                     .y = {"second switch", 1.25, -0.25},
                                     .points = lamps()}));
}

void draw_losses(const std::vector<Series>& losses) {
  write_picture("losses.svg",
                line_chart(losses, {.title = "Exclusive or: the loss",
                                    .x = {.label = "steps"},
                                    .y = {.label = "loss",
                                          .scale = AxisScale::from_zero}}));
}

void it_finds_them() {
  std::cout << "\n== It finds them ==\n";
  std::vector<Tensor> answers;
  for (const int steps : {0, 100, 1000}) {
    const Learned learned =
        learn_xor(Network(2, 4, true, Initializer(1)), steps);
    answers.push_back(learned.network(Variable(corners)).value());
    std::printf("after %4d steps: loss %.3f\n", steps,
                loss_of(learned.network, corners, exclusive));
    std::cout << blocks(maximum(landscape(learned.network, 13, -0.25, 1.25), 0),
                        {.maximum = 1});
  }
  Learned learned = learn_xor(Network(2, 4, true, Initializer(1)), 1000);
  print_answers(answers);
  draw_answers(learned.network);
  learned.losses.name = "as it is";
  Series straight =
      learn_xor(Network(2, 4, false, Initializer(1)), 1000).losses;
  straight.name = "no bend";
  Series zeros =
      learn_xor(all_equal(Network(2, 4, true, Initializer(1)), 0), 1000).losses;
  zeros.name = "zeros";
  Series equal =
      learn_xor(all_equal(Network(2, 4, true, Initializer(1)), 0.3), 1000)
          .losses;
  equal.name = "all 0.3";
  draw_losses({learned.losses, straight, zeros, equal});
}

/// Exclusive or, with a step, a width and a start of one's own.
void as_you_like(const Settings& settings) {
  std::cout << "== Exclusive or: " << settings.line() << " ==\n";
  const double rate = settings.number("learning_rate");
  const auto start = [&] {
    return Network(2, settings.whole("width"), true,
                   Initializer(settings.whole("seed")));
  };
  std::vector<Tensor> answers;
  Learned learned{start(), {}};
  for (const int steps : {0, 100, 1000}) {
    learned = learn_xor(start(), steps, rate);
    const double loss = loss_of(learned.network, corners, exclusive);
    if (!std::isfinite(loss)) {
      std::printf(
          "after %4d steps: the loss is no number any more, since the "
          "steps were too long\n",
          steps);
      return;
    }
    answers.push_back(learned.network(Variable(corners)).value());
    std::printf("after %4d steps: loss %.3f\n", steps, loss);
  }
  print_answers(answers);
  learned.losses.name = settings.line();
  draw_answers(learned.network);
  draw_losses({learned.losses});
}

void without_activation() {
  std::cout << "== Without a bend ==\n";
  for (const int width : {4, 64, 1024}) {
    const Learned learned =
        learn_xor(Network(2, width, false, Initializer(1)), 300);
    std::printf("%5d in between: loss %.3f\n", width,
                loss_of(learned.network, corners, exclusive));
  }
}

void without_random_start() {
  std::cout << "== Every weight alike ==\n";
  for (const double value : {0.0, 0.3}) {
    Learned learned =
        learn_xor(all_equal(Network(2, 4, true, Initializer(1)), value), 1000);
    std::printf("all %.1f: loss %.3f after 1000 steps; the hidden weights:\n",
                value, loss_of(learned.network, corners, exclusive));
    std::cout << parameters(learned.network)[0].variable.value() << "\n";
  }
}

void one_step() {
  std::cout << "\n== Two rules ==\n";
  std::printf("%10s%14s%10s%14s%10s\n", "gradient", "downhill", "library",
              "Adam by hand", "library");
  for (const double gradient : {100.0, 1.0, 0.01}) {
    const auto after_two_steps = [&](Optimizer& optimizer, Variable w) {
      for (int step = 0; step < 2; ++step) {
        w.set_gradient(full({}, gradient));
        optimizer.step({.learning_rate = 0.1});
      }
      return w.value().at({});
    };
    const Variable w = Variable::parameter(full({}, 1.0));  // []
    const Variable u = Variable::parameter(full({}, 1.0));  // []
    Sgd sgd({{"w", w}}, {});
    Adam adam({{"u", u}}, {});
    const double downhill = 1 - 0.1 * gradient - 0.1 * gradient;
    // [adam]
    double value = 1, m = 0, v = 0;
    for (int step = 1; step <= 2; ++step) {
      m = 0.9 * m + 0.1 * gradient;
      v = 0.999 * v + 0.001 * gradient * gradient;
      const double mean = m / (1 - std::pow(0.9, step));
      const double square = v / (1 - std::pow(0.999, step));
      value -= 0.1 * mean / (std::sqrt(square) + 1e-8);
    }
    // [adam]
    std::printf("%10.2f%14.3f%10.3f%14.3f%10.3f\n", gradient, downhill,
                after_two_steps(sgd, w), value, after_two_steps(adam, u));
  }
}

// [deep]
struct Deep : Module {
  explicit Deep(Initializer init)
      : first(2, 32, init), second(32, 32, init), output(32, 1, init) {}

  Variable operator()(const Variable& x) const {
    const Variable h = tanh(first(x));  // [point, hidden]
    return output(tanh(second(h)));     // [point, out]
  }
  void visit(Visitor& visitor) override {
    visitor("first", first);
    visitor("second", second);
    visitor("output", output);
  }
  Linear first, second, output;
};
// [deep]

struct Points {
  Tensor x, t;  // [point, in], [point, out]
};

// [spirals]
/// Two arms that turn around each other, `count` points on each.
Points spirals(int count, std::uint64_t seed) {
  const Tensor noise =
      random_normal({2 * count, 2}, 0.06, {.seed = seed});  // [point, in]
  std::vector<float> places, arms;
  for (int i = 0; i < 2 * count; ++i) {
    const double radius = 0.2 + 1.8 * (i / 2) / count;
    const double angle = 4.5 * radius + M_PI * (i % 2);
    places.push_back(static_cast<float>(radius * std::cos(angle)));
    places.push_back(static_cast<float>(radius * std::sin(angle)));
    arms.push_back(static_cast<float>(i % 2));
  }
  return {tensor_of<float>({2 * count, 2}, places) + noise,
          tensor_of<float>({2 * count, 1}, arms)};
}
// [spirals]

/// The share of the points that the network puts on their arm.
double right(const Deep& network, const Points& points) {
  const Tensor side = greater(network(Variable(points.x)).value(), 0.5);
  return mean(equal(side, points.t)).at({});
}

// [batches]
/// One pass over all points, in a random order, some at a time.
double pass(Deep& network, Optimizer& optimizer, const Points& points,
            std::int64_t batch, double rate, std::uint32_t epoch) {
  const std::int64_t count = points.x.dim(0);
  const Tensor order =
      random_permutation(count, {.seed = 5, .step = epoch});  // [point]
  const Tensor x = gather_rows(points.x, order);              // [point, in]
  const Tensor t = gather_rows(points.t, order);              // [point, out]
  double total = 0;
  for (std::int64_t i = 0; i < count; i += batch) {
    const Variable some(x.slice(i, i + batch));                  // [batch, in]
    const Variable wanted(t.slice(i, i + batch));                // [batch, out]
    const Variable loss = squared_error(network(some), wanted);  // []
    total += loss.value().at({}) * static_cast<double>(batch);
    minimise(loss, optimizer, rate);
  }
  return total / static_cast<double>(count);
}
// [batches]

struct Taught {
  Deep network;
  Series losses;
};

/// 300 passes over the points, in batches of 20.
Taught taught(const Points& points, bool is_adam, std::uint64_t seed,
              double rate) {
  Taught run{Deep{Initializer(seed)}, {.name = is_adam ? "Adam" : "downhill"}};
  Sgd sgd(parameters(run.network), {});
  Adam adam(parameters(run.network), {});
  Optimizer& optimizer = is_adam ? static_cast<Optimizer&>(adam) : sgd;
  for (int epoch = 0; epoch < 300; ++epoch)
    run.losses.y.push_back(
        pass(run.network, optimizer, points, 20, rate, epoch));
  return run;
}

/// A core's time so far [milliseconds].
double now() { return 1e3 * double(std::clock()) / CLOCKS_PER_SEC; }

void two_spirals() {
  const Points known = spirals(100, 1), fresh = spirals(100, 2);
  const auto arm = [&](int which, const char* name, int colour) {
    Series series{.name = name, .colour = colour};
    for (int i = which; i < 200; i += 2) {
      series.x.push_back(known.x.at({i, 0}));
      series.y.push_back(known.x.at({i, 1}));
    }
    return series;
  };
  // In the colours of the map: orange for 0, blue for 1.
  const std::vector<Series> arms{arm(0, "arm 0", 2), arm(1, "arm 1", 1)};
  write_picture("points.svg", scatter_chart(arms, {.title = "Two spirals",
                                                   .x = {.label = "x"},
                                                   .y = {.label = "y"},
                                                   .width = 600,
                                                   .height = 560}));

  std::cout << "\n== Which step? ==\n";
  const std::vector<double> rates{0.001, 0.003, 0.01, 0.03, 0.1, 0.3};
  std::printf("%10s", "");
  for (const double rate : rates) std::printf("%8g", rate);
  for (const bool is_adam : {false, true}) {
    std::printf("\n%10s", is_adam ? "Adam" : "downhill");
    for (const double rate : rates)
      std::printf("%8.2f", taught(known, is_adam, 1, rate).losses.y.back());
  }
  std::cout << "\n\n== Two spirals ==\n";
  std::printf("%12s%8s%10s%22s\n", "", "seed", "loss", "fresh points right");
  std::vector<Series> curves;
  for (const bool is_adam : {false, true})
    for (const std::uint64_t seed : {1, 2, 3}) {
      Taught run = taught(known, is_adam, seed, is_adam ? 0.01 : 0.1);
      run.losses.stroke = seed == 1 ? Stroke::solid : Stroke::faint;
      run.losses.colour = is_adam ? 2 : 1;
      curves.push_back(run.losses);
      std::printf("%12s%8d%10.3f%22.3f\n", run.losses.name.c_str(),
                  static_cast<int>(seed), run.losses.y.back(),
                  right(run.network, fresh));
      if (is_adam && seed == 1)
        write_picture("spirals.svg",
                      heat_map(landscape(run.network, 80, -2.2, 2.2) - 0.5,
                               {.title = "What it answers, minus 0.5",
                                .maximum = 0.5,
                                .most_named_cells = 100,
                                .x = {"x", -2.2, 2.2},
                                .y = {"y", 2.2, -2.2},
                                .points = arms}));
    }
  write_picture("optimisers.svg",
                line_chart(curves, {.title = "Two spirals: the loss",
                                    .x = {.label = "passes over all points"},
                                    .y = {.label = "loss",
                                          .scale = AxisScale::from_zero}}));
}

void batches() {
  std::cout << "\n== Batches ==\n";
  std::printf("%8s%8s%10s%12s%12s\n", "batch", "steps", "loss", "ms a pass",
              "µs a point");
  const Points known = spirals(100, 1);
  for (const std::int64_t batch : {1, 20, 200}) {
    const int epochs = 100;
    const double begin = now();
    // [passes]
    Deep network{Initializer(1)};
    Adam adam(parameters(network), {});
    double loss = 0;
    for (int epoch = 0; epoch < epochs; ++epoch)
      loss = pass(network, adam, known, batch, 0.003, epoch);
    // [passes]
    const double ms = (now() - begin) / epochs;
    std::printf("%8d%8d%10.3f%12.2f%12.2f\n", static_cast<int>(batch),
                static_cast<int>(epochs * 200 / batch), loss, ms,
                1e3 * ms / 200);
  }
}

void noise() {
  std::cout << "\n== Too much learned ==\n";
  const auto sine = [](std::uint64_t seed) {
    const Tensor x = random_uniform({12, 1}, -3, 3, {.seed = seed});
    const Tensor t = sin(x) + random_normal({12, 1}, 0.3, {.seed = seed + 9});
    return Points{x, t};  // [point, in], [point, out]
  };
  const Points known = sine(1), fresh = sine(2);
  Network network(1, 64, true, Initializer(1));
  Adam adam(parameters(network), {});
  Series train{.name = "known points"}, test{.name = "fresh points"};
  std::printf("%8s%16s%16s\n", "steps", "known points", "fresh points");
  for (int step = 0; step <= 3000; ++step) {
    if (step % 20 == 0) {
      train.x.push_back(step), test.x.push_back(step);
      train.y.push_back(loss_of(network, known.x, known.t));
      test.y.push_back(loss_of(network, fresh.x, fresh.t));
    }
    if (step == 0 || step == 100 || step == 1000 || step == 3000)
      std::printf("%8d%16.3f%16.3f\n", step, train.y.back(), test.y.back());
    minimise(squared_error(network(Variable(known.x)), Variable(known.t)), adam,
             0.005);
  }
  write_picture("noise.svg",
                line_chart({train, test},
                           {.title = "Twelve noisy points of a sine",
                            .x = {.label = "steps"},
                            .y = {.label = "loss", .scale = AxisScale::log}}));
}

void cost() {
  std::cout << "\n== What a step costs ==\n";
  std::printf("%8s%10s%18s%12s\n", "width", "numbers", "multiply-adds",
              "ms a step");
  const Points known = spirals(100, 1);
  for (const int width : {16, 64, 256, 1024}) {
    Network network(2, width, true, Initializer(1));
    Adam adam(parameters(network), {});
    const auto step = [&] {
      minimise(squared_error(network(Variable(known.x)), Variable(known.t)),
               adam, 0.01);
    };
    step();
    const double begin = now();
    for (int i = 0; i < 20; ++i) step();
    std::printf("%8d%10d%18d%12.3f\n", width,
                static_cast<int>(parameter_count(network)),
                200 * (3 + 3 + 1) * width, (now() - begin) / 20);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const Settings settings(
      {{.name = "learning_rate",
        .says = "how far a step goes, times the gradient",
        .book = "0.1",
        .values = {"0.01", "0.03", "0.1", "0.3", "1", "3"}},
       {.name = "width",
        .says = "numbers between the two layers",
        .book = "4",
        .values = {"1", "2", "3", "4", "8", "16", "64"}},
       {.name = "seed",
        .says = "which random weights it begins with",
        .book = "1",
        .values = {"1", "2", "3", "4", "5", "6", "7", "8"}}},
      argc, argv);
  if (settings.changed()) return as_you_like(settings), 0;
  set_thread_count(1);  // one core: so that times compare
  const std::string without = argc > 2 ? argv[2] : "";
  if (without == "activation") return without_activation(), 0;
  if (without == "random_start") return without_random_start(), 0;
  a_line();
  two_bends();
  it_finds_them();
  one_step();
  two_spirals();
  batches();
  noise();
  cost();
}
