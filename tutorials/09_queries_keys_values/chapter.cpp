// Chapter 9: queries, keys and values; the scale; heads; masks; the way back;
// what it costs. Draws its pictures into the folder where it is started.
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
const std::vector<std::string> english{"<s>", "Today", "she", "helped"};

// Two numbers a word, chosen by a person: how much it is about doing, and how
// much about things.
// [numbers]
const Tensor query = matrix({{2, 0}});  // [query, d_head]
const Tensor keys = matrix({{0, 0},     // Heute   [key, d_head]
                            {1, 0},     // hat
                            {0, 1},     // sie
                            {0, 0},     // dem
                            {0, 1},     // großen
                            {0, 2},     // Pferd
                            {2, 0}});   // geholfen
const Tensor values = matrix(
    {{1, 1}, {6, 0}, {0, 4}, {0, 0}, {0, 2}, {0, 8}, {9, 0}});  // [key, d_head]
// [numbers]

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
  Tensor table({7, 3}, DType::f64);  // [word, column]
  for (int key = 0; key < 7; ++key) {
    table.set({key, 0}, fit[key]);
    table.set({key, 1}, power[key]);
    table.set({key, 2}, power[key] / sum);
  }
  std::cout << text_of(table, {.edge = 7,
                               .rows = german,
                               .columns = {"fit", "e^(fit/√2)", "share"}})
            << "\n";
  std::printf("answer [%.3f %.3f]\n", answer[0], answer[1]);
}

// [definition]
Variable attention(const Variable& q, const Variable& k, const Variable& v) {
  const double d_head = static_cast<double>(k.shape()[1]);
  const Variable scores =
      matmul(q, transpose(k)) / std::sqrt(d_head);  // [query, key]
  const Variable weights = softmax(scores);         // [query, key]
  return matmul(weights, v);                        // [query, d_head]
}
// [definition]

/// One sentence as a batch: `[1, word, d_head]`.
Variable batch_of(const Tensor& words) {
  return Variable(words.reshape({1, words.dim(0), words.dim(1)}));
}

void three_times() {
  std::cout << "\n== By definition, and in one line ==\n";
  const Variable defined =
      attention(Variable(query), Variable(keys), Variable(values));
  // [library]
  const Variable y = attend(batch_of(query), batch_of(keys), batch_of(values),
                            {.heads = 1});  // [batch, query, d_model]
  // [library]
  std::cout << "by definition " << defined.value() << "\nin one line "
            << y.value() << "\n";
  const Tensor apart = y.value().reshape({1, 2}) - defined.value();
  const bool same = std::sqrt(sum(apart * apart).item()) < 1e-5;
  std::cout << "the same to the fifth digit: " << (same ? "yes" : "no") << "\n";
  const Tensor shares = attention_weights(batch_of(query).value(),
                                          batch_of(keys).value(), {.heads = 1});
  write_picture("shares.svg", heat_map(shares.reshape({1, 7}),
                                       {.title = "What “helped” looks at",
                                        .rows = {"helped"},
                                        .columns = german}));
}

/// How many keys a query looks at: e to the entropy of its weights, averaged.
double keys_looked_at(const Tensor& weights) {
  double entropy = 0;
  for (const double p : weights.to_vector<float>())
    entropy -= p > 0 ? p * std::log(p) : 0;
  return std::exp(entropy / static_cast<double>(weights.dim(0)));
}

void the_scale() {
  std::cout << "\n== How far the fits spread ==\n";
  std::printf("%6s  %8s  %22s  %18s\n", "d_head", "spread",
              "keys looked at, by √d", "and not divided");
  Series divided{.name = "divided by √d"}, plain{.name = "not divided"};
  for (const std::int64_t d : {4, 16, 64, 256, 1024}) {
    // [spread]
    const Tensor q = random_normal({64, d}, 1, {.seed = 1});  // [query, d_head]
    const Tensor k = random_normal({64, d}, 1, {.seed = 2});  // [key, d_head]
    const Tensor fits = matmul(q, transpose(k));              // [query, key]
    const double root = std::sqrt(static_cast<double>(d));
    divided.y.push_back(keys_looked_at(softmax(fits / root)));
    plain.y.push_back(keys_looked_at(softmax(fits)));
    // [spread]
    const double spread = std::sqrt(mean(fits * fits).item());
    std::printf("%6d  %8.1f  %21.1f  %18.1f\n", static_cast<int>(d), spread,
                divided.y.back(), plain.y.back());
    for (Series* series : {&divided, &plain})
      series->x.push_back(std::log2(static_cast<double>(d)));
  }
  write_picture(
      "spread.svg",
      line_chart({divided, plain},
                 {.title = "Keys that a query looks at, of 64, before "
                           "anything is learned",
                  .x = {.label = "log₂ d_head"},
                  .y = {.label = "keys"}}));
}

constexpr std::int64_t letters = 8, places = 8;

/// Says of every place of a row of letters which letter stands before it, and
/// which behind.
struct Neighbours : Module {
  Neighbours(std::int64_t d_model, const AttentionOptions& options,
             Initializer& init)
      : options_(options),
        letter_(letters, d_model, init),
        place_(places, d_model, init),
        q_(d_model, d_model, init),
        k_(d_model, d_model, init),
        v_(d_model, d_model, init),
        out_(d_model, 2 * letters, init) {}

  Variable embed(const Tensor& row) const {  // [batch, length, d_model]
    return letter_(row) + place_(arange(places, DType::i32));
  }
  Variable operator()(const Tensor& row) const {
    const Variable x = embed(row);  // [batch, length, d_model]
    return out_(attend(q_(x), k_(x), v_(x), options_));
  }
  Tensor weights(const Tensor& row) const {  // [batch, head, query, key]
    const Variable x = embed(row);
    return attention_weights(q_(x).value(), k_(x).value(), options_);
  }
  void visit(Visitor& visitor) override {
    visitor("letter", letter_), visitor("place", place_);
    visitor("q", q_), visitor("k", k_), visitor("v", v_), visitor("out", out_);
  }

 private:
  AttentionOptions options_;
  Embedding letter_, place_;
  Linear q_, k_, v_, out_;
};

/// What stands `shift` places to the right, in a circle.
Tensor shifted(const Tensor& row, std::int64_t shift) {
  const std::int64_t cut = (places + shift) % places;
  return concatenate({slice(row, 1, cut, places), slice(row, 1, 0, cut)}, 1);
}

struct Learned {
  Series loss;
  double right = 0;  // share of the neighbours that it names
  Tensor weights;    // [head, query, key]
};

Learned learn(const std::string& name, std::int64_t d_model,
              const AttentionOptions& options) {
  Initializer init(3);
  Neighbours model(d_model, options, init);
  Adam adam(parameters(model), {});
  Learned learned;
  learned.loss.name = name;
  for (std::uint32_t step = 0; step < 300; ++step) {
    const Tensor row =
        random_integers({32, places}, 0, letters, {.seed = 4, .step = step});
    const Tensor both = concatenate({shifted(row, -1), shifted(row, 1)}, 1);
    const Variable logits =
        reshape(model(row), {32, places, 2, letters});  // [batch, …, letter]
    const Variable ordered =
        reshape(permute(logits, {0, 2, 1, 3}), {32 * 2 * places, letters});
    const Tensor targets = both.reshape({32 * 2 * places});
    const Variable loss = cross_entropy(ordered, targets);
    minimise(loss, adam, 0.003);
    learned.loss.y.push_back(loss.value().item());
    const Tensor said = argmax(ordered.value());
    const auto a = said.to_vector<std::int32_t>(),
               b = targets.to_vector<std::int32_t>();
    double right = 0;
    for (std::size_t i = 0; i < a.size(); ++i) right += a[i] == b[i];
    learned.right = right / static_cast<double>(a.size());
    if (step == 299)
      learned.weights = select(model.weights(slice(row, 0, 0, 1)), 0, 0);
  }
  return learned;
}

void two_heads() {
  std::cout << "\n== One head, and two ==\n";
  const Learned one = learn("one head", 32, {.heads = 1});
  const Learned two = learn("two heads", 32, {.heads = 2});
  const double chance = 1.0 / letters, half = chance + (1 - chance) / 2;
  std::printf("by chance                         %5.1f %%\n", 100 * chance);
  std::printf("knowing both, not which is which  %5.1f %%\n", 100 * half);
  std::printf("one head                          %5.1f %%\n", 100 * one.right);
  std::printf("two heads                         %5.1f %%\n", 100 * two.right);
  std::vector<std::string> place;
  for (int i = 1; i <= places; ++i) place.push_back(std::to_string(i));
  for (const int head : {0, 1})
    write_picture(text("head_", head + 1, ".svg"),
                  heat_map(select(two.weights, 0, head),
                           {.title = text("Head ", head + 1, " of two"),
                            .rows = place,
                            .columns = place}));
  write_picture(
      "one_head.svg",
      heat_map(select(one.weights, 0, 0),
               {.title = "One head alone", .rows = place, .columns = place}));
}

void without_the_scale() {
  std::cout << "\n== Learning with the scale, and without ==\n";
  std::vector<Series> curves;
  for (const std::int64_t d : {32, 256}) {
    for (const double scale : {0.0, 1.0}) {
      const std::string name =
          text(d, " numbers, ", scale == 0.0 ? "divided" : "not divided");
      curves.push_back(learn(name, d, {.heads = 1, .scale = scale}).loss);
      std::printf("%-26s loss after 50 steps %4.2f, after 300 %4.2f\n",
                  name.c_str(), curves.back().y[49], curves.back().y[299]);
    }
  }
  write_picture("scale.svg",
                line_chart(curves, {.title = "One head learns its neighbours",
                                    .x = {.label = "step"},
                                    .y = {.label = "loss"}}));
}

void masks() {
  std::cout << "\n== Masks ==\n";
  const Tensor x =
      random_normal({1, 4, 8}, 0.4, {.seed = 3});  // [batch, length, d_model]
  const auto show = [&](const std::string& name, const Mask& mask) {
    const Tensor weights = attention_weights(x, x, {.heads = 1, .mask = mask});
    std::cout << name << "\n"
              << blocks(weights.reshape({4, 4}),
                        {.rows = english, .columns = english});
    return weights.reshape({4, 4});
  };
  // [masks]
  const Tensor past = show("causal: nobody looks ahead", causal_mask());
  show("padding: of four places, three are words", padding_mask(ids({3})));
  show("a rule of one's own: not oneself",
       pair_mask([](auto query, auto key) { return query != key; }));
  // [masks]
  write_picture("causal.svg", heat_map(past, {.title = "Nobody looks ahead",
                                              .rows = english,
                                              .columns = english}));
}

void the_way_back() {
  std::cout << "\n== The way back ==\n";
  const Variable q = Variable::parameter(random_normal({3, 4}, 1, {.seed = 5}));
  const Variable k = Variable::parameter(random_normal({5, 4}, 1, {.seed = 6}));
  const Variable v = Variable::parameter(random_normal({5, 4}, 1, {.seed = 7}));
  const Tensor dy = random_normal({3, 4}, 1, {.seed = 8});  // [query, d_head]
  // [back]
  const Tensor p = softmax(matmul(q.value(), transpose(k.value())) / 2);
  const Tensor dv = matmul(transpose(p), dy);              // [key, d_head]
  const Tensor dp = matmul(dy, transpose(v.value()));      // [query, key]
  const Tensor pull = sum_axis(dp * p, 1, KeepAxis::yes);  // [query, 1]
  const Tensor ds = p * (dp - pull);                       // [query, key]
  const Tensor dq = matmul(ds, k.value()) / 2;             // [query, d_head]
  const Tensor dk = matmul(transpose(ds), q.value()) / 2;  // [key, d_head]
  // [back]
  backward(sum(attention(q, k, v) * Variable(dy)));
  const auto apart = [](const Tensor& a, const Tensor& b) {
    return std::sqrt(sum((a - b) * (a - b)).item()) < 1e-5 ? "yes" : "no";
  };
  std::cout << "dq by hand\n"
            << dq << "\nand by the tape\n"
            << q.gradient() << "\nthe same: dq " << apart(dq, q.gradient())
            << ", dk " << apart(dk, k.gradient()) << ", dv "
            << apart(dv, v.gradient()) << "\n";
}

void the_cost() {
  std::cout << "\n== What it costs ==\n";
  std::printf("%8s  %14s  %16s  %10s\n", "words", "fits", "their bytes", "ms");
  for (const std::int64_t length : {7, 100, 1000, 4000}) {
    const Variable x(random_normal({1, length, 64}, 1, {.seed = 9}));
    const auto begin = std::chrono::steady_clock::now();
    attend_by_definition(x, x, x, {.heads = 1});
    const std::chrono::duration<double, std::milli> time =
        std::chrono::steady_clock::now() - begin;
    const auto fits = static_cast<long long>(length * length);
    std::printf("%8d  %14lld  %16lld  %10.2f\n", static_cast<int>(length), fits,
                4 * fits, time.count());
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 3 && argv[2] == std::string("scale")) {
    without_the_scale();
    return 0;
  }
  by_hand();
  three_times();
  the_scale();
  two_heads();
  masks();
  the_way_back();
  the_cost();
}
