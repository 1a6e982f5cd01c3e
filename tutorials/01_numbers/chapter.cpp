// Chapter 1: numbers in a box; repeating them; two names for one memory; the
// matrix product and what it costs. Draws broadcast.svg, nearness.svg,
// memory.svg and cost.svg into the folder where it is started.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <iostream>

#include "lectern.h"
#include "tasks/report/pictures.h"

using namespace lectern;

namespace {

// [words]
const std::vector<std::string> word_names{"horse", "cat", "house"};
const std::vector<std::string> features{"alive", "metres", "legs"};
const Tensor words =
    matrix({{1, 2.4, 4}, {1, 0.5, 4}, {0, 9, 0}});  // [word, feature]
// [words]

void numbers_in_a_box() {
  std::cout << "== Numbers in a box ==\n";
  // [look]
  std::cout << words << "\n";
  std::cout << "row 1: " << select(words, 0, 1) << "\n";     // [feature]
  std::cout << "column 2: " << select(words, 1, 2) << "\n";  // [word]
  std::cout << "words[0, 1] = " << words.at({0, 1});
  std::cout << ", the last number of all: " << words.at({-1, -1}) << "\n";
  // [look]
  std::cout << "\n== The same, with labels ==\n";
  // [labels]
  std::cout << text_of(words, {.rows = word_names, .columns = features});
  // [labels]
  std::cout << "\n";
}

void along_an_axis() {
  std::cout << "\n== Along an axis ==\n";
  // [axis]
  std::cout << "sum of all: " << sum(words) << "\n";              // []
  std::cout << "sum over words: " << sum_axis(words, 0) << "\n";  // [feature]
  std::cout << "mean over features: " << mean_axis(words, 1) << "\n";  // [word]
  const Tensor kept = mean_axis(words, 1, KeepAxis::yes);  // [word, 1]
  std::cout << "the axis kept:\n" << kept << "\n";
  // [axis]
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

// [standard]
Tensor standardised(const Tensor& x) {          // [word, feature]
  const Tensor mean = mean_axis(x, 0);          // [feature]
  const Tensor variance = variance_axis(x, 0);  // [feature]
  return (x - mean) / sqrt(variance);           // [word, feature]
}
// [standard]

/// Whether all numbers are equal to the fifth digit.
bool alike(const Tensor& a, const Tensor& b) {
  const Tensor apart = a - b;
  return std::sqrt(sum(apart * apart).item()) < 1e-5;
}

void repeating() {
  std::cout << "\n== Repeating ==\n";
  // [repeat]
  const Tensor mean = mean_axis(words, 0);  // [feature]
  const Tensor centred = words - mean;      // [word, feature]
  const Tensor by_hand =
      matrix({{1 - mean.at({0}), 2.4 - mean.at({1}), 4 - mean.at({2})},
              {1 - mean.at({0}), 0.5 - mean.at({1}), 4 - mean.at({2})},
              {0 - mean.at({0}), 9 - mean.at({1}),
               0 - mean.at({2})}});  // [word, feature]
  // [repeat]
  std::cout << centred << "\n";
  std::cout << "as by hand: " << (alike(centred, by_hand) ? "yes" : "no")
            << "\n";
  write_picture("broadcast.svg",
                broadcast_picture({"words", words}, "−", {"mean", mean},
                                  {"centred", centred}));
  std::cout << "\n== What does not fit ==\n";
  try {
    // [misfit]
    const Tensor wrong = words - vector({1, 2});
    // [misfit]
  } catch (const Error& error) {
    std::cout << in_lines(error.what()) << "\n";
  }
}

// [hand]
Tensor product_by_hand(const Tensor& a, const Tensor& b) {
  Tensor c = zeros({a.dim(0), b.dim(1)});  // [row, column]
  for (int row = 0; row < a.dim(0); ++row)
    for (int column = 0; column < b.dim(1); ++column) {
      double sum = 0;
      for (int i = 0; i < a.dim(1); ++i)
        sum += a.at({row, i}) * b.at({i, column});
      c.set({row, column}, sum);
    }
  return c;
}
// [hand]

// [definition]
Tensor product_of_dots(const Tensor& a, const Tensor& b) {
  std::vector<Tensor> rows;
  for (int row = 0; row < a.dim(0); ++row) {
    std::vector<Tensor> numbers;
    for (int column = 0; column < b.dim(1); ++column)
      numbers.push_back(dot(select(a, 0, row), select(b, 1, column)));  // []
    rows.push_back(stack(numbers, 0));  // [column]
  }
  return stack(rows, 0);  // [row, column]
}
// [definition]

void nearness() {
  std::cout << "\n== How near is a cat to a horse? ==\n";
  // [near]
  const Tensor fits = matmul(words, transpose(words));  // [word, word]
  // [near]
  const PrintOptions labels{.rows = word_names, .columns = word_names};
  std::cout << text_of(fits, labels) << "\n";
  std::cout << "horse and cat: 1·1 + 2.4·0.5 + 4·4 = "
            << 1 * 1 + 2.4 * 0.5 + 4 * 4 << "\n";
  const bool same = alike(product_by_hand(words, transpose(words)), fits) &&
                    alike(product_of_dots(words, transpose(words)), fits);
  std::cout << "by hand, of dot products, by matmul the same: "
            << (same ? "yes" : "no") << "\n";

  std::cout << "\n== Every column alike ==\n";
  const Tensor standard = standardised(words);  // [word, feature]
  std::cout << text_of(standard, {.rows = word_names, .columns = features})
            << "\n";
  std::cout << "\n== And now? ==\n";
  const Tensor better = matmul(standard, transpose(standard));  // [word, word]
  std::cout << text_of(better, labels) << "\n";
  write_picture("nearness.svg",
                heat_map(better, {.title = "How well two words fit",
                                  .rows = word_names,
                                  .columns = word_names}));
}

void two_names() {
  std::cout << "\n== Two names ==\n";
  // [names]
  Tensor a = matrix({{1, 2, 3}, {4, 5, 6}});  // [2, 3]
  Tensor same = a, copy = a.clone();          // [2, 3]
  const Tensor row = select(a, 0, 1);         // [3]
  const Tensor tall = a.reshape({3, 2});      // [3, 2]
  const Tensor turned = transpose(a);         // [3, 2]
  same.set({1, 0}, 99);
  // [names]
  std::cout << "a =\n" << a << "\n\n== Who has seen it? ==\n";
  std::cout << "row    " << row << "\ntall\n" << tall << "\n";
  std::cout << "turned\n" << turned << "\ncopy\n" << copy << "\n";
  write_picture("memory.svg", memory_picture({{"a", a},
                                              {"same", same},
                                              {"row", row},
                                              {"tall", tall},
                                              {"turned", turned},
                                              {"copy", copy}}));
}

/// Whether `make` gives a tensor that lies in the memory of the one it is made
/// of: a number is changed there, and looked for.
bool shares(const std::function<Tensor(const Tensor&)>& make) {
  Tensor x = ones({4, 4});
  const Tensor made = make(x);
  const double before = sum(made).item();
  for (int i = 0; i < 4; ++i) x.set({i, 2}, 7);
  return sum(made).item() != before;
}

/// What one call takes of a core's time [milliseconds]; what other programs
/// take is not counted.
double milliseconds(const std::function<void()>& work) {
  work();
  const auto now = [] { return 1e3 * double(std::clock()) / CLOCKS_PER_SEC; };
  const double begin = now();
  int calls = 0;
  for (int more = 1; now() - begin < 50; more *= 2)
    for (int i = 0; i < more; ++i, ++calls) work();
  return (now() - begin) / calls;
}

void what_costs() {
  std::cout << "\n== What costs? ==\n";
  // [row, column]
  const Tensor x = random_normal({1024, 1024}, 1.0, {.seed = 1});
  // [ways]
  struct Way {
    const char* name;
    std::function<Tensor(const Tensor&)> make;
  };
  const std::vector<Way> ways{
      {"a second name", [](const Tensor& x) { return x; }},
      {"another shape", [](const Tensor& x) { return x.reshape({-1}); }},
      {"rows 0 to 1", [](const Tensor& x) { return x.slice(0, 2); }},
      {"one row", [](const Tensor& x) { return select(x, 0, 1); }},
      {"one column", [](const Tensor& x) { return select(x, 1, 2); }},
      {"the transpose", [](const Tensor& x) { return transpose(x); }},
      {"a copy", [](const Tensor& x) { return x.clone(); }},
      {"x + 1", [](const Tensor& x) { return x + 1; }},
      {"x times x", [](const Tensor& x) { return matmul(x, x); }},
  };
  // [ways]
  std::printf("%-14s%14s%14s%14s\n", "", "same memory", "new bytes", "ms");
  for (const Way& way : ways) {
    const auto work = [&] { way.make(x); };
    std::printf("%-14s%14s%14d%14.5f\n", way.name,
                shares(way.make) ? "yes" : "no",
                shares(way.make) ? 0 : static_cast<int>(4 * way.make(x).size()),
                milliseconds(work));
  }
}

void cost_of_a_product() {
  std::cout << "\n== Seven words through one layer ==\n";
  // [seven]
  // [word, in], [in, out]
  const Tensor seven = random_normal({7, 256}, 1.0, {.seed = 2});
  const Tensor weight = random_normal({256, 256}, 1.0, {.seed = 3});
  const auto layer = [&] { matmul(seven, weight); };  // [word, out]
  // [seven]
  std::printf("multiply-adds: 7 · 256 · 256 = %d\n", 7 * 256 * 256);
  std::printf("milliseconds: %.3f\n", milliseconds(layer));

  std::cout << "\n== Twice as large ==\n";
  std::printf("%6s%16s%12s%20s\n", "n", "multiply-adds", "ms",
              "billions a second");
  Series measured{.name = "measured"};
  for (const std::int64_t n : {64, 128, 256, 512, 1024}) {
    const Tensor x = random_normal({n, n}, 1.0, {.seed = 4});  // [row, column]
    const double ms = milliseconds([&] { matmul(x, x); });
    const double operations = static_cast<double>(n * n * n);
    std::printf("%6d%16.0f%12.3f%20.1f\n", static_cast<int>(n), operations, ms,
                operations / ms / 1e6);
    measured.x.push_back(static_cast<double>(n));
    measured.y.push_back(ms);
  }
  Series cubed{.name = "n³", .x = measured.x, .stroke = Stroke::dashed};
  for (const double n : cubed.x)
    cubed.y.push_back(measured.y.back() * std::pow(n / 1024, 3));
  write_picture("cost.svg",
                line_chart({measured, cubed},
                           {.title = "One product of [n, n] by [n, n]",
                            .x = {.label = "n",
                                  .scale = AxisScale::log,
                                  .ticks = {64, 128, 256, 512, 1024}},
                            .y = {.label = "ms", .scale = AxisScale::log}}));
}

void kinds() {
  std::cout << "\n== Kinds of numbers ==\n";
  // [kinds]
  const Tensor third = vector({1.0 / 3}, DType::f32);  // [1]
  const Tensor finer = vector({1.0 / 3}, DType::f64);  // [1]
  const Tensor many = vector({16777216});              // [1]
  std::cout << "f32, 4 bytes: " << text_of(third, {.digits = 17}) << "\n";
  std::cout << "f64, 8 bytes: " << text_of(finer, {.digits = 17}) << "\n";
  std::cout << "16777216 + 1: " << text_of(many + 1, {.digits = 17}) << "\n";
  // [kinds]
}

void for_numpy_readers() {
  // [numpy]
  const Tensor z = zeros({2, 3});         // np.zeros((2, 3))
  const Tensor o = ones({2, 3});          // np.ones((2, 3))
  const Tensor count = arange(6);         // np.arange(6)
  const Tensor even = linspace(0, 1, 5);  // np.linspace(0, 1, 5)
  const Tensor eye = identity(3);         // np.eye(3)
  const Tensor random = random_normal({2, 3}, 1.0, {.seed = 1});  // rng.normal
  const Tensor both = concatenate({z, o}, 0);    // np.concatenate([z, o])
  const Tensor deep = stack({z, o}, 0);          // np.stack([z, o])
  const Tensor part = slice(o, 1, 0, 2);         // o[:, 0:2]
  const Tensor axes = permute(deep, {2, 0, 1});  // deep.transpose(2, 0, 1)
  const Tensor best = argmax(random);            // random.argmax(axis=-1)
  const Tensor most = maximum(random, 0);        // np.maximum(random, 0)
  const Tensor chosen =
      where(greater(random, 0), o, z);  // np.where(r > 0, o, z)
  const Tensor power = exp(random) + sqrt(o) * tanh(random);  // the same
  const Tensor whole = ids({1, 5, 9});  // np.array([1, 5, 9], dtype=np.int32)
  std::vector<float> list = random.to_vector();  // list(random.flat)
  // [numpy]
  std::cout << "\n== For readers of NumPy ==\n";
  for (const auto& [name, x] : std::vector<NamedTensor>{{"both", both},
                                                        {"deep", deep},
                                                        {"part", part},
                                                        {"axes", axes},
                                                        {"best", best},
                                                        {"whole", whole}})
    std::cout << name << " " << x.shape() << "\n";
  std::cout << "random\n" << random << "\nchosen\n" << chosen << "\n";
}

}  // namespace

int main() {
  set_thread_count(1);  // one core: so that times of two sizes compare
  numbers_in_a_box();
  along_an_axis();
  repeating();
  nearness();
  two_names();
  what_costs();
  cost_of_a_product();
  kinds();
  for_numpy_readers();
}
