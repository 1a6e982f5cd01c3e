// Chapter 17: a bell whose width is learned; other people's figures; a task whose
// width is known; a price; where to cut. Draws its pictures into the folder where
// it is started. --without price.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <map>

#include "lectern.h"
#include "tasks/report/pictures.h"
#include "tasks/text/unicode.h"

using namespace lectern;

namespace {

/// A label, and spaces up to `width` letters: σ is one letter and two bytes.
std::string padded(const std::string& words, std::size_t width) {
  const std::size_t letters = code_points(words).size();
  return words + std::string(width > letters ? width - letters : 0, ' ');
}

const char* yes(bool it_is) { return it_is ? "yes" : "no"; }

double farthest_apart(const Tensor& a, const Tensor& b) {
  const Tensor d = a.reshape({-1}) - b.reshape({-1});
  double most = 0;
  for (const float each : d.to_vector<float>())
    most = std::max(most, std::abs(double{each}));
  return most;
}

void by_hand() {
  std::cout << "== By hand ==\n";
  // [hand]
  for (const double sigma : {1.0, 2.0}) {
    double bell[4], sum = 0;
    for (int distance = 0; distance < 4; ++distance) {
      bell[distance] = std::exp(-distance * distance / (2 * sigma * sigma));
      sum += bell[distance];
    }
    std::printf("σ %.0f, shares at the distances 0 to 3:", sigma);
    for (const double each : bell) std::printf(" %.3f", each / sum);
    std::cout << "\n";
  }
  // [hand]
}

// [definition]
/// Attention of one head through a bell.
Variable look_through(const Variable& q, const Variable& k, const Variable& v,
                      const Variable& sigma) {
  const std::int64_t n = q.value().dim(0), d_head = q.value().dim(1);
  const Tensor place = arange(n);  // [key]
  const Tensor distance =          // [query, key]
      place.reshape({n, 1}) - place.reshape({1, n});
  const Variable fits =  // [query, key]
      matmul(q, k, {.transpose_b = true}) / std::sqrt(d_head);
  const Variable bell =  // [query, key], its logarithm
      Variable(distance * distance * -0.5) / (sigma * sigma);
  return matmul(softmax(fits + bell), v);  // [query, d_head]
}
// [definition]

void three_times() {
  std::cout << "\n== Three times the same ==\n";
  // [slope-hand]
  const double p[4] = {0.3554, 0.3136, 0.2156, 0.1154};  // shares at σ = 2
  double mean_of_squares = 0;
  for (int d = 0; d < 4; ++d) mean_of_squares += p[d] * d * d;
  const double slope = p[3] * (9 - mean_of_squares) / 8;  // 8 = σ³
  // [slope-hand]
  const Variable none(zeros({4, 1}, DType::f32, cpu));  // [token, d_head]
  const Variable last(matrix({{1}, {0}, {0}, {0}}));    // [key, d_head]
  const auto answer = [&](const Variable& sigma) {
    // Token 4 looks back at token 1, three places away.
    return slice(look_through(none, none, last, sigma), 0, 3, 4);
  };
  const Variable sigma = Variable::parameter(vector({2}));  // [head]
  backward(sum(answer(sigma)));
  std::printf("token 4's share of token 1, and its slope by σ: %.4f, %.4f\n",
              answer(sigma).value().item(), sigma.gradient().item());
  std::printf("by hand: %.4f\n", slope);

  const Tensor q = random_normal({6, 8}, 1, {.seed = 1});   // [query, d_head]
  const Tensor k = random_normal({6, 8}, 1, {.seed = 2});   // [key, d_head]
  const Tensor v = random_normal({6, 8}, 1, {.seed = 3});   // [key, d_head]
  const Tensor dy = random_normal({6, 8}, 1, {.seed = 4});  // [query, d_head]
  const Variable mine = Variable::parameter(vector({2}));
  const Variable by_definition =
      look_through(Variable(q), Variable(k), Variable(v), mine);
  backward(sum(by_definition * Variable(dy)));
  const auto batch = [](const Tensor& x) {
    return Variable(x.reshape({1, 6, 8}));  // [batch, length, d_model]
  };
  const Variable theirs = Variable::parameter(vector({2}));
  // [library]
  const Variable y = attend_biased(  // [batch, query, d_model]
      batch(q), batch(k), batch(v), theirs,
      {.heads = 1, .bias = {.shape = DistanceBias::Shape::bell}});
  // [library]
  backward(sum(y * batch(dy)));
  std::cout << "by definition as in the library: "
            << yes(farthest_apart(by_definition.value(), y.value()) < 1e-5)
            << ", the slope by σ as well: "
            << yes(farthest_apart(mine.gradient(), theirs.gradient()) < 1e-4)
            << "\n";
}

void draw_bells() {
  std::vector<Series> curves;
  for (const int sigma : {1, 4, 16}) {
    Series curve{.name = text("σ = ", sigma)};
    double sum = 0;
    for (int d = 0; d <= 128; ++d)
      sum += std::exp(-d * d / (2.0 * sigma * sigma));
    for (int d = 0; d <= 40; ++d) {
      curve.x.push_back(d);
      const double share = std::exp(-d * d / (2.0 * sigma * sigma)) / sum;
      curve.y.push_back(std::round(1000 * share) / 1000);
    }
    curves.push_back(curve);
  }
  write_picture(
      "bells.svg",
      line_chart(curves,
                 {.title = "Shares through the bell, where all fits are equal",
                  .x = {.label = "tokens back"},
                  .y = {.label = "share", .scale = AxisScale::from_zero}}));
}

// [underflow]
/// How many tokens there are, to both sides, where the bell is more than zero: in
/// numbers of this kind.
template <class Number>
int tokens_above_zero(double square) {
  int distance = 0;
  while (std::exp(static_cast<Number>(-distance * distance / (2 * square))) > 0)
    ++distance;
  return 2 * distance - 1;
}
// [underflow]

/// How many where it is at least a part of its height.
int tokens_above(double part, double square) {
  return 2 * static_cast<int>(std::sqrt(-2 * square * std::log(part))) + 1;
}

/// The fewest tokens, as many to either side, that hold 99 % of the bell.
int tokens_that_matter(double square) {
  double sum = -1;
  for (int d = 0; d < 1000; ++d) sum += 2 * std::exp(-d * d / (2 * square));
  int distance = 0;
  double inside = 1;
  while (inside < 0.99 * sum)
    ++distance, inside += 2 * std::exp(-distance * distance / (2 * square));
  return 2 * distance + 1;
}

void somebodys_figures() {
  std::cout << "\n== Somebody's figures ==\n";
  const double sigmas[3] = {1, 9.5, 15};
  std::printf("%s%6s%6s%6s\n", padded("σ, as the report has it", 48).c_str(),
              "1", "9.5", "15");
  std::printf("%-48s%6d%6d%6d\n", "tokens, as the report has them", 29, 89,
              111);
  const auto line = [&](const char* name, const std::function<int(double)>& f) {
    std::cout << padded(name, 48) << std::flush;
    for (const double sigma : sigmas) std::printf("%6d", f(sigma));
    std::cout << "\n";
  };
  line("σ the width, the bell at least 1% of its top",
       [](double s) { return tokens_above(0.01, s * s); });
  line("σ its square, at least 1%",
       [](double s) { return tokens_above(0.01, s); });
  line("σ the width, above zero in single precision",
       [](double s) { return tokens_above_zero<float>(s * s); });
  line("σ its square, above zero in single precision",
       [](double s) { return tokens_above_zero<float>(s); });
  line("σ its square, above zero in double precision",
       [](double s) { return tokens_above_zero<double>(s); });
  line("σ its square, tokens that hold 99% of the bell",
       [](double s) { return tokens_that_matter(s); });
  std::printf("√9.5 is %.1f, 89/29 is %.1f; √15 is %.1f, 111/29 is %.1f\n",
              std::sqrt(9.5), 89 / 29., std::sqrt(15), 111 / 29.);
  // [smallest]
  std::printf("the smallest single above zero: %.1e, its logarithm %.1f\n",
              double{std::numeric_limits<float>::denorm_min()},
              std::log(double{std::numeric_limits<float>::denorm_min()}));
  // [smallest]
  Series reported{.name = "reported",
                  .y = {29, 89, 111},
                  .x = {1, 9.5, 15},
                  .stroke = Stroke::dashed};
  Series as_width{.name = "width, 1%"}, zero{.name = "square, above zero"};
  Series matter{.name = "square, 99%"};
  for (int i = 10; i <= 300; ++i) {
    const double s = i / 20.0;
    for (Series* each : {&as_width, &zero, &matter}) each->x.push_back(s);
    as_width.y.push_back(tokens_above(0.01, s * s));
    zero.y.push_back(tokens_above_zero<float>(s));
    matter.y.push_back(tokens_that_matter(s));
  }
  write_picture(
      "reported.svg",
      line_chart({zero, as_width, matter, reported},
                 {.title = "How far a token sees: three reported points, and "
                           "what σ could mean",
                  .x = {.label = "σ, as it was reported"},
                  .y = {.label = "tokens", .scale = AxisScale::from_zero}}));
}

// A task whose width is known: of a row of random numbers, the mean of the last 4
// and that of the last 24, times √4 and √24, so that both are as large.
constexpr int narrow = 4, wide = 24, length = 128;

// [task]
/// \param x  [batch, length, 1]
/// \return   [batch, length, 1], the sum of the last `count` numbers over √count
Tensor running_mean(const Tensor& x, int count) {
  Tensor sum = zeros(x.shape(), DType::f32, cpu);
  for (int d = 0; d < count; ++d) {
    const Tensor before = zeros({x.dim(0), d, 1}, DType::f32, cpu);
    sum = sum + concatenate({before, slice(x, 1, 0, x.dim(1) - d)}, 1);
  }
  return sum / std::sqrt(count);
}
// [task]

// [model]
struct Means : Module {
  Means(std::unique_ptr<AttentionPattern> pattern, Initializer& init)
      : in(1, 32, init),
        attention({.d_model = 32, .heads = 2}, std::move(pattern), init),
        out(32, 2, init) {}
  void visit(Visitor& visitor) override {
    visitor("in", in);
    visitor("attention", attention);
    visitor("out", out);
  }
  /// \param x  [batch, length, 1]  \return  [batch, length, 2]
  Variable operator()(const Tensor& x) const {
    const Variable h = in(Variable(x));  // [batch, length, d_model]
    return out(attention(h, h, causal_mask()));
  }
  Linear in;
  MultiHeadAttention attention;
  Linear out;
};
// [model]

Variable loss_of(const Means& model, const Tensor& x) {
  const Tensor y = concatenate({running_mean(x, narrow), running_mean(x, wide)},
                               2);  // [batch, length, 2]
  const Variable apart =
      slice(model(x), 1, wide, length) - Variable(slice(y, 1, wide, length));
  return mean(apart * apart);
}

/// What a training left: σ of both heads (or z), step by step, and the loss on
/// rows that were not learned from.
struct Learned {
  Series narrower, wider;
  double loss = 0;
};

/// \param widths  of a head, in tokens
Learned train_means(Means& model, const std::function<Tensor()>& widths) {
  Adam adam(parameters(model), {});
  Learned learned;
  for (std::uint32_t step = 1; step <= 600; ++step) {
    const Tensor x =
        random_normal({8, length, 1}, 1, {.seed = 4, .step = step});
    // [step]
    Variable loss = loss_of(model, x);
    const Variable price = regularization_loss(model);
    if (price.requires_gradient()) loss = loss + price;
    minimise(loss, adam, 0.003);
    after_step(model);
    // [step]
    const Tensor now = widths();  // [head]
    const double a = now.at({0}), b = now.at({1});
    for (Series* each : {&learned.narrower, &learned.wider})
      each->x.push_back(step);
    learned.narrower.y.push_back(std::min(a, b));
    learned.wider.y.push_back(std::max(a, b));
  }
  const NoGradient no_gradient;
  learned.loss = loss_of(model, random_normal({64, length, 1}, 1, {.seed = 5}))
                     .value()
                     .item();
  return learned;
}

struct WindowModel {
  std::unique_ptr<Means> model;
  LearnedWindowAttention* window;  // inside the model
};

WindowModel make_means(const LearnedWindowAttention::Options& options) {
  Initializer init(3);
  // [pattern]
  auto window = std::make_unique<LearnedWindowAttention>(options, init);
  LearnedWindowAttention* inside = window.get();
  return {std::make_unique<Means>(std::move(window), init), inside};
  // [pattern]
}

void print_training_heading() {
  std::printf("%-18s%9s%9s%9s\n", "", "narrower", "wider", "loss");
}

void print_training(const std::string& name, const Learned& learned) {
  std::printf("%-18s%9.1f%9.1f%9.2f\n", name.c_str(), learned.narrower.y.back(),
              learned.wider.y.back(), learned.loss);
}

using Weights = std::vector<double>;

double product(const Weights& a, const Weights& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

/// What is left of y when the best mixture of a and b is taken away, squared.
double rest(const Weights& y, const Weights& a, const Weights& b) {
  const double aa = product(a, a), ab = product(a, b), bb = product(b, b);
  const double ay = product(a, y), by = product(b, y);
  const double determinant = aa * bb - ab * ab;
  return product(y, y) -
         ((ay * bb - by * ab) * ay + (by * aa - ay * ab) * by) / determinant;
}

void the_best_widths() {
  std::cout << "\n== The best widths, by trying all ==\n";
  const auto bell = [](double sigma) {
    Weights weights;
    double sum = 0;
    for (int d = 0; d < length; ++d) {
      weights.push_back(std::exp(-d * d / (2 * sigma * sigma)));
      sum += weights.back();
    }
    for (double& each : weights) each /= sum;
    return weights;
  };
  const auto box = [](int count) {
    Weights weights(length);
    std::fill(weights.begin(), weights.begin() + count, 1 / std::sqrt(count));
    return weights;
  };
  const Weights few = box(narrow), many = box(wide);
  double best = 1e9, first = 0, second = 0;
  // [try-all]
  for (double a = 1; a < 8; a += 0.1)
    for (double b = 8; b < 32; b += 0.1) {
      const double loss =
          (rest(few, bell(a), bell(b)) + rest(many, bell(a), bell(b))) / 2;
      if (loss < best) best = loss, first = a, second = b;
    }
  // [try-all]
  print_training_heading();
  std::printf("%-18s%9.1f%9.1f%9.2f\n", "", first, second, best);
}

WindowModel learn_at_three_rates(double price) {
  std::cout << (price > 0 ? "\n== Three rates ==\n" : "== Three rates ==\n");
  // [travel]
  const double at_first = std::log(std::exp(1.0) - 1);  // ρ, where σ = 1
  const double at_most = at_first + 600 * 0.003;  // steps times their size
  std::printf("ρ from %.2f to %.2f at most, σ from 1 to %.2f\n", at_first,
              at_most, std::log(1 + std::exp(at_most)));
  // [travel]
  print_training_heading();
  std::vector<Series> curves;
  WindowModel last;
  for (const double rate : {1., 10., 100.}) {
    // [train]
    last = make_means(
        {.heads = 2, .start = 1, .regularization = price, .rate = rate});
    Learned learned =
        train_means(*last.model, [&] { return last.window->widths().value(); });
    // [train]
    print_training(text("rate × ", rate), learned);
    learned.wider.name = text("× ", rate);
    curves.push_back(learned.wider);
  }
  curves.push_back(
      {.name = "best", .y = {16, 16}, .x = {1, 600}, .stroke = Stroke::dashed});
  write_picture(
      "rates.svg",
      line_chart(
          curves,
          {.title = "σ of the wider head, at three learning rates",
           .x = {.label = "step"},
           .y = {.label = "σ, in tokens", .scale = AxisScale::from_zero}}));
  return last;
}

void a_span_beside_it(double price) {
  std::cout << "\n== A span instead of a bell ==\n";
  print_training_heading();
  Initializer init(3);
  // [span]
  auto pattern = std::make_unique<AdaptiveSpanAttention>(
      AdaptiveSpanAttention::Options{
          .heads = 2, .longest = length, .ramp = 4, .regularization = price},
      init);
  // [span]
  const AdaptiveSpanAttention* span = pattern.get();
  Means model(std::move(pattern), init);
  const Learned learned =
      train_means(model, [&] { return span->spans().value(); });
  print_training("z", learned);
  std::printf("half of the mask's height: %.1f and %.1f\n",
              learned.narrower.y.back() + 2, learned.wider.y.back() + 2);
  const auto reach = span->reach();
  std::printf("keys that a head sees before its own: %d and %d\n",
              static_cast<int>(std::min(reach[0], reach[1])),
              static_cast<int>(std::max(reach[0], reach[1])));
}

// A second task: name the letter that stands eight places back.
constexpr int back = 8, letters = 8, places = 64;

struct Copy : Module {
  Copy(std::unique_ptr<AttentionPattern> pattern, Initializer& init)
      : letter(letters, 32, init),
        attention({.d_model = 32, .heads = 1}, std::move(pattern), init),
        out(32, letters, init) {}
  void visit(Visitor& visitor) override {
    visitor("letter", letter);
    visitor("attention", attention);
    visitor("out", out);
  }
  /// \param row  [batch, length]  \return  [batch, length, vocab]
  Variable operator()(const Tensor& row) const {
    const Variable h =
        letter(row) * 0.2 +
        Variable(sinusoidal_positions(places, 32));  // [batch, length, d_model]
    return out(attention(h, h, causal_mask()));
  }
  Embedding letter;
  MultiHeadAttention attention;
  Linear out;
};

struct CopyModel {
  std::unique_ptr<Copy> model;
  LearnedWindowAttention* window;  // inside the model
  Series sigma{};                  // by step
};

Variable answers_of(const Copy& model, const Tensor& row) {
  return reshape(slice(model(row), 1, back, places), {-1, letters});
}

Tensor right_of(const Tensor& row) {
  return slice(row, 1, 0, places - back).reshape({-1});
}

CopyModel learn_to_copy(double start, double price) {
  Initializer init(3);
  auto pattern = std::make_unique<LearnedWindowAttention>(
      LearnedWindowAttention::Options{
          .heads = 1, .start = start, .regularization = price, .rate = 100},
      init);
  CopyModel copy{.model = nullptr, .window = pattern.get()};
  copy.model = std::make_unique<Copy>(std::move(pattern), init);
  Adam adam(parameters(*copy.model), {});
  for (std::uint32_t step = 1; step <= 600; ++step) {
    const Tensor row =
        random_integers({16, places}, 0, letters, {.seed = 4, .step = step});
    Variable loss = cross_entropy(answers_of(*copy.model, row), right_of(row));
    const Variable regularization = regularization_loss(*copy.model);
    if (regularization.requires_gradient()) loss = loss + regularization;
    minimise(loss, adam, 0.003);
    copy.sigma.x.push_back(step);
    copy.sigma.y.push_back(copy.window->widths().value().item());
  }
  return copy;
}

const Tensor fresh_rows() {
  return random_integers({64, places}, 0, letters, {.seed = 6});
}

/// The part of the letters that is named right.
double named(const Copy& model) {
  const NoGradient no_gradient;
  const Tensor row = fresh_rows();
  const auto said = argmax(answers_of(model, row).value());
  const auto right = right_of(row).to_vector<std::int32_t>();
  const auto came = said.to_vector<std::int32_t>();
  double equal_ones = 0;
  for (std::size_t i = 0; i < right.size(); ++i)
    equal_ones += came[i] == right[i];
  return equal_ones / static_cast<double>(right.size());
}

CopyModel copy_at_prices(const std::vector<std::pair<double, double>>& trials) {
  std::printf("%8s%10s%11s%10s\n", "start", "price", "σ", "named");
  std::vector<Series> curves;
  CopyModel first;
  for (const auto& [start, price] : trials) {
    CopyModel copy = learn_to_copy(start, price);
    std::printf("%8.0f%10.3f%10.1f%9.0f%%\n", start, price, copy.sigma.y.back(),
                100 * named(*copy.model));
    copy.sigma.name = text("from ", start, ", price ", price);
    curves.push_back(copy.sigma);
    if (!first.model) first = std::move(copy);
  }
  write_picture(
      "prices.svg",
      line_chart(
          curves,
          {.title = "σ while a head learns to look eight places back",
           .x = {.label = "step"},
           .y = {.label = "σ, in tokens", .scale = AxisScale::from_zero}}));
  return first;
}

/// What a pattern is asked in one call of its model.
struct Call {
  Tensor q{}, k{};  // [batch, length, d_model]
  AttentionOptions options{};
};

Call call_of(LearnedWindowAttention& window, const std::function<void()>& run) {
  Call call;
  // [observe]
  window.observe([&](const ProjectedTokens& tokens, const AttentionOptions& o) {
    call = {tokens.queries.value(), tokens.keys.value(), window.biased(o)};
  });
  // [observe]
  const NoGradient no_gradient;
  run();
  window.observe(nullptr);
  return call;
}

void where_to_cut(const WindowModel& means, const CopyModel& copy) {
  std::cout << "\n== Where to cut ==\n";
  const Tensor x = random_normal({64, length, 1}, 1, {.seed = 5});
  const Call mean_call = call_of(*means.window, [&] { (*means.model)(x); });
  const Call copy_call =
      call_of(*copy.window, [&] { (*copy.model)(fresh_rows()); });
  const Tensor sigmas = means.window->widths().value();
  const double sigma = copy.window->widths().value().item();
  const auto mean_loss = [&] {
    const NoGradient no_gradient;
    return loss_of(*means.model, x).value().item();
  };
  std::printf("%-10s%12s%9s%9s%13s%9s%9s\n", "", "means: reach", "dropped",
              "loss", "copy: reach", "dropped", "named");
  means.window->freeze_width({length, length});
  std::printf("%-10s%12s%9s%9.2f%13s%9s%8.0f%%\n", "not cut", "", "",
              mean_loss(), "", "", 100 * named(*copy.model));
  const auto print = [&](const std::string& name,
                         const std::vector<std::int64_t>& mean_reach,
                         const std::vector<std::int64_t>& copy_reach) {
    const auto lost =
        dropped_mass(mean_call.q, mean_call.k, mean_call.options, mean_reach);
    const auto copy_lost =
        dropped_mass(copy_call.q, copy_call.k, copy_call.options, copy_reach);
    means.window->freeze_width(mean_reach);
    copy.window->freeze_width(copy_reach);
    std::printf("%s%12s%8.1f%%%9.2f%13d%8.1f%%%8.0f%%\n",
                padded(name, 10).c_str(),
                text(mean_reach[0], ", ", mean_reach[1]).c_str(),
                100 * std::max(lost[0], lost[1]), mean_loss(),
                static_cast<int>(copy_reach[0]), 100 * copy_lost[0],
                100 * named(*copy.model));
  };
  for (const int times : {1, 2, 3, 4}) {
    const auto cut = [&](double s) {
      return static_cast<std::int64_t>(std::ceil(times * s));
    };
    print(text(times, "σ"), {cut(sigmas.at({0})), cut(sigmas.at({1}))},
          {cut(sigma)});
  }
  // [choose]
  const auto chosen =
      choose_reach(mean_call.q, mean_call.k, mean_call.options, 0.01, 1);
  const auto copy_chosen =
      choose_reach(copy_call.q, copy_call.k, copy_call.options, 0.01, 1);
  // [choose]
  print("measured", chosen, copy_chosen);
}

void draw_dropped(const CopyModel& copy) {
  const Call call = call_of(*copy.window, [&] { (*copy.model)(fresh_rows()); });
  Series dropped{.name = "dropped"}, bell{.name = "by the bell"};
  const double sigma = copy.window->widths().value().item();
  double all = 0;
  for (int d = 0; d < places; ++d)
    all += std::exp(-d * d / (2 * sigma * sigma));
  double inside = 0;
  for (int reach = 0; reach <= 16; ++reach) {
    inside += std::exp(-reach * reach / (2 * sigma * sigma));
    dropped.x.push_back(reach), bell.x.push_back(reach);
    const double lost = dropped_mass(call.q, call.k, call.options, {reach})[0];
    dropped.y.push_back(std::round(1000 * lost) / 10);
    bell.y.push_back(std::round(1000 * (1 - inside / all)) / 10);
  }
  write_picture(
      "dropped.svg",
      line_chart(
          {dropped, bell},
          {.title = "What is lost when the window is cut: the head that "
                    "looks eight places back",
           .x = {.label = "reach, in tokens", .ticks = {0, 4, 8, 12, 16}},
           .y = {.label = "% of its attention",
                 .scale = AxisScale::from_zero}}));
}

void what_it_saves(const WindowModel& means) {
  std::cout << "\n== What it saves ==\n";
  const Tensor x = random_normal({1, 4096, 1}, 1, {.seed = 7});
  // [measure]
  const std::vector<LayerWindows> layers = measure_windows(
      *means.model, [&] { (*means.model)(x); }, 0.01);
  for (const HeadWindow& head : layers[0].heads)
    std::printf("σ %.1f, the bell's area %.0f tokens, reach %d\n", head.sigma,
                head.effective_tokens, static_cast<int>(head.reach));
  // [measure]
  const auto run = [&] {
    const NoGradient no_gradient;
    (*means.model)(x);
  };
  std::printf("%-12s%16s%10s\n", "4096 tokens", "operations", "ms");
  const long long before = operations(run);
  const double time_before = time_of(run, 0.2).median;
  // [freeze]
  freeze_widths(layers);
  // [freeze]
  const long long after = operations(run);
  const double time_after = time_of(run, 0.2).median;
  std::printf("%-12s%16lld%10.1f\n%-12s%16lld%10.1f\n", "stage 1", before,
              1e3 * time_before, "stage 2", after, 1e3 * time_after);
}

void without_a_price() {
  learn_at_three_rates(0);
  std::cout << "\n== Eight places back ==\n";
  copy_at_prices({{32, 0}, {1, 0}});
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 3 && argv[2] == std::string("price")) {
    without_a_price();
    return 0;
  }
  by_hand();
  draw_bells();
  three_times();
  somebodys_figures();
  the_best_widths();
  const double price = 0.002;
  const WindowModel means = learn_at_three_rates(price);
  std::cout << "\n== Eight places back ==\n";
  const CopyModel copy = copy_at_prices({{32, 0.01}, {32, 0}, {1, 0.01}});
  draw_dropped(copy);
  what_it_saves(means);
  where_to_cut(means, copy);
  a_span_beside_it(price);
}
