// Chapter 14: what attention costs: operations, bytes and seconds; and why one
// product of two matrices can take a second or ten milliseconds. Draws
// operations.svg, bytes.svg and ladder.svg, and without its batch rate.svg, into
// the folder where it is started.
#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <iostream>

#include "lectern.h"
#include "tasks/report/pictures.h"
#include "tensor/vector.h"

using namespace lectern;

namespace {

// The layer of Vaswani et al. 2017.
constexpr std::int64_t d = 512, d_ff = 2048, heads = 8;

double largest_difference(const Tensor& a, const Tensor& b) {
  return max_last(absolute(a - b).reshape({-1})).item();
}

/// 100000 as 100,000.
std::string with_commas(std::int64_t number) {
  if (number < 1000) return std::to_string(number);
  const std::string last = std::to_string(1000 + number % 1000).substr(1);
  return with_commas(number / 1000) + "," + last;
}

void by_hand() {
  std::cout << "== Three words ==\n";
  // [by-hand]
  const std::int64_t by_hand = 3 * 3 * (2 + 2)     // fits
                               + 3 * 2 * (3 + 3);  // answers
  // [by-hand]
  const Tensor q =
      random_normal({1, 3, 2}, 1, {.seed = 1});  // [batch, query, d]
  const Tensor k = random_normal({1, 3, 2}, 1, {.seed = 2});  // [batch, key, d]
  const Tensor v = random_normal({1, 3, 2}, 1, {.seed = 3});  // [batch, key, d]
  // [definition]
  std::int64_t count = 0;
  Tensor fits = zeros({3, 3}), answers = zeros({3, 2});
  for (int query = 0; query < 3; ++query)
    for (int key = 0; key < 3; ++key)
      for (int i = 0; i < 2; ++i, count += 2)  // times, and plus
        fits.set({query, key}, fits.at({query, key}) +
                                   q.at({0, query, i}) * k.at({0, key, i}));
  const Tensor shares = softmax(fits / std::sqrt(2));  // [query, key]
  for (int query = 0; query < 3; ++query)
    for (int i = 0; i < 2; ++i)
      for (int key = 0; key < 3; ++key, count += 2)
        answers.set({query, i},
                    answers.at({query, i}) +
                        shares.at({query, key}) * v.at({0, key, i}));
  // [definition]
  // [library]
  Tensor attended;  // [batch, query, d]
  const std::int64_t library = operations([&] {
    attended =
        attend(Variable(q), Variable(k), Variable(v), {.heads = 1}).value();
  });
  // [library]
  const double apart = largest_difference(attended.reshape({3, 2}), answers);
  std::cout << "by hand     " << by_hand << " operations\ndefinition  " << count
            << " operations\nlibrary     " << library
            << " operations\nthe same answers: "
            << (apart < 1e-6 ? "yes" : "no") << "\n";
}

/// What one layer of the encoder multiplies and adds, forwards.
struct Work {
  double projections, feed_forward, attention, scores;  // scores: their bytes
  double weights() const { return projections + feed_forward; }
  double all() const { return weights() + attention; }
};

// [work]
Work work_of(std::int64_t length) {
  const auto n = static_cast<double>(length);
  return {.projections = 2 * n * 4 * d * d,      // four matrices [d, d]
          .feed_forward = 2 * n * 2 * d * d_ff,  // two, [d, d_ff], [d_ff, d]
          .attention = 4 * n * n * d,            // fits, and answers
          .scores = 4 * n * n * heads};          // four bytes for each fit
}
// [work]

const std::vector<std::int64_t> lengths{100,    300,    1000,   3000,
                                        10'000, 30'000, 100'000};

void counted() {
  std::cout << "\n== One layer, counted ==\n";
  std::printf("%9s  %44s  %11s\n", "", "operations, in thousands of millions",
              "scores, MB");
  std::printf("%9s  %12s  %14s  %14s  %11s\n", "words", "projections",
              "feed-forward", "attention", "");
  Series projections{.name = "projections"},
      feed_forward{.name = "feed-forward"}, attention{.name = "attention"},
      bytes{.name = "scores of one layer"};
  for (const std::int64_t length : lengths) {
    const Work work = work_of(length);
    std::printf("%9s  %12.2f  %14.2f  %14.2f  %11.1f\n",
                with_commas(length).c_str(), work.projections / 1e9,
                work.feed_forward / 1e9, work.attention / 1e9,
                work.scores / 1e6);
    const auto x = static_cast<double>(length);
    for (Series* each : {&projections, &feed_forward, &attention, &bytes})
      each->x.push_back(x);
    projections.y.push_back(work.projections);
    feed_forward.y.push_back(work.feed_forward);
    attention.y.push_back(work.attention);
    bytes.y.push_back(work.scores / 1e9);
  }
  // [layer]
  Initializer init(1);
  const EncoderLayer layer({.dropout = 0, .attention_dropout = 0}, nullptr,
                           init);
  const Variable x(zeros({1, 100, d}));  // [batch, length, d_model]
  const std::int64_t library = operations([&] { layer(x, no_mask()); });
  // [layer]
  const Variable longer(random_normal({1, 2000, d}, 1, {.seed = 1}));
  // [peak-bytes]
  const std::int64_t most = peak_bytes([&] {
    const NoGradient no_gradient;
    attend_by_definition(longer, longer, longer, {.heads = heads});
  });
  // [peak-bytes]
  std::cout << "100 words: by the formula "
            << static_cast<std::int64_t>(work_of(100).all())
            << ", the library counts " << library
            << "\nattention is half of it at " << 2 * d + d_ff << " words\n";
  std::printf("2,000 words by definition: %.0f MB at once\n",
              static_cast<double>(most) / 1e6);
  write_picture(
      "operations.svg",
      line_chart({projections, feed_forward, attention},
                 {.title = "Operations of one layer, d_model 512",
                  .x = {.label = "words", .scale = AxisScale::log},
                  .y = {.label = "operations", .scale = AxisScale::log}}));
  const Series memory{.name = "a laptop",
                      .y = {16, 16},
                      .x = {100, 100'000},
                      .stroke = Stroke::dashed};
  write_picture(
      "bytes.svg",
      line_chart(
          {bytes, memory},
          {.title = "Bytes of the scores of one layer, 8 heads",
           .x = {.label = "words", .scale = AxisScale::log},
           .y = {.label = "thousand million bytes", .scale = AxisScale::log}}));
}

/// 3 s, 5 min, 24 days.
std::string in_words(double seconds) {
  struct Unit {
    const char* name;
    double seconds;
  };
  for (const Unit& unit :
       {Unit{"days", 86'400}, Unit{"h", 3600}, Unit{"min", 60}, Unit{"s", 1}})
    if (seconds >= 2 * unit.seconds) {
      const double some = std::round(10 * seconds / unit.seconds) / 10;
      return text(some < 10 ? some : std::round(some), " ", unit.name);
    }
  return text(std::llround(1000 * seconds), " ms");
}

void on_the_blackboard() {
  std::cout << "\n== Ten million operations a second ==\n";
  std::printf("%9s  %12s  %12s\n", "words", "weights", "attention");
  for (const std::int64_t length : lengths)
    std::printf("%9s  %12s  %12s\n", with_commas(length).c_str(),
                in_words(work_of(length).weights() / 1e7).c_str(),
                in_words(work_of(length).attention / 1e7).c_str());
}

// [fastest]
/// The time that processors have worked for us, shared by our threads: what other
/// programs take does not count. \return  seconds
double now() { return double(std::clock()) / CLOCKS_PER_SEC / thread_count(); }

/// Seconds of a call, in the fastest of several tries. A try is as many calls as
/// take 50 ms: of threads that are at work, the system notes the time every few ms.
double fastest(const std::function<void()>& work) {
  double best = INFINITY, total = 0;
  while (total < 0.2) {
    const double begin = now();
    int calls = 0;
    for (; calls == 0 || now() < begin + 0.05; ++calls) work();
    const double took = now() - begin;
    best = std::min(best, took / calls);
    total += took;
  }
  return best;
}
// [fastest]

void measured() {
  std::cout << "\n== One core of this machine ==\n";
  std::printf("%9s  %15s  %23s  %15s\n", "", "weights",
              "attention by definition", "attend");
  std::printf("%9s  %8s  %5s  %16s  %5s  %8s  %5s\n", "words", "ms", "G/s",
              "ms", "G/s", "ms", "G/s");
  const NoGradient no_gradient;
  Initializer init(1);
  const Linear projections(d, 4 * d, init);
  const FeedForward feed_forward({.d_model = d, .d_ff = d_ff, .dropout = 0},
                                 init);
  double last_weights = 0, last_definition = 0, last_attend = 0;
  for (const std::int64_t length : {100, 300, 1000, 2000}) {
    const Work work = work_of(length);
    const Variable x(random_normal({1, length, d}, 1, {.seed = 1}));
    // [measure]
    const AttentionOptions options{.heads = heads};
    const double weights = fastest([&] { projections(x), feed_forward(x); });
    const double definition =
        fastest([&] { attend_by_definition(x, x, x, options); });
    const double ours = fastest([&] { attend(x, x, x, options); });
    // [measure]
    const auto rate = [](double operations, double seconds) {
      return operations / seconds / 1e9;
    };
    std::printf("%9s  %8.1f  %5.0f  %16.1f  %5.0f  %8.1f  %5.0f\n",
                with_commas(length).c_str(), 1e3 * weights,
                rate(work.weights(), weights), 1e3 * definition,
                rate(work.attention, definition), 1e3 * ours,
                rate(work.attention, ours));
    last_weights = weights, last_definition = definition, last_attend = ours;
  }

  std::cout << "\n== Predicted from it ==\n";
  std::printf("%9s  %10s  %26s  %10s\n", "words", "weights, s",
              "attention by definition, s", "attend, s");
  for (const double length : {10'000.0, 30'000.0, 100'000.0}) {
    // [predict]
    const double longer = length / 2000;
    const double weights = last_weights * longer;  // seconds
    const double definition = last_definition * longer * longer;
    const double ours = last_attend * longer * longer;
    // [predict]
    std::printf("%9s  %10.1f  %26.1f  %10.1f\n",
                with_commas(static_cast<std::int64_t>(length)).c_str(), weights,
                definition, ours);
  }
  const Variable x(random_normal({1, 10'000, d}, 1, {.seed = 1}));
  const double time = fastest([&] { attend(x, x, x, {.heads = heads}); });
  std::printf("attend with 10,000 words: predicted %.1f s, measured %.1f s\n",
              last_attend * 5 * 5, time);
}

// The product of the ladder: y [rows, columns] = x [rows, depth] w [depth,
// columns], a feed-forward layer's first matrix and 512 words.
constexpr int rows = 512, depth = d, columns = d_ff;

// [loop]
void loop(const float* x, const float* w, float* y) {
  for (int i = 0; i < rows; ++i)
    for (int j = 0; j < columns; ++j) {
      float sum = 0;
      for (int p = 0; p < depth; ++p)
        sum += x[i * depth + p] * w[p * columns + j];
      y[i * columns + j] = sum;
    }
}
// [loop]

// [order]
void order(const float* x, const float* w, float* y) {
  std::fill_n(y, rows * columns, 0.0f);
  for (int i = 0; i < rows; ++i)
    for (int p = 0; p < depth; ++p)
      for (int j = 0; j < columns; ++j)
        y[i * columns + j] += x[i * depth + p] * w[p * columns + j];
}
// [order]

using V = Vector<float>;

// [vectors]
void vectors(const float* x, const float* w, float* y) {
  std::fill_n(y, rows * columns, 0.0f);
  for (int i = 0; i < rows; ++i)
    for (int p = 0; p < depth; ++p) {
      const V factor(x[i * depth + p]);  // the same number in every lane
      for (int j = 0; j < columns; j += V::lanes)
        multiply_add(factor, V::load(w + p * columns + j),
                     V::load(y + i * columns + j))
            .store(y + i * columns + j);
    }
}
// [vectors]

// [tile]
constexpr int width = 2 * V::lanes;                     // of a tile of y
constexpr int height = vector_registers == 32 ? 8 : 4;  // what registers hold

/// A tile of y. \param stride  from one row of w to the next
void tile(const float* x, const float* w, int stride, float* y) {
  V sums[height][2];
  for (auto& row : sums) row[0] = row[1] = V(0.0f);
  for (int p = 0; p < depth; ++p) {
    const V left = V::load(w + p * stride);
    const V right = V::load(w + p * stride + V::lanes);
#pragma GCC unroll 8
    for (int i = 0; i < height; ++i) {
      const V factor(x[i * depth + p]);
      sums[i][0] = multiply_add(factor, left, sums[i][0]);
      sums[i][1] = multiply_add(factor, right, sums[i][1]);
    }
  }
  for (int i = 0; i < height; ++i)
    for (const int half : {0, 1})
      sums[i][half].store(y + i * columns + half * V::lanes);
}

void tiles(const float* x, const float* w, float* y) {
  for (int j = 0; j < columns; j += width)
    for (int i = 0; i < rows; i += height)
      tile(x + i * depth, w + j, columns, y + i * columns + j);
}
// [tile]

// [packed]
/// Columns j to j + width of y.
void strip(const float* x, const float* w, int j, float* y) {
  float packed[depth * width];  // this strip of w, side by side
  for (int p = 0; p < depth; ++p)
    std::copy_n(w + p * columns + j, width, packed + p * width);
  for (int i = 0; i < rows; i += height)
    tile(x + i * depth, packed, width, y + i * columns + j);
}

void strips(const float* x, const float* w, float* y) {
  for (int j = 0; j < columns; j += width) strip(x, w, j, y);
}
// [packed]

// [threads]
void threads(const float* x, const float* w, float* y) {
  parallel_for(columns / width, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i)
      strip(x, w, static_cast<int>(i) * width, y);
  });
}
// [threads]

/// Eigen's product, columns split between our threads.
void eigen(const float* x, const float* w, float* y) {
  using Matrix =
      Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const Eigen::Map<const Matrix> left(x, rows, depth), right(w, depth, columns);
  Eigen::Map<Matrix> result(y, rows, columns);
  const int parts = thread_count();
  parallel_for(parts, 1, [&](std::int64_t begin, std::int64_t end) {
    const Eigen::Index first = begin * columns / parts;
    const Eigen::Index count = end * columns / parts - first;
    result.middleCols(first, count).noalias() =
        left * right.middleCols(first, count);
  });
}

/// Operations a second of registers alone.
double peak() {
  // [peak]
  constexpr int registers = vector_registers == 32 ? 24 : 12, steps = 2'000'000;
  std::vector<float> results(64);  // so that the compiler cannot leave it out
  const double seconds = fastest([&] {
    parallel_for(64, 1, [&](std::int64_t begin, std::int64_t end) {
      V sums[registers];
      for (V& s : sums) s = V(static_cast<float>(begin));
      for (std::int64_t i = begin * steps / 64; i < end * steps / 64; ++i)
#pragma GCC unroll 24
        for (V& s : sums) s = multiply_add(s, V(0.999f), V(0.001f));
      for (const V& s : sums)
        results[static_cast<std::size_t>(begin)] += sum(s);
    });
  });
  return 2.0 * steps * registers * V::lanes / seconds;
  // [peak]
}

/// A way to multiply.
struct Rung {
  std::string name;
  void (*multiply)(const float*, const float*, float*);
  bool threads = false;
};

void ladder() {
  std::cout << "\n== The ladder ==\n";
  const Tensor x = random_normal({rows, depth}, 1, {.seed = 1});
  const Tensor w = random_normal({depth, columns}, 1, {.seed = 2});
  const Tensor right = matmul(x, w);  // [row, column]
  const std::vector<Rung> rungs{
      {"three loops", loop},           {"another order", order},
      {"vectors by hand", vectors},    {"tiles in registers", tiles},
      {"strips side by side", strips}, {"all threads", threads, true}};
  const int cores = thread_count();
  set_thread_count(1);
  const double one = peak();
  set_thread_count(cores);
  const double all = peak();
  std::printf("%-24s  %8s  %8s  %16s\n", "", "ms", "G/s", "of the peak, %");
  std::printf("%-24s  %8s  %8.1f\n", "one core's peak", "", one / 1e9);
  std::printf("%-24s  %8s  %8.1f\n", "all cores' peak", "", all / 1e9);
  const double operations = 2.0 * rows * depth * columns;
  std::printf("%.2f thousand million operations\n", operations / 1e9);
  bool agree = true;
  std::vector<Bar> bars;
  const auto print = [&](const std::string& name, double seconds, double most) {
    const double rate = operations / seconds;
    std::printf("%-24s  %8.2f  %8.1f  %16.1f\n", name.c_str(), 1e3 * seconds,
                rate / 1e9, 100 * rate / most);
    bars.push_back({name, rate / 1e9});
  };
  const auto run = [&](const Rung& rung) {
    Tensor y = zeros({rows, columns});
    const double seconds = fastest([&] {
      rung.multiply(x.data<float>(), w.data<float>(), y.data<float>());
    });
    agree = agree && largest_difference(y, right) < 1e-3;
    print(rung.name, seconds, rung.threads ? all : one);
  };
  set_thread_count(1);
  for (const Rung& rung : rungs) {
    if (rung.threads) set_thread_count(cores);
    run(rung);
  }
  print("the library's matmul", fastest([&] { matmul(x, w); }), all);
  run({"Eigen, all threads", eigen, true});
  std::cout << "all the same numbers: " << (agree ? "yes" : "no") << "\n";
  write_picture(
      "ladder.svg",
      bar_chart(
          {.title = "512 words times [512, 2048]",
           .groups = {{.title = "The ladder", .unit = "G/s", .bars = bars}}}));
}

void without_the_batch() {
  std::cout << "== 512 words, some at a time ==\n";
  const Tensor x = random_normal({rows, depth}, 1, {.seed = 1});
  const Tensor w = random_normal({depth, columns}, 1, {.seed = 2});
  std::printf("%10s  %22s  %8s  %8s\n", "at a time", "operations a byte of w",
              "ms", "G/s");
  Series rate;
  for (const std::int64_t some : {1, 4, 16, 64, 512}) {
    // [some]
    const auto multiply = [&] {
      for (std::int64_t i = 0; i < rows; i += some)
        matmul(slice(x, 0, i, i + some), w);  // [row, column]
    };
    // [some]
    const double seconds = fastest(multiply);
    const double operations = 2.0 * rows * depth * columns;
    std::printf("%10d  %22.1f  %8.2f  %8.1f\n", static_cast<int>(some),
                2.0 * static_cast<double>(some) / 4, 1e3 * seconds,
                operations / seconds / 1e9);
    rate.x.push_back(static_cast<double>(some));
    rate.y.push_back(operations / seconds / 1e9);
  }
  rate.name = "the library's matmul";
  write_picture(
      "rate.svg",
      line_chart({rate},
                 {.title = "The same 512 words, some at a time",
                  .x = {.label = "words at a time", .scale = AxisScale::log},
                  .y = {.label = "thousand million a second",
                        .scale = AxisScale::from_zero}}));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 3 && argv[2] == std::string("batch")) {
    without_the_batch();
    return 0;
  }
  by_hand();
  counted();
  on_the_blackboard();
  const int cores = thread_count();
  set_thread_count(1);
  measured();
  set_thread_count(cores);
  ladder();
}
