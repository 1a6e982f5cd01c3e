// Chapter 10: positions, layer norm, the residual sum, the feed-forward
// network; a layer of the encoder. Draws positions.svg, distance.svg, alike.svg,
// gradients.svg and learning.svg into the folder where it is started.
#include <cmath>
#include <cstdio>
#include <iostream>
#include <map>

#include "lectern.h"
#include "tasks/report/pictures.h"

using namespace lectern;

namespace {

const std::vector<std::string> german{"Heute",  "hat",   "sie",     "dem",
                                      "großen", "Pferd", "geholfen"};
const Tensor shuffled = ids({5, 1, 6, 0, 3, 2, 4});  // Pferd hat geholfen …

/// A word and spaces up to `width`: letters are counted, not bytes.
std::string padded(const std::string& word, std::size_t width) {
  std::size_t letters = 0;
  for (const char byte : word) letters += (byte & 0xc0) != 0x80;
  return word + std::string(width - letters, ' ');
}

double largest_difference(const Tensor& a, const Tensor& b) {
  return max_last(absolute(a - b).reshape({-1})).item();
}

void blind_to_order() {
  std::cout << "== Blind to order ==\n";
  // [blind]
  Initializer init(1);
  const MultiHeadAttention attention({.d_model = 8, .heads = 2}, init);
  const auto attend_to = [&](const Tensor& words) {  // [word, d_model]
    const Variable x(words.reshape({1, 7, 8}));      // [batch, length, d_model]
    return attention(x, x, no_mask()).value().reshape({7, 8});
  };
  const Tensor words = random_normal({7, 8}, 1.0, {.seed = 1});
  const Tensor in_order = attend_to(words);  // [word, d_model]
  const Tensor out_of_order = attend_to(gather_rows(words, shuffled));
  // [blind]
  const Tensor positions = sinusoidal_positions(7, 8);  // [length, d_model]
  const Tensor told = attend_to(words + positions);
  const Tensor told_shuffled =
      attend_to(gather_rows(words, shuffled) + positions);
  std::printf("%-10s%12s%12s%22s\n", "word", "in order", "shuffled",
              "shuffled, positions");
  for (std::int64_t place = 0; place < 7; ++place) {
    const auto word = shuffled.at<std::int64_t>({place});
    std::printf("%s%12.4f%12.4f%22.4f\n",
                padded(german[static_cast<std::size_t>(word)], 10).c_str(),
                in_order.at({word, 0}), out_of_order.at({place, 0}),
                told_shuffled.at({place, 0}));
  }
  std::printf(
      "largest difference of all numbers, without positions %.6f\n",
      largest_difference(gather_rows(in_order, shuffled), out_of_order));
  std::printf("largest difference of all numbers, with positions    %.3f\n",
              largest_difference(gather_rows(told, shuffled), told_shuffled));
}

void positions() {
  std::cout << "\n== Positions by hand ==\n";
  // [positions]
  const double d = 4, fast = 1, slow = std::pow(10000, -2 / d);
  std::printf("%10s%10s%10s%10s%10s\n", "position", "sin t", "cos t",
              "sin t/100", "cos t/100");
  Tensor by_hand = zeros({3, 4});  // [length, d_model]
  for (std::int64_t t = 0; t < 3; ++t) {
    const auto at = static_cast<double>(t);
    const double numbers[4] = {std::sin(at * fast), std::cos(at * fast),
                               std::sin(at * slow), std::cos(at * slow)};
    for (std::int64_t i = 0; i < 4; ++i) by_hand.set({t, i}, numbers[i]);
    std::printf("%10d%10.4f%10.4f%10.4f%10.4f\n", static_cast<int>(t),
                numbers[0], numbers[1], numbers[2], numbers[3]);
  }
  const double apart = largest_difference(by_hand, sinusoidal_positions(3, 4));
  // [positions]
  std::printf("1 · 2 by hand  %.4f · %.4f + %.4f · %.4f + … = %.4f\n",
              by_hand.at({1, 0}), by_hand.at({2, 0}), by_hand.at({1, 1}),
              by_hand.at({2, 1}),
              dot(select(by_hand, 0, 1), select(by_hand, 0, 2)).item());
  std::printf("cos(1) + cos(1/100) = %.4f\n", std::cos(1) + std::cos(0.01));
  std::cout << "the library's positions are the same: "
            << (apart < 1e-6 ? "yes" : "no") << "\n";
}

void positions_in_pictures() {
  std::cout << "\n== Positions by distance ==\n";
  // [distance]
  const Tensor p = sinusoidal_positions(64, 32);    // [length, d_model]
  const Tensor likeness = matmul(p, transpose(p));  // [length, length]
  // [distance]
  std::printf("%10s%10s%10s%10s%10s\n", "from", "0 away", "1 away", "2 away",
              "10 away");
  for (const std::int64_t from : {0, 20, 40})
    std::printf("%10d%10.3f%10.3f%10.3f%10.3f\n", static_cast<int>(from),
                likeness.at({from, from}), likeness.at({from, from + 1}),
                likeness.at({from, from + 2}), likeness.at({from, from + 10}));
  Series curve{.name = "dot product"};
  for (std::int64_t away = -31; away < 32; ++away) {
    curve.x.push_back(static_cast<double>(away));
    curve.y.push_back(likeness.at({31, 31 + away}));
  }
  write_picture("positions.svg",
                heat_map(slice(p, 0, 0, 24),
                         {.title = "The first 24 positions, d_model = 32"}));
  write_picture("distance.svg",
                line_chart({curve}, {.title = "How alike two positions are",
                                     .x = {.label = "places apart"},
                                     .y = {.label = "dot product"}}));
}

// [norm-rule]
/// Layer norm with weight 1 and bias 0, and its derivative derived by hand.
Variable norm_by_hand(const Variable& x) {  // [row, d_model]
  const Tensor centred = x.value() - mean_axis(x.value(), -1, KeepAxis::yes);
  const Tensor deviation =
      sqrt(mean_axis(centred * centred, -1, KeepAxis::yes));  // [row, 1]
  const Tensor y = centred / deviation;                       // [row, d_model]
  const auto rule = [y, deviation](const Tensor& g) -> Gradients {
    const Tensor shared = mean_axis(g, -1, KeepAxis::yes);     // [row, 1]
    const Tensor along = mean_axis(g * y, -1, KeepAxis::yes);  // [row, 1]
    return {(g - shared - y * along) / deviation};
  };
  return record("norm by hand", y, {x}, rule);
}
// [norm-rule]

void layer_norm_by_hand() {
  std::cout << "\n== Layer norm by hand ==\n";
  // [norm]
  const Variable x = Variable::parameter(matrix({{9, 1, 3, 3}}));
  const double mean = (9 + 1 + 3 + 3) / 4.0;              // 4
  const double variance = (25 + 9 + 1 + 1) / 4.0;         // 9
  const double first = (9 - mean) / std::sqrt(variance);  // 5/3
  // [norm]
  std::printf("by hand     mean %.0f, deviation %.0f, first number %.4f\n",
              mean, std::sqrt(variance), first);
  // [norm-definition]
  const Variable centred = x - mean_axis(x, -1, KeepAxis::yes);
  const Variable defined =
      centred / sqrt(variance_axis(x, -1, KeepAxis::yes) + 1e-5);
  const Variable library =
      layer_norm(x, Variable(ones({4})), Variable(zeros({4})));
  // [norm-definition]
  std::cout << "definition  " << text_of(defined.value()) << "\nlibrary     "
            << text_of(library.value()) << "\n";
  const double apart = largest_difference(defined.value(), library.value());
  std::cout << "all three agree: "
            << (apart < 1e-5 &&
                        std::abs(library.value().at({0, 0}) - first) < 1e-5
                    ? "yes"
                    : "no")
            << "\n";
  // [norm-gradient]
  const Tensor g = matrix({{1, 0, 0, 0}});
  backward(library, g);
  // [norm-gradient]
  const double y[4] = {5.0 / 3, -1, -1.0 / 3, -1.0 / 3};
  std::printf("\n== Its derivative ==\n%-12s", "by hand");
  for (int i = 0; i < 4; ++i)
    std::printf("%8.4f", ((i == 0) - 1.0 / 4 - y[i] * y[0] / 4) / 3);
  std::printf("\n%-12s", "library");
  for (std::int64_t i = 0; i < 4; ++i)
    std::printf("%8.4f", x.gradient().at({0, i}));
  // [gradcheck]
  const Variable any =
      Variable::parameter(random_normal({3, 6}, 1.0, {.seed = 4}, DType::f64));
  const GradcheckReport report = gradcheck(
      [](const std::vector<Variable>& in) { return norm_by_hand(in[0]); },
      {any});
  // [gradcheck]
  std::cout << "\ngradcheck of the rule by hand: "
            << (report.passed && report.largest_error < 1e-7 ? "passed"
                                                             : "failed")
            << "\n";
}

void feed_forward_by_hand() {
  std::cout << "\n== Feed-forward by hand ==\n";
  // [feed-forward]
  const Tensor w1 = matrix({{1, -1}, {-1, 1}});           // [d_model, d_ff]
  const Tensor w2 = matrix({{1, 0}, {1, 0}});             // [d_ff, d_model]
  const Variable x(matrix({{3, 1}, {1, 3}, {2, 2}}));     // [word, d_model]
  const Variable hidden = relu(matmul(x, Variable(w1)));  // [word, d_ff]
  const Variable defined = matmul(hidden, Variable(w2));  // [word, d_model]
  // [feed-forward]
  Initializer init(1);
  FeedForward network({.d_model = 2, .d_ff = 2, .dropout = 0}, init);
  std::vector<NamedParameter> weights = parameters(network);
  weights[0].variable.set_value(w1);
  weights[2].variable.set_value(w2);
  for (std::int64_t word = 0; word < 3; ++word)
    std::printf("[%.0f %.0f] becomes [%.0f %.0f], hidden [%.0f %.0f]\n",
                x.value().at({word, 0}), x.value().at({word, 1}),
                defined.value().at({word, 0}), defined.value().at({word, 1}),
                hidden.value().at({word, 0}), hidden.value().at({word, 1}));
  std::cout << "the library says the same: "
            << (largest_difference(network(x).value(), defined.value()) == 0
                    ? "yes"
                    : "no")
            << "\n";
}

// [around]
enum class Order { pre_norm, post_norm, without_residual, without_norm };

template <class Sublayer>
Variable around(Order order, const Variable& x, const LayerNorm& norm,
                const Sublayer& sublayer) {
  switch (order) {
    case Order::pre_norm: return x + sublayer(norm(x));
    case Order::post_norm: return norm(x + sublayer(x));
    case Order::without_residual: return sublayer(norm(x));
    case Order::without_norm: return x + sublayer(x);
  }
  return x;
}
// [around]

class Layer : public Module {
 public:
  Layer(std::int64_t d_model, Order order, Initializer& init)
      : order_(order),
        attention_({.d_model = d_model, .heads = 4}, init),
        norm1_(d_model, init),
        feed_forward_({.d_model = d_model, .d_ff = 2 * d_model, .dropout = 0},
                      init),
        norm2_(d_model, init) {}

  // [layer]
  Variable operator()(const Variable& x) const {  // [batch, length, d_model]
    const Variable seen = around(order_, x, norm1_, [&](const Variable& y) {
      return attention_(y, y, no_mask());
    });
    return around(order_, seen, norm2_, feed_forward_);
  }
  // [layer]

  void visit(Visitor& visitor) override {
    visitor("self_attention", attention_);
    visitor("norm1", norm1_);
    visitor("feed_forward", feed_forward_);
    visitor("norm2", norm2_);
  }

 private:
  Order order_;
  MultiHeadAttention attention_;
  LayerNorm norm1_;
  FeedForward feed_forward_;
  LayerNorm norm2_;
};

// [encoder-layer]
using Weights = std::map<std::string, Variable>;

Variable encoder_layer(const Weights& w, const Variable& x) {
  const auto project = [&](const Variable& y, const std::string& name) {
    return linear(y, w.at(name + ".weight"), w.at(name + ".bias"));
  };
  const auto norm = [&](const Variable& y, const std::string& name) {
    return layer_norm(y, w.at(name + ".weight"), w.at(name + ".bias"));
  };
  const Variable heads = attend(  // [batch, length, d_model]
      project(x, "self_attention.query"), project(x, "self_attention.key"),
      project(x, "self_attention.value"), {.heads = 4});
  const Variable seen = norm(x + project(heads, "self_attention.output"),
                             "norm1");  // [batch, length, d_model]
  const Variable hidden = relu(project(seen, "feed_forward.linear1"));
  return norm(seen + project(hidden, "feed_forward.linear2"), "norm2");
}
// [encoder-layer]

void a_layer() {
  std::cout << "\n== A layer of the encoder ==\n";
  const Variable x(random_normal({1, 7, 32}, 1.0, {.seed = 5}));
  for (const Order order : {Order::post_norm, Order::pre_norm}) {
    const bool norm_first = order == Order::pre_norm;
    // [library-layer]
    Initializer init(2);
    EncoderLayer library({.d_model = 32,
                          .nhead = 4,
                          .dim_feedforward = 64,
                          .dropout = 0,
                          .attention_dropout = 0,
                          .norm_first = norm_first},
                         nullptr, init);
    const Variable y = library(x, no_mask());  // [batch, length, d_model]
    // [library-layer]
    Initializer again(2);
    const Layer ours(32, order, again);
    const auto equal = [&](const Variable& other) {
      return largest_difference(y.value(), other.value()) < 1e-5 ? "yes" : "no";
    };
    std::cout << (norm_first ? "pre-norm, " : "post-norm, ")
              << "with around(): the same as the library's: " << equal(ours(x))
              << "\n";
    if (norm_first) continue;
    Weights weights;
    for (const NamedParameter& each : parameters(library))
      weights[each.name] = each.variable;
    std::cout << "post-norm, ten lines: the same as the library's: "
              << equal(encoder_layer(weights, x)) << "\n";
  }
}

void sizes() {
  std::cout << "\n== What a layer weighs ==\n";
  // [sizes]
  const std::int64_t d = 512, d_ff = 2048;
  const std::int64_t attention = 4 * (d * d + d);
  const std::int64_t feed_forward = (d * d_ff + d_ff) + (d_ff * d + d);
  const std::int64_t norms = 2 * (d + d);
  Initializer init = Initializer::blank();
  EncoderLayer layer({}, nullptr, init);  // the paper's size
  // [sizes]
  const auto row = [](const char* what, std::int64_t count) {
    std::printf("%-30s%12lld\n", what, static_cast<long long>(count));
  };
  row("attention", attention);
  row("feed-forward", feed_forward);
  row("two norms", norms);
  row("together", attention + feed_forward + norms);
  row("the library counts", parameter_count(layer));
  row("six layers", 6 * parameter_count(layer));

  std::cout << "\n== What a layer costs ==\n";
  std::printf("%8s%20s%20s\n", "", "million operations", "million operations");
  std::printf("%8s%20s%20s%10s\n", "words", "with weights", "for looking",
              "ms");
  const NoGradient no_gradient;
  prepare_for_inference(layer);
  for (const std::int64_t length : {7, 100, 1000}) {
    const std::int64_t weights = 2 * length * (4 * d * d + 2 * d * d_ff);
    const std::int64_t looking = 4 * length * length * d;
    const Variable x(zeros({1, length, d}));  // [batch, length, d_model]
    const Timing time = time_of([&] { layer(x, no_mask()); }, 0.05);
    std::printf("%8d%20.1f%20.1f%10.2f\n", static_cast<int>(length),
                static_cast<double>(weights) / 1e6,
                static_cast<double>(looking) / 1e6, 1000 * time.median);
  }
  std::printf("equal at %d words\n", static_cast<int>(2 * d + d_ff));
}

const std::vector<std::string> words{"Heute",  "hat",   "sie",      "dem",
                                     "großen", "Pferd", "geholfen", "."};

/// What is left out: a part's name, or nothing.
struct Recipe {
  std::string name = "pre-norm";
  Order order = Order::pre_norm;
  bool positions = true;
};

/// Says of every word which word stood before it.
class Encoder : public Module {
 public:
  Encoder(const Recipe& recipe, int depth, Initializer& init)
      : recipe_(recipe),
        embedding_(8, 32, init),
        positions_(PositionKind::sinusoidal, 16, 32, init),
        norm_(32, init),
        output_(32, 8, init) {
    for (int i = 0; i < depth; ++i) layers.emplace_back(32, recipe.order, init);
  }
  /// \param tokens  i32 [batch, length]
  Variable operator()(const Tensor& tokens) const {
    Variable x = embed(tokens);  // [batch, length, d_model]
    for (const Layer& layer : layers) x = layer(x);
    return answer(x);
  }
  Variable embed(const Tensor& tokens) const {
    const Variable x = embedding_(tokens);  // [batch, length, d_model]
    return recipe_.positions ? positions_(x) : x;
  }
  Variable answer(const Variable& x) const {
    const bool last = recipe_.order == Order::pre_norm ||
                      recipe_.order == Order::without_residual;
    return output_(last ? norm_(x) : x);  // [batch, length, word]
  }
  void visit(Visitor& visitor) override {
    visitor("embedding", embedding_);
    for (std::size_t i = 0; i < layers.size(); ++i)
      visitor("layer" + std::to_string(i), layers[i]);
    visitor("norm", norm_);
    visitor("output", output_);
  }
  std::vector<Layer> layers;

 private:
  Recipe recipe_;
  Embedding embedding_;
  Positions positions_;
  LayerNorm norm_;
  Linear output_;
};

struct Sentences {
  Tensor tokens, before;  // i32 [batch, length]: a word, and the one before it
};

/// Seven words each, drawn with no regard to sense. The first has none before
/// it: there the answer is the full stop.
Sentences draw_sentences(std::int64_t batch, std::uint32_t step) {
  const Tensor tokens =
      random_integers({batch, 7}, 0, 7, {.seed = 10, .step = step});
  const Tensor stop = full({batch, 1}, 7, DType::i32);
  return {tokens, concatenate({stop, slice(tokens, 1, 0, 6)}, 1)};
}

/// The mean cosine between two words of a sentence. \param x  [batch, 7, 32]
double alike(const Tensor& x) {
  // [alike]
  const Tensor size =
      sqrt(sum_axis(x * x, -1, KeepAxis::yes));               // [batch, 7, 1]
  const Tensor y = x / size;                                  // [batch, 7, 32]
  const Tensor cosine = matmul(y, y, {.transpose_b = true});  // [batch, 7, 7]
  // [alike]
  // Without each with itself.
  return (mean(cosine).item<double>() * 49 - 7) / 42;
}

void by_depth() {
  std::cout << "\n== Twelve layers, before any training ==\n";
  constexpr int depth = 12;
  std::printf("%-18s%21s%18s%24s\n", "", "size of a number", "words alike",
              "gradient");
  std::printf("%-18s%7d%7d%7d%6d%6d%6d%8d%8d%8d\n", "behind layer", 1, 6, 12, 1,
              6, 12, 1, 6, 12);
  std::vector<Series> gradients, likeness;
  for (const Recipe& recipe :
       {Recipe{"pre-norm", Order::pre_norm},
        Recipe{"post-norm", Order::post_norm},
        Recipe{"without norm", Order::without_norm},
        Recipe{"without residual", Order::without_residual}}) {
    // [depth]
    Initializer init(3, DType::f64);  // f32's rounding would show
    Encoder encoder(recipe, depth, init);
    const Sentences some = draw_sentences(16, 0);
    Series size, words_alike{.name = recipe.name}, slope{.name = recipe.name};
    Variable x = encoder.embed(some.tokens);  // [batch, length, d_model]
    for (const Layer& layer : encoder.layers) {
      x = layer(x);
      size.y.push_back(std::sqrt(mean(x.value() * x.value()).item<double>()));
      words_alike.y.push_back(alike(x.value()));
    }
    backward(cross_entropy(encoder.answer(x), some.before));
    for (Layer& layer : encoder.layers)
      slope.y.push_back(gradient_norm(parameters(layer)));
    // [depth]
    std::printf("%-18s", recipe.name.c_str());
    for (const std::size_t i : {0, 5, 11}) std::printf("%7.1f", size.y[i]);
    for (const std::size_t i : {0, 5, 11})
      std::printf("%6.2f", words_alike.y[i]);
    for (const std::size_t i : {0, 5, 11}) std::printf("%#8.2g", slope.y[i]);
    std::printf("\n");
    gradients.push_back(slope), likeness.push_back(words_alike);
  }
  write_picture("alike.svg",
                line_chart(likeness, {.title = "How alike the seven words of a "
                                               "sentence have become",
                                      .x = {.label = "layer"},
                                      .y = {.label = "cosine"}}));
  write_picture(
      "gradients.svg",
      line_chart(gradients,
                 {.title = "Length of the gradient of each layer",
                  .x = {.label = "layer"},
                  .y = {.label = "length", .scale = AxisScale::log}}));
}

struct Learned {
  Series curve;
  std::string answers;  // for our sentence
};

/// Trains for some steps; asks now and then how many answers are right.
Learned learn(const Recipe& recipe) {
  const Sentences test = draw_sentences(256, 0);
  // [training]
  Initializer init(3);
  Encoder encoder(recipe, 6, init);
  Adam adam(parameters(encoder), {});
  Series curve{.name = recipe.name};
  for (std::uint32_t step = 1; step <= 400; ++step) {
    const Sentences some = draw_sentences(32, step);
    const Variable logits = encoder(some.tokens);  // [batch, length, word]
    minimise(cross_entropy(logits, some.before), adam, 1e-3);
    if (step % 20 != 0) continue;
    const NoGradient no_gradient;
    const Tensor answers = encoder(test.tokens).value();
    curve.x.push_back(step);
    curve.y.push_back(100 * accuracy(answers, test.before));
  }
  // [training]
  const NoGradient no_gradient;
  const Tensor best =  // [batch, length]
      argmax(encoder(ids({{0, 1, 2, 3, 4, 5, 6}})).value());
  std::string line;
  for (std::int64_t i = 0; i < 7; ++i)
    line += (i > 0 ? " " : "") +
            words[static_cast<std::size_t>(best.at<std::int64_t>({0, i}))];
  return {curve, line};
}

Recipe recipe_without(const std::string& part) {
  if (part == "residual") return {"without residual", Order::without_residual};
  if (part == "norm") return {"without norm", Order::without_norm};
  if (part == "positions") return {"without positions", Order::pre_norm, false};
  throw Error("there is no part " + part);
}

void print(const std::vector<Learned>& learned) {
  std::cout << "== Which word stood before me? ==\n";
  std::printf("%-20s%10s%10s%10s\n", "right after", "100", "200", "400 steps");
  for (const auto& [curve, answers] : learned)
    std::printf("%-20s%9.0f%%%9.0f%%%9.0f%%\n", curve.name.c_str(), curve.y[4],
                curve.y[9], curve.y[19]);
}

void training() {
  std::cout << "\n";
  const std::vector<Learned> learned{learn({}),
                                     learn({"post-norm", Order::post_norm})};
  print(learned);
  std::cout << "\nasked of      Heute hat sie dem großen Pferd geholfen\n"
            << "pre-norm says " << learned[0].answers << "\n";
  std::vector<Series> curves{learned[0].curve, learned[1].curve};
  for (const char* part : {"norm", "positions", "residual"})
    curves.push_back(learn(recipe_without(part)).curve);
  write_picture("learning.svg",
                line_chart(curves, {.title = "Right answers",
                                    .x = {.label = "steps"},
                                    .y = {.label = "per cent",
                                          .scale = AxisScale::from_zero}}));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 2) {
    print({learn(recipe_without(argv[2]))});
    return 0;
  }
  blind_to_order();
  positions();
  positions_in_pictures();
  layer_norm_by_hand();
  feed_forward_by_hand();
  a_layer();
  sizes();
  by_depth();
  training();
}
