// Chapter 2: slopes, measured and calculated; the best step to measure with;
// the gradient, and going downhill along it. Draws secants.svg, errors.svg,
// paths.svg and losses.svg into the folder where it is started.
// --without gradient looks for the bottom by trying; --with step=0.26 goes down
// with a step of one's own.
#include <cmath>
#include <cstdio>
#include <functional>
#include <iostream>

#include "lectern.h"
#include "settings.h"
#include "tasks/report/pictures.h"

using namespace lectern;

namespace {

// [loss]
double loss(double w) { return (2 * w - 3) * (2 * w - 3); }
// [loss]

// [quotient]
double quotient(const std::function<double(double)>& f, double x, double h) {
  return (f(x + h) - f(x)) / h;
}
// [quotient]

Series secant(const char* name, double h) {
  const double slope = quotient(loss, 1, h);
  Series line{.name = name};
  for (const double w : {0.5, 2.1}) {
    line.x.push_back(w);
    line.y.push_back(loss(1) + slope * (w - 1));
  }
  return line;
}

void how_much() {
  std::cout << "== How much ==\n";
  std::printf("%8s%14s%14s\n", "h", "loss(1 + h)", "slope");
  for (const double h : {1.0, 0.5, 0.1, 0.01, 0.001})
    std::printf("%8.3f%14.6f%14.3f\n", h, loss(1 + h), quotient(loss, 1, h));
  Series curve{.name = "loss"};
  for (int i = 0; i <= 80; ++i) {
    curve.x.push_back(0.4 + 0.02 * i);
    curve.y.push_back(loss(curve.x.back()));
  }
  write_picture("secants.svg",
                line_chart({curve, secant("h 1", 1), secant("h 0.5", 0.5),
                            secant("h 0.001", 0.001)},
                           {.title = "Slopes of the loss at w = 1",
                            .x = {.label = "w"},
                            .y = {.label = "loss"}}));
}

void three_times() {
  std::cout << "\n== Three times ==\n";
  const double by_hand = 2 * (2 * 1.0 - 3) * 2;
  const double by_definition = quotient(loss, 1, 1e-6);
  // [library]
  const Variable w = Variable::parameter(full({}, 1.0, DType::f64));  // []
  backward(square(2 * w - 3));
  // [library]
  const double by_library = w.gradient().at({});
  std::printf("by hand        %.4f\nby definition  %.4f\nlibrary        %.4f\n",
              by_hand, by_definition, by_library);
  std::cout << "they agree to the fourth digit: "
            << (std::abs(by_hand - by_definition) < 1e-4 &&
                        by_hand == by_library
                    ? "yes"
                    : "no")
            << "\n";
}

// [cube]
Tensor cube(const Tensor& x) { return x * x * x; }  // []

/// How wrong the measured slope of x³ at 1.7 is.
double error(double h, DType dtype, bool both_sides) {
  const Tensor x = full({}, 1.7, dtype);  // []
  const Tensor right = x + h;             // []
  const Tensor left = both_sides ? x - h : x;
  const double rise = (cube(right) - cube(left)).at({});
  return std::abs(rise / (both_sides ? 2 * h : h) - 3 * 1.7 * 1.7);
}
// [cube]

void how_small() {
  std::cout << "\n== How small? ==\n";
  std::printf("%6s%14s%14s%14s%14s\n", "", "f64", "f64", "f32", "f32");
  std::printf("%6s%14s%14s%14s%14s\n", "h", "one side", "both sides",
              "one side", "both sides");
  std::vector<Series> curves{{.name = "f64, one side"},
                             {.name = "f64, both sides"},
                             {.name = "f32, one side"},
                             {.name = "f32, both sides"}};
  for (int power = 1; power <= 14; ++power) {
    const double h = std::pow(10.0, -power);
    std::printf("%6.0e", h);
    for (int curve = 0; curve < 4; ++curve) {
      const double wrong =
          error(h, curve < 2 ? DType::f64 : DType::f32, curve % 2 == 1);
      std::printf("%14.0e", wrong);
      curves[curve].x.insert(curves[curve].x.begin(), h);
      curves[curve].y.insert(curves[curve].y.begin(), wrong);
    }
    std::printf("\n");
  }
  write_picture(
      "errors.svg",
      line_chart(curves,
                 {.title = "How wrong a measured slope is",
                  .x = {.label = "h",
                        .scale = AxisScale::log,
                        .ticks = {1e-13, 1e-11, 1e-9, 1e-7, 1e-5, 1e-3, 1e-1}},
                  .y = {.label = "error", .scale = AxisScale::log}}));
}

// [valley]
double valley(double a, double b) { return a * a + 4 * b * b; }

/// How fast the valley rises along a, and along b.
std::pair<double, double> gradient(double a, double b) {
  return {2 * a, 8 * b};
}
// [valley]

void steepest() {
  std::cout << "\n== Steepest ==\n";
  const double a = 3, b = 1, step = 0.001;
  const auto [da, db] = gradient(a, b);
  const double length = std::sqrt(da * da + db * db);
  std::printf("gradient at (3, 1): (%.0f, %.0f), length %.2f\n", da, db,
              length);
  std::printf("%12s%10s\n", "direction", "slope");
  for (int degrees = 0; degrees < 360; degrees += 45) {
    const double angle = degrees * M_PI / 180;
    const double there =
        valley(a + step * std::cos(angle), b + step * std::sin(angle));
    std::printf("%11d°%10.1f\n", degrees, (there - valley(a, b)) / step);
  }
  const double there = valley(a + step * da / length, b + step * db / length);
  std::printf("%12s%10.1f\n", "gradient", (there - valley(a, b)) / step);
}

struct Path {
  Series places, losses;
};

Path downhill(const std::string& name, double step, int steps = 20) {
  double a = 3, b = 1;
  Path path{{.name = name}, {.name = name}};
  for (int i = 0; i <= steps; ++i) {
    path.places.x.push_back(a), path.places.y.push_back(b);
    path.losses.x.push_back(i), path.losses.y.push_back(valley(a, b));
    // [downhill]
    const auto [da, db] = gradient(a, b);
    a -= step * da;
    b -= step * db;
    // [downhill]
  }
  return path;
}

/// Where the valley has a height: an ellipse.
Series level(double height) {
  Series ring{.name = "", .stroke = Stroke::faint, .colour = 6};
  for (int i = 0; i <= 60; ++i) {
    const double angle = i * M_PI / 30;
    ring.x.push_back(std::sqrt(height) * std::cos(angle));
    ring.y.push_back(std::sqrt(height / 4) * std::sin(angle));
  }
  return ring;
}

std::vector<Series> levels() {
  std::vector<Series> rings;
  for (const double height : {1.0, 4.0, 9.0, 13.0})
    rings.push_back(level(height));
  return rings;
}

void draw_descent(const std::vector<Series>& places,
                  const std::vector<Series>& losses, const std::string& title) {
  write_picture("paths.svg", line_chart(places, {.title = title,
                                                 .x = {.label = "a"},
                                                 .y = {.label = "b"},
                                                 .height = 360}));
  write_picture("losses.svg",
                line_chart(losses, {.title = "How high it still is",
                                    .x = {.label = "steps"},
                                    .y = {.label = "a² + 4b²",
                                          .scale = AxisScale::log}}));
}

void going_down() {
  std::cout << "\n== Downhill ==\n";
  const std::vector<double> steps{0.01, 0.2, 0.24, 0.25, 0.26};
  std::vector<Series> places = levels(), losses;
  std::printf("%62s\n", "height after so many steps");
  std::printf("%6s%12s%12s%8s%8s%8s%8s\n", "step", "a becomes", "b becomes",
              "0", "1", "5", "20");
  for (const double step : steps) {
    char name[32];
    std::snprintf(name, sizeof name, "step %g", step);
    Path path = downhill(name, step);
    const std::vector<double>& height = path.losses.y;
    std::printf("%6.2f%10.2f a%10.2f b%8.3f%8.3f%8.3f%8.3f\n", step,
                1 - 2 * step, 1 - 8 * step, height[0], height[1], height[5],
                height[20]);
    if (step == 0.25) continue;
    path.places.colour = static_cast<int>(losses.size()) + 1;
    if (step != 0.24) places.push_back(path.places);
    losses.push_back(path.losses);
  }
  draw_descent(places, losses, "Twenty steps into a valley");
}

// [line]
const Tensor x = vector({1, 2, 3, 4}, DType::f64);  // [point]
const Tensor t = vector({2, 3, 5, 6}, DType::f64);  // [point]

/// Fits w·x + b to the points t and prints what it finds.
void fit_a_line(double step, int steps) {
  double w = 0, b = 0;
  for (int i = 0; i < steps; ++i) {
    const Tensor wrong = w * x + b - t;  // [point]
    const double dw = mean(2 * wrong * x).at({});
    const double db = mean(2 * wrong).at({});
    w -= step * dw;
    b -= step * db;
  }
  const Tensor wrong = w * x + b - t;  // [point]
  std::printf("after %4d steps: w = %.3f, b = %.3f, loss %.4f\n", steps, w, b,
              mean(wrong * wrong).at({}));
}
// [line]

void learning() {
  std::cout << "\n== A line through four points ==\n";
  for (const int steps : {0, 1, 10, 100, 1000}) fit_a_line(0.1, steps);
}

// [trying]
/// How often a bowl of `count` numbers, x₀² + x₁² + …, has to be looked at until
/// its height is a hundredth, by trying small random steps.
int trials(std::int64_t count) {
  Tensor place = ones({count}, DType::f64);  // [number]
  double height = sum(place * place).at({});
  const double goal = height / 100;
  int looked = 0;
  while (height > goal) {
    const double size = std::sqrt(height) / static_cast<double>(count);
    const RandomKey key{.seed = 1, .step = static_cast<std::uint32_t>(looked)};
    const Tensor there =
        place + random_normal({count}, size, key, DType::f64);  // [number]
    const double height_there = sum(there * there).at({});
    ++looked;
    if (height_there < height) {
      place = there;
      height = height_there;
    }
  }
  return looked;
}

/// The same by steps along the gradient, 2x.
int descents(std::int64_t count) {
  Tensor place = ones({count}, DType::f64);  // [number]
  const double goal = sum(place * place).at({}) / 100;
  int steps = 0;
  for (; sum(place * place).at({}) > goal; ++steps)
    place = place - 0.1 * (2 * place);
  return steps;
}
// [trying]

void what_a_gradient_costs() {
  std::cout << "\n== Many numbers ==\n";
  std::printf("%8s%16s%18s%20s\n", "numbers", "steps downhill",
              "looks, measured", "looks, calculated");
  for (const int count : {1, 10, 100, 1000}) {
    const int steps = descents(count);
    std::printf("%8d%16d%18d%20d\n", count, steps, steps * (count + 1),
                steps * 2);
  }
}

/// Into the valley with a step of one's own.
void as_you_like(const Settings& settings) {
  const double step = settings.number("step");
  const int steps = static_cast<int>(settings.whole("steps"));
  std::cout << "== Downhill: " << settings.line() << " ==\n";
  Path path = downhill("step " + settings.text("step"), step, steps);
  std::printf("%6s%12s%12s%14s\n", "steps", "a", "b", "height");
  for (int i = 0; i <= steps; i = i < 5 ? i + 1 : 2 * i)
    std::printf("%6d%12.4g%12.4g%14.4g\n", i, path.places.x[i],
                path.places.y[i], path.losses.y[i]);
  std::printf("each step makes %.2f a of a, and %.2f b of b\n", 1 - 2 * step,
              1 - 8 * step);
  std::vector<Series> places = levels();
  path.places.colour = 1;
  places.push_back(path.places);
  draw_descent(places, {path.losses}, "Into a valley");
}

void without_a_gradient() {
  std::cout << "== Many numbers, by trying ==\n";
  std::printf("%8s%16s\n", "numbers", "looks");
  for (const int count : {1, 10, 100, 1000})
    std::printf("%8d%16d\n", count, trials(count));
}

}  // namespace

int main(int argc, char** argv) {
  const Settings settings({{.name = "step",
                            .says = "how far to go, times the gradient",
                            .book = "0.2",
                            .values = {"0.01", "0.05", "0.1", "0.125", "0.2",
                                       "0.24", "0.25", "0.26", "0.3"}},
                           {.name = "steps",
                            .says = "how often",
                            .book = "20",
                            .values = {"5", "10", "20", "50", "100", "200"}}},
                          argc, argv);
  if (settings.changed()) return as_you_like(settings), 0;
  if (argc > 2 && std::string(argv[2]) == "gradient") {
    without_a_gradient();
    return 0;
  }
  how_much();
  three_times();
  how_small();
  steepest();
  going_down();
  learning();
  what_a_gradient_costs();
}
