// Chapter 15: exact attention without the matrix of scores: a softmax that reads
// one score after the other, tiles, what the way back needs. Draws so_far.svg,
// bytes.svg and seconds.svg, and without rescaling wrong.svg, into the folder
// where it is started.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <iostream>
#include <limits>

#include "attention/ops/attention_tiles.h"
#include "attention/ops/fused/attend_fused.h"
#include "lectern.h"
#include "tasks/report/pictures.h"

using namespace lectern;

namespace {

const std::vector<std::string> german{"Heute",  "hat",   "sie",     "dem",
                                      "großen", "Pferd", "geholfen"};

double largest_difference(const Tensor& a, const Tensor& b) {
  return max_last(absolute(a - b).reshape({-1})).item();
}

const char* yes_if(bool right) { return right ? "yes" : "no"; }

// Chapter 9's fits of four German words where "helped" is to be written, and the
// first number of their values.
// [numbers]
const std::vector<std::string> words{"Heute", "hat", "sie", "geholfen"};
const double fit[4] = {0, 2, 0, 4}, value[4] = {1, 6, 0, 9};
// [numbers]

void write_row(Tensor& table, int row, const std::vector<double>& numbers) {
  for (std::size_t i = 0; i < numbers.size(); ++i)
    table.set({row, static_cast<std::int64_t>(i)}, numbers[i]);
}

void one_after_the_other() {
  std::cout << "== One score after the other ==\n";
  Tensor table({4, 6}, DType::f64);  // [word, column]
  // [online]
  double maximum = -INFINITY, sum = 0, mixed = 0;
  for (int key = 0; key < 4; ++key) {
    const double higher = std::max(maximum, fit[key]);
    const double shrink = std::exp(maximum - higher);  // of what came before
    const double weight = std::exp(fit[key] - higher);
    sum = sum * shrink + weight;
    mixed = mixed * shrink + weight * value[key];
    maximum = higher;
    write_row(table, key, {maximum, shrink, weight, sum, mixed, mixed / sum});
  }
  // [online]
  std::cout << text_of(table, {.digits = 5,
                               .rows = words,
                               .columns = {"maximum", "shrink", "weight", "sum",
                                           "mixed", "answer"}})
            << "\n";
  // [at-once]
  double all = 0, answer = 0;
  for (int key = 0; key < 4; ++key) all += std::exp(fit[key]);
  for (int key = 0; key < 4; ++key)
    answer += std::exp(fit[key]) / all * value[key];
  // [at-once]
  // [fused]
  const Tensor q = full({1, 1, 1}, 1);  // [batch, query, d]
  const Tensor k =
      matrix({{0, 2, 0, 4}}).reshape({1, 4, 1});  // [batch, key, d]
  const Tensor v =
      matrix({{1, 6, 0, 9}}).reshape({1, 4, 1});  // [batch, key, d]
  const AttendResult library = attend_fused(q, k, v, {.scale = 1});
  // [fused]
  std::printf("all at once       %.4f\n", answer);
  std::printf("one by one        %.4f\n", mixed / sum);
  std::printf("the library       %.4f\n", library.output.item());
  std::printf("ln of the sum     %.4f at once, %.4f one by one, library %.4f\n",
              std::log(all), maximum + std::log(sum),
              library.log_sum_exp.item());
  // [again]
  const double share = std::exp(fit[1] - library.log_sum_exp.item());
  // [again]
  std::printf("share of hat      %.4f from its fit and that number, %.4f\n",
              share, std::exp(fit[1]) / all);
}

/// The shares of the seven words after each of them, from chapter 9's fits,
/// divided by √2 as they are there.
void shares_so_far() {
  std::vector<double> fits{0, 2, 0, 0, 0, 0, 4};
  for (double& each : fits) each /= std::sqrt(2);
  Tensor shares = zeros({7, 7});  // [read so far, key]
  for (int last = 0; last < 7; ++last) {
    double sum = 0;
    for (int key = 0; key <= last; ++key)
      sum += std::exp(fits[static_cast<std::size_t>(key)]);
    for (int key = 0; key <= last; ++key)
      shares.set({last, key},
                 std::exp(fits[static_cast<std::size_t>(key)]) / sum);
  }
  write_picture("so_far.svg",
                heat_map(shares, {.title = "Shares, as far as one has read",
                                  .rows = german,
                                  .columns = german}));
}

/// What may be left out of the running softmax.
enum class Part { none, rescaling, maximum };

// [tiles]
Tensor attend_in_tiles(const Tensor& q, const Tensor& k, const Tensor& v,
                       std::int64_t tile) {
  const std::int64_t keys = k.dim(0);
  const double root = std::sqrt(static_cast<double>(q.dim(1)));
  Tensor highest = full({q.dim(0), 1}, -INFINITY);  // [query, 1]
  Tensor sum = zeros({q.dim(0), 1});                // [query, 1]
  Tensor mixed = zeros(q.shape());                  // [query, d_head]
  for (std::int64_t begin = 0; begin < keys; begin += tile) {
    const std::int64_t end = std::min(begin + tile, keys);
    const Tensor fits =  // [query, tile]
        matmul(q, slice(k, 0, begin, end), {.transpose_b = true}) / root;
    const Tensor higher =
        maximum(highest, max_axis(fits, 1, KeepAxis::yes));  // [query, 1]
    const Tensor shrink = exp(highest - higher);             // [query, 1]
    const Tensor weights = exp(fits - higher);               // [query, tile]
    sum = sum * shrink + sum_axis(weights, 1, KeepAxis::yes);
    mixed = mixed * shrink + matmul(weights, slice(v, 0, begin, end));
    highest = higher;
  }
  return mixed / sum;  // [query, d_head]
}
// [tiles]

void in_tiles() {
  std::cout << "\n== Tiles ==\n";
  // [three-ways]
  const Tensor q = random_normal({300, 64}, 1, {.seed = 1});  // [query, d_head]
  const Tensor k = random_normal({300, 64}, 1, {.seed = 2});  // [key, d_head]
  const Tensor v = random_normal({300, 64}, 1, {.seed = 3});  // [key, d_head]
  const auto batch = [](const Tensor& x) {                    // of one
    return Variable(x.reshape({1, 300, 64}));
  };
  const Tensor definition =  // [batch, query, d_head]
      attend_by_definition(batch(q), batch(k), batch(v), {.heads = 1}).value();
  const Tensor library =  // [batch, query, d_head]
      attend(batch(q), batch(k), batch(v), {.heads = 1}).value();
  // [three-ways]
  const auto same = [&](const Tensor& y) {
    return yes_if(largest_difference(y.reshape({300, 64}),
                                     definition.reshape({300, 64})) < 1e-5);
  };
  std::cout << "as by definition, within 0.00001:\n";
  for (const std::int64_t tile : {1, 7, 128, 300})
    std::printf("tiles of %3d keys  %s\n", static_cast<int>(tile),
                same(attend_in_tiles(q, k, v, tile)));
  std::cout << "the library's      " << same(library) << ", tiles of "
            << query_tile << " queries by " << key_tile<float> << " keys\n";
}

/// Queries, keys and values of one head.
struct Tokens {
  Variable q, k, v;  // [batch, length, d_head]

  explicit Tokens(std::int64_t length, std::int64_t d_head = 64)
      : q(Variable::parameter(
            random_normal({1, length, d_head}, 1, {.seed = 1}))),
        k(Variable::parameter(
            random_normal({1, length, d_head}, 1, {.seed = 2}))),
        v(Variable::parameter(
            random_normal({1, length, d_head}, 1, {.seed = 3}))) {}
};

using Attend = Variable (*)(const Variable&, const Variable&, const Variable&,
                            const AttentionOptions&);

/// Forwards alone, or there and back.
void pass(const Tokens& tokens, Attend how, bool and_back) {
  if (!and_back) {
    const NoGradient no_gradient;
    how(tokens.q, tokens.k, tokens.v, {.heads = 1});
    return;
  }
  const Variable y = how(tokens.q, tokens.k, tokens.v, {.heads = 1});
  backward(y, full(y.shape(), 1));
  for (const Variable& x : {tokens.q, tokens.k, tokens.v})
    Variable(x).zero_gradient();
}

struct Curves {
  Series definition_forward{.name = "by definition, forwards"};
  Series definition{.name = "by definition, and back"};
  Series attend_forward{.name = "attend, forwards"};
  Series attend{.name = "attend, and back"};
};

void in_bytes() {
  std::cout << "\n== Bytes ==\n";
  std::printf("%8s  %25s  %25s\n", "", "by definition, MB", "attend, MB");
  std::printf("%8s  %12s %12s  %12s %12s\n", "words", "forwards", "and back",
              "forwards", "and back");
  Curves curves;
  for (const std::int64_t length : {250, 500, 1000, 2000, 4000, 8000, 16'000}) {
    const Tokens tokens(length);
    const auto print = [&](Attend how, bool and_back, Series& curve) {
      // [high-water]
      const std::int64_t bytes =
          peak_bytes([&] { pass(tokens, how, and_back); });
      // [high-water]
      curve.x.push_back(static_cast<double>(length));
      curve.y.push_back(static_cast<double>(bytes) / 1e6);
      std::printf(" %12.2f", static_cast<double>(bytes) / 1e6);
    };
    std::printf("%8d ", static_cast<int>(length));
    if (length <= 4000) {
      print(attend_by_definition, false, curves.definition_forward);
      print(attend_by_definition, true, curves.definition);
    } else {
      std::printf(" %12s %12s", "", "");
    }
    std::printf(" ");
    print(attend, false, curves.attend_forward);
    if (length <= 8000) print(attend, true, curves.attend);
    std::printf("\n");
  }
  const auto slope = [](const Series& curve) {
    return std::log2(curve.y[4] / curve.y[3]);  // from 2,000 to 4,000
  };
  std::printf("%8s  %12.0f %12s  %12.0f\n", "100,000",
              curves.definition_forward.y[4] * 25 * 25, "",
              curves.attend_forward.y[6] * 6.25);
  std::printf("one tensor of 16,000 words: %.2f MB\n", 16e3 * 64 * 4 / 1e6);
  std::printf("from 2,000 words to 4,000, and back: ");
  std::printf("by definition 2^%.2f, attend 2^%.2f times as much\n",
              slope(curves.definition), slope(curves.attend));
  write_picture(
      "bytes.svg",
      line_chart({curves.definition, curves.definition_forward, curves.attend,
                  curves.attend_forward},
                 {.title = "The most memory at once, one head of 64 numbers",
                  .x = {.label = "words", .scale = AxisScale::log},
                  .y = {.label = "MB", .scale = AxisScale::log}}));
}

void the_way_back() {
  std::cout << "\n== The way back ==\n";
  const Tokens tokens(300);
  const Tensor q = tokens.q.value().reshape({300, 64});
  const Tensor k = tokens.k.value().reshape({300, 64});
  const Tensor v = tokens.v.value().reshape({300, 64});
  const Tensor dy = random_normal({300, 64}, 1, {.seed = 4});
  const AttendResult forward =
      attend_fused(tokens.q.value(), tokens.k.value(), tokens.v.value(), {});
  const Tensor y = forward.output.reshape({300, 64});  // [query, d_head]
  const Tensor log_sum_exp = forward.log_sum_exp.reshape({300, 1});
  const double root = 8;  // of d_head
  // [back]
  const Tensor average = sum_axis(y * dy, 1, KeepAxis::yes);  // [query, 1]
  Tensor dq = zeros(q.shape());                               // [query, d_head]
  std::vector<Tensor> dk, dv;  // of each tile [tile, d_head]
  for (std::int64_t begin = 0; begin < 300; begin += 100) {
    const Tensor k_tile = slice(k, 0, begin, begin + 100);  // [tile, d_head]
    const Tensor v_tile = slice(v, 0, begin, begin + 100);  // [tile, d_head]
    const Tensor p =                                        // [query, tile]
        exp(matmul(q, k_tile, {.transpose_b = true}) / root - log_sum_exp);
    const Tensor dp = matmul(dy, v_tile, {.transpose_b = true});
    const Tensor ds = p * (dp - average);  // [query, tile]
    dq = dq + matmul(ds, k_tile) / root;
    dk.push_back(matmul(ds, q, {.transpose_a = true}) / root);
    dv.push_back(matmul(p, dy, {.transpose_a = true}));
  }
  // [back]
  const auto same = [&](Attend how) {
    const Variable out = how(tokens.q, tokens.k, tokens.v, {.heads = 1});
    backward(out, dy.reshape({1, 300, 64}));
    double apart = 0;
    const auto compare = [&](const Tensor& ours, const Variable& theirs) {
      apart = std::max(apart, largest_difference(
                                  ours, theirs.gradient().reshape({300, 64})));
    };
    compare(dq, tokens.q), compare(concatenate(dk, 0), tokens.k);
    compare(concatenate(dv, 0), tokens.v);
    for (const Variable& x : {tokens.q, tokens.k, tokens.v})
      Variable(x).zero_gradient();
    return yes_if(apart < 1e-5);
  };
  std::cout << "dq, dk, dv in tiles as by definition: "
            << same(attend_by_definition)
            << "\ndq, dk, dv in tiles as the library's: " << same(attend)
            << "\n";
}

/// The time that the processor has worked for us. \return  seconds
double fastest(const std::function<void()>& work) {
  const auto now = [] { return double(std::clock()) / CLOCKS_PER_SEC; };
  double best = INFINITY, total = 0;
  for (int calls = 0; calls == 0 || (calls < 100 && total < 0.2); ++calls) {
    const double begin = now();
    work();
    best = std::min(best, now() - begin);
    total += now() - begin;
  }
  return best;
}

void in_seconds() {
  std::cout << "\n== Operations and seconds ==\n";
  const Tokens some(1000);
  const auto print = [&](const char* name, Attend how) {
    const auto count = [&](bool and_back) {
      const double pairs = 1000.0 * 1000 * 64;
      return static_cast<double>(
                 operations([&] { pass(some, how, and_back); })) /
             pairs;
    };
    std::printf(
        "%-14s  forwards %2.0f, and back %2.0f operations for each pair "
        "and number\n",
        name, count(false), count(true) - count(false));
  };
  print("by definition", attend_by_definition);
  print("attend", attend);
  std::printf("%8s  %25s  %25s\n", "", "by definition, ms", "attend, ms");
  std::printf("%8s  %12s %12s  %12s %12s\n", "words", "forwards", "and back",
              "forwards", "and back");
  Curves curves;
  for (const std::int64_t length : {250, 500, 1000, 2000, 4000}) {
    const Tokens tokens(length);
    const auto print = [&](Attend how, bool and_back, Series& curve) {
      const double time = fastest([&] { pass(tokens, how, and_back); });
      curve.x.push_back(static_cast<double>(length));
      curve.y.push_back(1e3 * time);
      std::printf(" %12.1f", 1e3 * time);
    };
    std::printf("%8d ", static_cast<int>(length));
    print(attend_by_definition, false, curves.definition_forward);
    print(attend_by_definition, true, curves.definition);
    std::printf(" ");
    print(attend, false, curves.attend_forward);
    print(attend, true, curves.attend);
    std::printf("\n");
  }
  write_picture("seconds.svg",
                line_chart({curves.definition, curves.attend},
                           {.title = "There and back, one head of 64 numbers",
                            .x = {.label = "words", .scale = AxisScale::log},
                            .y = {.label = "ms", .scale = AxisScale::log}}));
}

/// As attend_in_tiles, 100 keys at a time, with a part left out.
Tensor attend_without(Part part, const Tensor& q, const Tensor& k,
                      const Tensor& v) {
  Tensor highest = full({q.dim(0), 1}, -INFINITY);  // [query, 1]
  Tensor sum = zeros({q.dim(0), 1}), mixed = zeros(q.shape());
  for (std::int64_t begin = 0; begin < k.dim(0); begin += 100) {
    const Tensor fits =  // [query, tile]
        matmul(q, slice(k, 0, begin, begin + 100), {.transpose_b = true}) / 8;
    // [left-out]
    const Tensor higher =
        part == Part::maximum
            ? zeros(highest.shape())
            : maximum(highest, max_axis(fits, 1, KeepAxis::yes));
    const Tensor shrink =
        part == Part::none ? exp(highest - higher) : full(highest.shape(), 1);
    // [left-out]
    const Tensor weights = exp(fits - higher);  // [query, tile]
    sum = sum * shrink + sum_axis(weights, 1, KeepAxis::yes);
    mixed = mixed * shrink + matmul(weights, slice(v, 0, begin, begin + 100));
    highest = higher;
  }
  return mixed / sum;
}

void without_rescaling() {
  std::cout << "== Left out ==\n";
  std::printf("the largest float is e to the power of %.1f\n",
              std::log(std::numeric_limits<float>::max()));
  std::printf("right: within 0.0001 of the definition's answers\n\n");
  std::printf("%10s  %16s  %16s  %16s\n", "largest", "with",
              "without shrink:", "without");
  std::printf("%10s  %16s  %16s  %16s\n", "fit", "everything", "off by",
              "maximum");
  const Tensor k = random_normal({300, 64}, 1, {.seed = 2});  // [key, d_head]
  const Tensor v = random_normal({300, 64}, 1, {.seed = 3});  // [key, d_head]
  Series wrong{.name = "not rescaled"};
  for (const double size : {0.1, 0.5, 1.0, 4.0, 16.0, 32.0}) {
    const Tensor q = random_normal({300, 64}, size, {.seed = 1});
    const Tensor fits = matmul(q, k, {.transpose_b = true}) / 8;
    const Tensor right = matmul(softmax(fits), v);  // [query, d_head]
    const double largest = max_last(fits.reshape({-1})).item();
    const auto off = [&](Part part) {
      const Tensor answers = attend_without(part, q, k, v);  // [query, d_head]
      if (std::isnan(sum(answers).item())) return INFINITY;
      return static_cast<float>(largest_difference(answers, right));
    };
    const auto words = [](float off) {
      return off == INFINITY ? "no numbers" : off < 1e-4 ? "right" : "wrong";
    };
    const float by = off(Part::rescaling);
    std::printf("%10.1f  %16s  %16.2f  %16s\n", largest, words(off(Part::none)),
                by, words(off(Part::maximum)));
    wrong.x.push_back(largest), wrong.y.push_back(by);
  }
  write_picture("wrong.svg",
                line_chart({wrong}, {.title = "How far the answers are off",
                                     .x = {.label = "largest fit",
                                           .scale = AxisScale::log},
                                     .y = {.label = "largest difference",
                                           .scale = AxisScale::from_zero}}));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 3 && argv[2] == std::string("rescaling")) {
    without_rescaling();
    return 0;
  }
  one_after_the_other();
  shares_so_far();
  in_tiles();
  set_thread_count(1);  // each thread needs some room of its own
  in_bytes();
  the_way_back();
  in_seconds();
}
