// Chapter 9: queries, keys and values; the scale; masks; what it costs. Draws shares.svg, entropy.svg
// and mask.svg into the folder where it is started.
#include <chrono>
#include <cmath>
#include <cstdio>
#include <iostream>

#include "lectern.h"
#include "tasks/report/pictures.h"

using namespace lectern;

namespace {

const std::vector<std::string> german{"Heute",  "hat",   "sie",     "dem",
                                      "großen", "Pferd", "geholfen"};

// Two numbers a word, chosen by a person: how much it is about an action, how much about a thing.
const Tensor query = matrix({{2, 0}});  // [query, d_head]
const Tensor keys = matrix(
    {{0, 0}, {1, 0}, {0, 1}, {0, 0}, {0, 1}, {0, 2}, {2, 0}});  // [key, d_head]
const Tensor values = matrix(
    {{1, 1}, {6, 0}, {0, 4}, {0, 0}, {0, 2}, {0, 8}, {9, 0}});  // [key, d_head]

void by_hand() {
  std::cout << "== By hand ==\n";
  // [hand]
  double fit[7], power[7], sum = 0;
  for (int key = 0; key < 7; ++key) {
    fit[key] = query.at({0, 0}) * keys.at({key, 0}) +
               query.at({0, 1}) * keys.at({key, 1});
    power[key] = std::exp(fit[key] / std::sqrt(2));
    sum += power[key];
  }
  double answer[2] = {0, 0};
  for (int key = 0; key < 7; ++key)
    for (int i = 0; i < 2; ++i)
      answer[i] += power[key] / sum * values.at({key, i});
  // [hand]
  std::printf("%4s%8s%8s\n", "fit", "e^fit", "share");
  for (std::size_t key = 0; key < 7; ++key)
    std::printf("%-10s%4.0f%8.3f%8.3f\n", german[key].c_str(), fit[key],
                power[key], power[key] / sum);
  std::printf("answer  [%.3f %.3f]\n", answer[0], answer[1]);
}

// [definition]
Variable attention(const Variable& q, const Variable& k, const Variable& v) {
  const Variable scores = matmul(q, transpose(k));  // [query, key]
  const double d_head = static_cast<double>(k.shape()[1]);
  const Variable weights = softmax(scores / std::sqrt(d_head));  // [query, key]
  return matmul(weights, v);  // [query, d_head]
}
// [definition]

void three_times() {
  std::cout << "\n== By definition, and the library's line ==\n";
  const Variable defined =
      attention(Variable(query), Variable(keys), Variable(values));
  std::cout << "definition  " << select(defined.value(), 0, 0) << "\n";
  // [library]
  const auto batch = [](const Tensor& x) {
    return Variable(x.reshape({1, x.dim(0), x.dim(1)}));
  };
  const Variable y = attend(batch(query), batch(keys), batch(values),
                            {.heads = 1});  // [batch, query, d_head]
  // [library]
  std::cout << "library     " << select(select(y.value(), 0, 0), 0, 0) << "\n";
  const Tensor difference = y.value().reshape({1, 2}) - defined.value();
  const double apart = std::sqrt(sum(difference * difference).item());
  std::cout << "they agree to the sixth digit: "
            << (apart < 1e-5 ? "yes" : "no") << "\n";
  const Tensor shares = attention_weights(batch(query).value(),
                                          batch(keys).value(), {.heads = 1});
  write_picture("shares.svg",
                heat_map(shares.reshape({1, 7}),
                         {.title = "Which German word “helped” looks at",
                          .rows = {"helped"},
                          .columns = german}));
}

/// How many keys a query looks at, as a number: e to the entropy of its weights.
double keys_looked_at(const Tensor& weights) {
  double entropy = 0;
  for (const double p : weights.to_vector<float>())
    entropy -= p > 0 ? p * std::log(p) : 0;
  return std::exp(entropy / static_cast<double>(weights.dim(0)));
}

void the_scale() {
  std::cout << "\n== Why it is divided ==\n";
  std::printf("%8s%12s%20s%20s\n", "d_head", "fits spread",
              "keys seen, divided", "keys seen, not");
  Series with{.name = "divided by √d"}, without{.name = "not divided"};
  for (const std::int64_t d : {4, 16, 64, 256, 1024}) {
    // [scale]
    const Tensor q =
        random_normal({64, d}, 1.0, {.seed = 1});  // [query, d_head]
    const Tensor k = random_normal({64, d}, 1.0, {.seed = 2});  // [key, d_head]
    const Tensor scores = matmul(q, transpose(k));              // [query, key]
    const double root = std::sqrt(static_cast<double>(d));
    const double divided = keys_looked_at(softmax(scores / root));
    const double plain = keys_looked_at(softmax(scores));
    // [scale]
    const double spread = std::sqrt(mean(scores * scores).item());
    std::printf("%8d%12.1f%20.1f%20.1f\n", static_cast<int>(d), spread, divided,
                plain);
    with.x.push_back(std::log2(d)), with.y.push_back(divided);
    without.x.push_back(std::log2(d)), without.y.push_back(plain);
  }
  write_picture(
      "entropy.svg",
      line_chart({with, without}, {.title = "How many of 64 keys a query sees "
                                            "before it has learned anything",
                                   .x = {.label = "log₂ d_head"},
                                   .y = {.label = "keys"}}));
}

void masks() {
  std::cout << "\n== A mask ==\n";
  const std::vector<std::string> english{"<s>", "Today", "she", "helped"};
  const Variable x(
      random_normal({1, 4, 8}, 1.0, {.seed = 3}));  // [batch, length, d_model]
  const Tensor weights = attention_weights(x.value(), x.value(),
                                           {.heads = 1, .mask = causal_mask()});
  std::cout << blocks(weights.reshape({4, 4}),
                      {.rows = english, .columns = english});
  write_picture("mask.svg", heat_map(weights.reshape({4, 4}),
                                     {.title = "Nobody looks ahead",
                                      .rows = english,
                                      .columns = english}));
}

}  // namespace

int main() {
  by_hand();
  three_times();
  the_scale();
  masks();
}
