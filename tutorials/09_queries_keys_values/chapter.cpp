// Chapter 9: queries, keys and values; the scale; heads; masks; the way back;
// what it costs. Draws its pictures into the folder where it is started.
// --without scale; --with heads=4 learns with four heads.
#include <chrono>
#include <cmath>
#include <cstdio>
#include <iostream>

#include "lectern.h"
#include "settings.h"
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

// [batch]
Variable batch_of(const Tensor& words) {  // [word, d_head]
  return Variable(
      words.reshape({1, words.dim(0), words.dim(1)}));  // [1, word, d_head]
}
// [batch]

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
                                       {.title = "What the place that is to "
                                                 "write “helped” looks at",
                                        .rows = {"she → helped"},
                                        .columns = german}));
}

// [entropy]
double keys_looked_at(const Tensor& weights) {  // [query, key]
  double entropy = 0;
  for (const double p : weights.to_vector<float>())
    if (p > 0) entropy -= p * std::log(p);
  return std::exp(entropy / static_cast<double>(weights.dim(0)));
}
// [entropy]

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
    const double spread = std::sqrt(mean(fits * fits).item());
    const double by_root = keys_looked_at(softmax(fits / root));
    const double as_it_is = keys_looked_at(softmax(fits));
    // [spread]
    std::printf("%6d  %8.1f  %21.1f  %18.1f\n", static_cast<int>(d), spread,
                by_root, as_it_is);
    divided.y.push_back(by_root), plain.y.push_back(as_it_is);
    for (Series* series : {&divided, &plain})
      series->x.push_back(static_cast<double>(d));
  }
  write_picture(
      "spread.svg",
      line_chart({divided, plain},
                 {.title = "Keys that a query looks at, of 64, before "
                           "anything is learned",
                  .x = {.label = "d_head",
                        .scale = AxisScale::log,
                        .ticks = {4, 16, 64, 256, 1024}},
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

  // [network]
  Variable embed(const Tensor& row) const {  // i32 [batch, length]
    return letter_(row) +                    // [batch, length, d_model]
           place_(arange(places, DType::i32));
  }
  Variable operator()(const Tensor& row) const {
    const Variable x = embed(row);  // [batch, length, d_model]
    return out_(attend(q_(x), k_(x), v_(x), options_));
  }
  // [network]
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

Tensor neighbours(const Tensor& row) {  // i32 [batch, 2 * length]
  return concatenate({shifted(row, -1), shifted(row, 1)}, 1);
}

/// What the model says to each place's letter before, then to each behind.
Variable logits_of(const Neighbours& model, const Tensor& row) {
  const std::int64_t n = row.dim(0);
  const Variable apart = reshape(model(row), {n, places, 2, letters});
  return reshape(permute(apart, {0, 2, 1, 3}), {2 * n * places, letters});
}

struct Training {
  std::int64_t d_model = 32;
  AttentionOptions attention{.heads = 1};
  std::uint32_t steps = 300;
  double rate = 0.003;
  std::uint64_t start = 3;  // seed of the weights that it begins with
};

struct Learned {
  Series loss;       // means of ten steps
  double named = 0;  // share of the neighbours of fresh rows that it names
  double fresh = 0;  // loss of fresh rows
  double largest_share = 0;  // of a query, on average
  Tensor weights;            // [head, query, key], on average
};

/// Tries what was learned on rows that it has not seen.
void evaluate_on_fresh_rows(const Neighbours& model, Learned& learned) {
  const Tensor row = random_integers({512, places}, 0, letters, {.seed = 5});
  const Tensor logits = logits_of(model, row).value();
  const Tensor targets = neighbours(row).reshape({-1});
  learned.fresh = cross_entropy(Variable(logits), targets).value().item();
  const auto said = argmax(logits).to_vector<std::int32_t>();
  const auto right = targets.to_vector<std::int32_t>();
  double named = 0;
  for (std::size_t i = 0; i < said.size(); ++i) named += said[i] == right[i];
  learned.named = named / static_cast<double>(said.size());
  const Tensor weights = model.weights(row);  // [batch, head, query, key]
  learned.largest_share = mean(max_axis(weights, -1)).item();
  learned.weights = mean_axis(weights, 0);
}

Learned learn(const Training& training) {
  Initializer init(training.start);
  Neighbours model(training.d_model, training.attention, init);
  Adam adam(parameters(model), {});
  Learned learned;
  double sum_of_ten = 0;
  for (std::uint32_t step = 1; step <= training.steps; ++step) {
    const Tensor row =
        random_integers({32, places}, 0, letters, {.seed = 4, .step = step});
    const Variable loss =
        cross_entropy(logits_of(model, row), neighbours(row).reshape({-1}));
    minimise(loss, adam, training.rate);
    sum_of_ten += loss.value().item();
    if (step % 10 != 0) continue;
    learned.loss.x.push_back(step);
    learned.loss.y.push_back(sum_of_ten / 10);
    sum_of_ten = 0;
  }
  evaluate_on_fresh_rows(model, learned);
  return learned;
}

// What the loss is when the neighbours are only guessed.
// [marks]
const double by_chance = std::log(8);            // one of 8 letters
const double one_known = std::log(8) / 2;        // the other one by chance
const double both_known = 7 / 8. * std::log(2);  // which is which by chance
// [marks]

std::vector<std::string> names_of_places() {
  std::vector<std::string> names;
  for (int i = 1; i <= places; ++i) names.push_back(std::to_string(i));
  return names;
}

void draw_each_head(const Tensor& weights, const std::string& number) {
  const std::vector<std::string> place = names_of_places();
  for (std::int64_t head = 0; head < weights.dim(0); ++head)
    write_picture(text("head_", head + 1, ".svg"),
                  heat_map(select(weights, 0, head),
                           {.title = text("Head ", head + 1, " of ", number),
                            .rows = place,
                            .columns = place}));
}

void draw_heads(const Learned& one, const Learned& two) {
  const std::vector<std::string> place = names_of_places();
  draw_each_head(two.weights, "two");
  write_picture(
      "one_head.svg",
      heat_map(select(one.weights, 0, 0),
               {.title = "One head alone", .rows = place, .columns = place}));
}

/// The share that the neighbour `shift` places to the right gets, on average.
double share_of_neighbour(const Tensor& weights, std::int64_t shift) {
  double sum = 0;
  for (std::int64_t i = 0; i < places; ++i)
    sum += weights.at({0, i, (i + places + shift) % places});
  return sum / places;
}

void two_heads() {
  std::cout << "\n== One head, and two ==\n";
  const Learned one = learn({}), two = learn({.attention = {.heads = 2}});
  const auto line = [](const char* name, double named, double loss) {
    std::printf("%-40s  %5.1f  %4.2f\n", name, 100 * named, loss);
  };
  std::printf("%-40s  %5s  %4s\n", "", "named", "loss");
  const double chance = 1.0 / letters, half = (1 + chance) / 2;
  line("by chance", chance, by_chance);
  line("one neighbour, and the other by chance", half, one_known);
  line("both, and which is which by chance", half, both_known);
  line("one head, 300 steps", one.named, one.fresh);
  line("two heads, 300 steps", two.named, two.fresh);
  std::printf(
      "one head's shares: neighbour before %.2f, neighbour behind %.2f\n",
      share_of_neighbour(one.weights, -1), share_of_neighbour(one.weights, 1));
  draw_heads(one, two);
}

/// Heads, numbers and a temperature of one's own: the fits are divided by √d_head
/// and by the temperature.
void as_you_like(const Settings& settings) {
  const double temperature = settings.number("temperature");
  const std::int64_t d_model = settings.whole("d_model");
  const int heads = static_cast<int>(settings.whole("heads"));
  const auto scale = [&](double d_head) {
    return 1 / (std::sqrt(d_head) * temperature);
  };
  std::cout << "== What “helped” looks at: temperature "
            << settings.text("temperature") << " ==\n";
  const Tensor shares =  // [key, 1]
      attention_weights(batch_of(query).value(), batch_of(keys).value(),
                        {.heads = 1, .scale = scale(2)})
          .reshape({7, 1});
  std::cout << text_of(shares,
                       {.edge = 7, .rows = german, .columns = {"share"}})
            << "\n";
  write_picture("shares.svg", heat_map(shares.reshape({1, 7}),
                                       {.title = "What the place that is to "
                                                 "write “helped” looks at",
                                        .rows = {"she → helped"},
                                        .columns = german}));
  std::cout << "\n== Both neighbours: " << settings.line() << " ==\n";
  const double d_head =
      static_cast<double>(d_model) / static_cast<double>(heads);
  const Learned learned =
      learn({.d_model = d_model,
             .attention = {.heads = heads, .scale = scale(d_head)}});
  std::printf("guessing: %.2f by chance, %.2f with one known, %.2f with both\n",
              by_chance, one_known, both_known);
  std::printf("300 steps: named %.1f of 100, loss %.2f, largest share %.2f\n",
              100 * learned.named, learned.fresh, learned.largest_share);
  for (int head = 0; head < heads; ++head) {
    const Tensor weights = slice(learned.weights, 0, head, head + 1);
    std::printf("head %d: neighbour before %.2f, neighbour behind %.2f\n",
                head + 1, share_of_neighbour(weights, -1),
                share_of_neighbour(weights, 1));
  }
  draw_each_head(learned.weights, settings.text("heads"));
}

struct Trial {
  const char* name;
  std::int64_t d_model;
  int heads;
  double scale;  // 0: divided by √d_head; 1: not divided
};
const std::vector<Trial> trials{{"one head of 32, divided", 32, 1, 0},
                                {"one head of 32, not divided", 32, 1, 1},
                                {"one head of 128, divided", 128, 1, 0},
                                {"one head of 128, not divided", 128, 1, 1},
                                {"two heads of 16, divided", 32, 2, 0},
                                {"two heads of 16, not divided", 32, 2, 1}};

Learned learn_slowly(const Trial& trial, std::uint64_t start) {
  return learn({.d_model = trial.d_model,
                .attention = {.heads = trial.heads, .scale = trial.scale},
                .steps = 2000,
                .rate = 0.0003,
                .start = start});
}

void without_the_scale() {
  std::cout << "== Learning with the scale, and without ==\n";
  std::printf(
      "guessing: %.2f by chance, %.2f with one known, %.2f with both\n\n",
      by_chance, one_known, both_known);
  std::printf("%-28s  %5s  %5s  %5s  %13s\n", "loss after steps", "200", "1000",
              "2000", "largest share");
  std::vector<Series> curves;
  for (const Trial& trial : trials) {
    Learned learned = learn_slowly(trial, 3);
    const auto& loss = learned.loss.y;  // means of ten steps
    std::printf("%-28s  %5.2f  %5.2f  %5.2f  %13.2f\n", trial.name, loss[19],
                loss[99], loss[199], learned.largest_share);
    learned.loss.name = text(trial.d_model, trial.scale == 0 ? "" : ", not",
                             trial.scale == 0 ? ", divided" : " divided");
    if (trial.heads == 1) curves.push_back(learned.loss);
  }
  write_picture(
      "scale.svg",
      line_chart(curves,
                 {.title = "One head, of 32 and of 128 numbers, learns to name "
                           "its neighbours",
                  .x = {.label = "step"},
                  .y = {.label = "loss", .ticks = {0, 0.61, 1.04, 2.08}}}));

  std::cout << "\n== Other starts ==\n";
  for (const Trial& trial : trials) {
    if (trial.d_model != 32) continue;
    std::printf("%-28s", trial.name);
    for (const std::uint64_t start : {4, 5})
      std::printf("  %5.2f", learn_slowly(trial, start).fresh);
    std::printf("\n");
  }
}

// [show]
Tensor show(const std::string& rule, const Mask& mask,
            const std::vector<std::string>& words) {
  const Tensor x =
      random_normal({1, 4, 8}, 0.4, {.seed = 3});  // [batch, length, d_model]
  const Tensor weights =                           // [query, key]
      attention_weights(x, x, {.heads = 1, .mask = mask}).reshape({4, 4});
  std::cout << rule << "\n"
            << blocks(weights, {.rows = words, .columns = words});
  return weights;
}
// [show]

void masks() {
  std::cout << "\n== Masks ==\n";
  const std::vector<std::string> padded{"<s>", "Today", "she", "<pad>"};
  // [masks]
  const Tensor past =
      show("causal: nobody looks ahead", causal_mask(), english);
  show("padding: of four places, three are words", padding_mask(ids({3})),
       padded);
  show("a rule of one's own: not oneself",
       pair_mask([](auto query, auto key) { return query != key; }), english);
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
  // [back]
  const Tensor dy = random_normal({3, 4}, 1, {.seed = 8});  // [query, d_head]
  const double root = std::sqrt(4);                         // of d_head
  const Tensor p = softmax(matmul(q.value(), transpose(k.value())) / root);
  const Tensor dv = matmul(transpose(p), dy);                 // [key, d_head]
  const Tensor dp = matmul(dy, transpose(v.value()));         // [query, key]
  const Tensor mean = sum_axis(p * dp, 1, KeepAxis::yes);     // [query, 1]
  const Tensor ds = p * (dp - mean);                          // [query, key]
  const Tensor dq = matmul(ds, k.value()) / root;             // [query, d_head]
  const Tensor dk = matmul(transpose(ds), q.value()) / root;  // [key, d_head]
  // [back]
  // [tape]
  backward(sum(attention(q, k, v) * Variable(dy)));
  // [tape]
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
  std::printf("%8s  %10s  %11s  %9s  %9s  %8s\n", "words", "fits",
              "their bytes", "first, ms", "again, ms", "ns a fit");
  for (const std::int64_t length : {7, 100, 1000, 4000}) {
    const Variable x(random_normal({1, length, 64}, 1, {.seed = 9}));
    double milliseconds[2] = {0, 0};
    for (double& each : milliseconds) {
      const auto begin = std::chrono::steady_clock::now();
      attend_by_definition(x, x, x, {.heads = 1});
      const std::chrono::duration<double, std::milli> time =
          std::chrono::steady_clock::now() - begin;
      each = time.count();
    }
    const auto fits = static_cast<long long>(length * length);
    std::printf("%8d  %10lld  %11lld  %9.2f  %9.2f  %8.1f\n",
                static_cast<int>(length), fits, 4 * fits, milliseconds[0],
                milliseconds[1],
                1e6 * milliseconds[1] / static_cast<double>(fits));
  }
}

}  // namespace

int main(int argc, char** argv) {
  const Settings settings(
      {{.name = "heads",
        .says = "share the numbers of a word among them",
        .book = "2",
        .values = {"1", "2", "4", "8"}},
       {.name = "d_model",
        .says = "numbers of a word",
        .book = "32",
        .values = {"8", "16", "32", "64", "128"}},
       {.name = "temperature",
        .says = "what the fits are divided by, beside √d_head",
        .book = "1",
        .values = {"0.1", "0.25", "0.5", "1", "2", "4", "10"}}},
      argc, argv);
  if (settings.changed()) return as_you_like(settings), 0;
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
