// Chapter 3: a tape of a few lines, and the library's; two arrows from one
// number; backward twice; what a gradient costs. Draws tape.svg, square.svg and
// cost.svg into the folder where it is started. --without plus lets a slope
// overwrite the one that came before.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <iostream>
#include <map>

#include "lectern.h"
#include "tasks/report/pictures.h"

using namespace lectern;

namespace {

bool slopes_add_up = true;

// [tape]
struct Line {
  double value;
  int left, right;           // the lines it was made of; −1 for none
  double by_left, by_right;  // how fast it changes with each of them
  double slope = 0;          // how fast the end changes with it
};

struct Tape {
  std::vector<Line> lines;

  int number(double value) { return write({value, -1, -1, 0, 0}); }
  int add(int a, int b) {
    return write({lines[a].value + lines[b].value, a, b, 1, 1});
  }
  int multiply(int a, int b) {
    return write({lines[a].value * lines[b].value, a, b, lines[b].value,
                  lines[a].value});
  }
  int write(const Line& line) {
    lines.push_back(line);
    return static_cast<int>(lines.size()) - 1;
  }
};
// [tape]

// [back]
void pass(Line& to, double slope) {
  to.slope = slopes_add_up ? to.slope + slope : slope;
}

void walk_back(Tape& tape, int end) {
  tape.lines[end].slope = 1;
  for (int i = end; i >= 0; --i) {
    const Line& line = tape.lines[i];
    if (line.left >= 0) pass(tape.lines[line.left], line.slope * line.by_left);
    if (line.right >= 0)
      pass(tape.lines[line.right], line.slope * line.by_right);
  }
}
// [back]

void print_line(const Tape& tape, int i, const char* words) {
  const Line& line = tape.lines[i];
  std::printf("%4d  %-10s%6.0f", i, words, line.value);
  if (line.left >= 0)
    std::printf("   by line %d: %.0f, by line %d: %.0f", line.left,
                line.by_left, line.right, line.by_right);
  std::printf("\n");
}

/// (a·b + c)² at a = 2, b = 3, c = −4, on the tape above.
Tape written_by_hand(bool print) {
  Tape tape;
  const auto told = [&](int line, const char* words) {
    if (print) print_line(tape, line, words);
    return line;
  };
  // [write]
  const int a = told(tape.number(2), "a");
  const int b = told(tape.number(3), "b");
  const int c = told(tape.number(-4), "c");
  const int product = told(tape.multiply(a, b), "a*b");
  const int sum = told(tape.add(product, c), "a*b + c");
  told(tape.multiply(sum, sum), "its square");
  // [write]
  return tape;
}

void a_tape() {
  std::cout << "== Written ==\n"
            << "line              value   changes\n";
  Tape tape = written_by_hand(true);
  std::cout << "\n== Walked back ==\nline   its slope\n";
  walk_back(tape, 5);
  for (int i = 5; i >= 0; --i)
    std::printf("%4d%12.0f\n", i, tape.lines[i].slope);
}

Variable number(double value, const char* name) {
  return Variable::parameter(full({}, value, DType::f64)).named(name);  // []
}

/// The lines of the library's tape behind `y`, in their order.
void print_tape(const Variable& y) {
  std::map<std::uint64_t, const Record*> records;
  std::vector<const Record*> open{y.made_by().get()};
  while (!open.empty()) {
    const Record* record = open.back();
    open.pop_back();
    if (record == nullptr) continue;
    records[record->serial] = record;
    for (const Variable& input : record->inputs)
      open.push_back(input.made_by().get());
  }
  for (const auto& [serial, record] : records) {
    std::cout << "  " << record->name << " of";
    for (const Variable& input : record->inputs)
      std::cout << " " << (input.name().empty() ? "?" : input.name());
    std::cout << "\n";
  }
}

void the_library() {
  std::cout << "\n== The library's tape ==\n";
  // [library]
  const KeepIntermediates keep;  // so that the picture can show them
  const Variable a = number(2, "a"), b = number(3, "b"), c = number(-4, "c");
  const Variable product = (a * b).named("product");  // []
  std::cout << "after a * b:\n";
  print_tape(product);
  const Variable sum = (product + c).named("sum");  // []
  std::cout << "after product + c:\n";
  print_tape(sum);
  const Variable y = (sum * sum).named("y");  // []
  std::cout << "after sum * sum:\n";
  print_tape(y);
  backward(y);
  // [library]
  write_picture("tape.svg", to_svg(y, {.values = true, .gradients = true}));

  std::cout << "\n== Four times ==\n";
  Tape tape = written_by_hand(false);
  walk_back(tape, 5);
  const auto f = [](double a, double b, double c) {
    return (a * b + c) * (a * b + c);
  };
  const double h = 1e-5;
  const double measured[] = {(f(2 + h, 3, -4) - f(2 - h, 3, -4)) / (2 * h),
                             (f(2, 3 + h, -4) - f(2, 3 - h, -4)) / (2 * h),
                             (f(2, 3, -4 + h) - f(2, 3, -4 - h)) / (2 * h)};
  const double hand[] = {2 * (2 * 3 - 4) * 3, 2 * (2 * 3 - 4) * 2,
                         2 * (2 * 3 - 4)};
  const Variable leaves[] = {a, b, c};
  bool same = true;
  std::printf("%3s%10s%12s%10s%12s\n", "", "by hand", "our tape", "library",
              "measured");
  for (int i = 0; i < 3; ++i) {
    const double ours = tape.lines[i].slope;
    const double library = leaves[i].gradient().at({});
    std::printf("%3s%10.4f%12.4f%10.4f%12.4f\n", leaves[i].name().c_str(),
                hand[i], ours, library, measured[i]);
    same = same && hand[i] == ours && ours == library &&
           std::abs(library - measured[i]) < 1e-6;
  }
  std::cout << "all the same: " << (same ? "yes" : "no") << "\n";
}

void two_arrows() {
  std::cout << (slopes_add_up ? "\n" : "") << "== Two arrows ==\n";
  Tape tape;
  const int three = tape.number(3);
  walk_back(tape, tape.multiply(three, three));
  std::printf("x·x at 3, our tape: %.0f\n", tape.lines[three].slope);
  // [square]
  const KeepIntermediates keep;
  const Variable x = number(3, "x");
  const Variable y = (x * x).named("y");  // []
  backward(y);
  // [square]
  std::printf("x·x at 3, the library: %.0f\n", x.gradient().at({}));
  if (slopes_add_up)
    write_picture("square.svg", to_svg(y, {.values = true, .gradients = true}));
  std::printf("measured: %.4f\n", (3.001 * 3.001 - 2.999 * 2.999) / 0.002);
}

/// A message of the library in lines that fit a page: the file and its line,
/// and below it what came, what was expected and what to do.
std::string in_lines(std::string message) {
  const std::size_t colon = message.find(": ");
  message.replace(colon + 1, 1, "\n");
  for (auto at = message.find("; "); at != message.npos;
       at = message.find("; "))
    message.replace(at + 1, 1, "\n");
  return message.substr(message.rfind('/', colon) + 1);
}

void twice() {
  std::cout << "\n== Backward twice ==\n";
  // [twice]
  Variable x = number(3, "x");
  const Variable y = x * x;  // []
  backward(y);
  try {
    backward(y);
  } catch (const Error& error) {
    std::cout << in_lines(error.what()) << "\n";
  }
  // [twice]
  std::cout << "\n== Written again ==\n";
  // [again]
  std::cout << "once:  " << x.gradient().at({}) << "\n";
  backward(x * x);
  std::cout << "twice: " << x.gradient().at({}) << "\n";
  x.zero_gradient();
  backward(x * x);
  std::cout << "after zero_gradient: " << x.gradient().at({}) << "\n";
  // [again]
}

void own_op() {
  std::cout << "\n== Checked ==\n";
  // [own]
  const auto cube = [](const Variable& x, double factor) {
    return apply(
        "cube", x, [](double t) { return t * t * t; },
        [factor](double t) { return factor * t * t; });
  };
  const Variable x =
      Variable::parameter(vector({1, 2}, DType::f64));  // [number]
  for (const double factor : {3.0, 2.0}) {
    const GradcheckReport report = gradcheck(
        [&](const std::vector<Variable>& inputs) {
          return sum(cube(inputs[0], factor));
        },
        {x});
    std::cout << "slope " << factor
              << "x²: " << (report.passed ? "right" : report.message) << "\n";
  }
  // [own]
}

/// What one call takes of a core's time [milliseconds].
double milliseconds(const std::function<void()>& work) {
  work();
  const auto now = [] { return 1e3 * double(std::clock()) / CLOCKS_PER_SEC; };
  const double begin = now();
  int calls = 0;
  for (; now() - begin < 30; ++calls) work();
  return (now() - begin) / calls;
}

void what_it_costs() {
  std::cout << "\n== What a gradient costs ==\n";
  std::printf("%8s%12s%18s%18s\n", "numbers", "a look, ms", "looks, by tape",
              "looks, measured");
  Series tape{.name = "by the tape"}, differences{.name = "measured"};
  for (const std::int64_t n : {16, 64, 256}) {
    // [cost]
    const Variable x(random_normal({64, n}, 1.0, {.seed = 1}));    // [row, in]
    const Tensor start = random_normal({n, n}, 0.1, {.seed = 2});  // [in, out]
    const auto look = [&](const Variable& weight) {
      return sum(square(tanh(matmul(x, weight))));  // []
    };
    const double forward = milliseconds([&] { look(Variable(start)); });
    const double both =
        milliseconds([&] { backward(look(Variable::parameter(start))); });
    // [cost]
    const int numbers = static_cast<int>(n * n);
    std::printf("%8d%12.4f%18.1f%18d\n", numbers, forward, both / forward,
                numbers + 1);
    for (Series* series : {&tape, &differences}) series->x.push_back(numbers);
    tape.y.push_back(both / forward);
    differences.y.push_back(numbers + 1);
  }
  write_picture(
      "cost.svg",
      line_chart({differences, tape},
                 {.title = "What a gradient costs, in looks at the function",
                  .x = {.label = "numbers",
                        .scale = AxisScale::log,
                        .ticks = {256, 4096, 65536}},
                  .y = {.label = "looks", .scale = AxisScale::log}}));

  std::cout << "\n== What a tape remembers ==\n";
  // [memory]
  const Tensor start = random_normal({64, 256}, 1.0, {.seed = 3});  // [row, in]
  const auto layers = [&](int count) {
    Variable x = Variable::parameter(start);
    for (int i = 0; i < count; ++i) x = tanh(x);  // [row, in]
    return x;
  };
  const auto forgetting = [&](int count) {
    const NoGradient nothing_is_recorded;
    layers(count);
  };
  // [memory]
  std::printf("%6s%18s%18s\n", "ops", "bytes with tape", "bytes without");
  for (const int count : {1, 10, 100})
    std::printf("%6d%18d%18d\n", count,
                static_cast<int>(peak_bytes([&] { layers(count); })),
                static_cast<int>(peak_bytes([&] { forgetting(count); })));
}

}  // namespace

int main(int argc, char** argv) {
  set_thread_count(1);  // one core: so that times compare
  if (argc > 2 && std::string(argv[2]) == "plus") {
    slopes_add_up = false;
    two_arrows();
    return 0;
  }
  a_tape();
  the_library();
  two_arrows();
  twice();
  own_op();
  what_it_costs();
}
