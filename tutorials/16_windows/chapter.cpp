// Chapter 16: windows. Three ways to calculate attention to neighbours, what
// each calculates in vain and what it costs; how far a stack of windows sees.
// Draws diagonals.svg, chunks.svg, tiles.svg, time.svg, reach.svg and
// learning.svg into the folder where it is started. --without overlap;
// --with window=1 looks through a narrower one.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <iostream>

#include "attention/ops/mask_program.h"
#include "attention/pattern_operations.h"
#include "lectern.h"
#include "settings.h"
#include "tasks/report/pictures.h"

using namespace lectern;

namespace {

const std::vector<std::string> german{"Heute",  "hat",   "sie",     "dem",
                                      "großen", "Pferd", "geholfen"};

double largest_difference(const Tensor& a, const Tensor& b) {
  return max_last(absolute(a - b).reshape({-1})).item();
}

const char* yes_if(bool right) { return right ? "yes" : "no"; }

void who_sees_whom() {
  std::cout << "== A window of two words to each side ==\n";
  // [window]
  const Mask mask = window_mask({.before = 2, .after = 2});
  const Tensor seen = visible(mask, 7, 7);  // [query, key]
  // [window]
  std::cout << blocks(seen, {.rows = german, .columns = german});
  const std::int64_t length = 7, w = 2;
  // [pairs]
  const std::int64_t by_hand = length * (2 * w + 1) - w * (w + 1);
  // [pairs]
  std::cout << "pairs: by hand " << by_hand << ", counted "
            << static_cast<int>(sum(seen).item()) << ", of " << length * length
            << "\n";
}

void three_times() {
  std::cout << "\n== By hand, by definition, in one line ==\n";
  // [hand]
  // Three words, a window of one to each side: Heute does not see sie.
  const double fit[3] = {0, 2, 4};  // of Heute with Heute, hat and sie
  const double own = std::exp(fit[0]), next = std::exp(fit[1]);
  const double by_hand = (own * 1 + next * 6) / (own + next);
  // [hand]
  const Variable q(full({1, 3, 1}, 1));                      // [1, query, 1]
  const Variable k(matrix({{0, 2, 4}}).reshape({1, 3, 1}));  // [1, key, 1]
  const Variable v(matrix({{1, 6, 9}}).reshape({1, 3, 1}));  // [1, key, 1]
  // [definition]
  const AttentionOptions options{.mask = window_mask({.before = 1, .after = 1}),
                                 .scale = 1};
  const Variable definition = attend_by_definition(q, k, v, options);
  // [definition]
  // [library]
  const Variable library = attend(q, k, v, options);
  // [library]
  std::printf("by hand     %.4f\ndefinition  %.4f\nlibrary     %.4f\n", by_hand,
              definition.value().at({0, 0, 0}), library.value().at({0, 0, 0}));
}

/// What is added to the fits of diagonals −w … w: −∞ beyond the ends.
Tensor beyond_the_ends(std::int64_t length, std::int64_t w) {
  Tensor hidden = zeros({length, 2 * w + 1});  // [query, diagonal]
  for (std::int64_t i = 0; i < length; ++i)
    for (std::int64_t o = -w; o <= w; ++o)
      if (i + o < 0 || i + o >= length) hidden.set({i, w + o}, -INFINITY);
  return hidden;
}

// [diagonals]
/// \param q, k, v  [length, d_head]
Tensor by_diagonals(const Tensor& q, const Tensor& k, const Tensor& v,
                    std::int64_t w) {
  const std::int64_t length = q.dim(0);
  const double root = std::sqrt(static_cast<double>(q.dim(1)));
  const Tensor k_around = surround_with_zeros(k, 0, w, length + 2 * w);
  const Tensor v_around = surround_with_zeros(v, 0, w, length + 2 * w);
  const auto diagonal = [&](const Tensor& x, std::int64_t o) {
    return slice(x, 0, w + o, w + o + length);  // row i: key i + o
  };
  std::vector<Tensor> columns;
  for (std::int64_t o = -w; o <= w; ++o)
    columns.push_back(sum_axis(q * diagonal(k_around, o), 1, KeepAxis::yes) /
                      root);
  const Tensor hidden = beyond_the_ends(length, w);  // [query, diagonal]
  const Tensor shares = softmax(concatenate(columns, 1) + hidden);
  Tensor mixed = zeros(q.shape());  // [query, d_head]
  for (std::int64_t o = -w; o <= w; ++o)
    mixed = mixed + slice(shares, 1, w + o, w + o + 1) * diagonal(v_around, o);
  return mixed;
}
// [diagonals]

// [in-tiles]
/// Pairs that are calculated by tiles of so many queries, which ask the mask's
/// program for their keys.
std::int64_t pairs_in_tiles(const Mask& mask, std::int32_t length,
                            std::int32_t queries) {
  std::int64_t pairs = 0;
  with_masks(mask, length, length, [&](const auto& masks) {
    const auto program = masks.program(0, 0);  // of this sequence and head
    for (std::int32_t begin = 0; begin < length; begin += queries) {
      const Range tile{begin, std::min(begin + queries, length)};
      for (const Range keys : program.keys_of(tile).runs())
        pairs += std::int64_t{tile.size()} * keys.size();
    }
  });
  return pairs;
}
// [in-tiles]

/// What is calculated, 24 words and a window of 3: 1 where it is of use, less
/// where it is thrown away.
void draw(const std::string& name, const std::string& title,
          const std::function<bool(std::int64_t, std::int64_t)>& calculated) {
  const Tensor seen = visible(window_mask({.before = 3, .after = 3}), 24, 24);
  Tensor picture = zeros({24, 24});  // [query, key]
  for (std::int64_t query = 0; query < 24; ++query)
    for (std::int64_t key = 0; key < 24; ++key)
      if (calculated(query, key))
        picture.set({query, key}, seen.at({query, key}) > 0 ? 1 : 0.35);
  write_picture(name + ".svg", heat_map(picture, {.title = title}));
}

void pictures() {
  draw("diagonals", "One diagonal after the other",
       [](auto query, auto key) { return std::abs(query - key) <= 3; });
  draw("chunks", "Chunks of 6 that overlap by 3", [](auto query, auto key) {
    // Chunk c has the words from 3 (c − 1) to 3 (c + 1).
    const auto a = query / 3, b = key / 3;
    return a - b <= 1 && b - a <= 1;
  });
  draw("tiles", "Tiles of 4 queries ask for their keys",
       [](auto query, auto key) {
         const auto first = query / 4 * 4;
         return key >= first - 3 && key <= first + 3 + 3;
       });
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

using Attend = Variable (*)(const Variable&, const Variable&, const Variable&,
                            const AttentionOptions&);

struct Way {
  const char* name;
  Attend attend;
  bool window = true;
  Series time{};
};

/// Queries, keys and values of one head.
struct Tokens {
  Variable q, k, v;  // [batch, length, d_head]

  explicit Tokens(std::int64_t length, std::int64_t d_head = 64) {
    const auto draw = [&](std::uint64_t seed) {
      return Variable::parameter(
          random_normal({1, length, d_head}, 1, {.seed = seed}));
    };
    q = draw(1), k = draw(2), v = draw(3);
  }
  void pass(Attend how, const AttentionOptions& options, bool and_back) const {
    if (!and_back) {
      const NoGradient no_gradient;
      how(q, k, v, options);
      return;
    }
    const Variable y = how(q, k, v, options);
    backward(y, full(y.shape(), 1));
    for (Variable x : {q, k, v}) x.zero_gradient();
  }
};

std::vector<Way> ways() {
  return {{"all pairs, hidden later", attend_by_definition},
          {"diagonals", attend_window_by_diagonals},
          {"chunks", attend_window_by_chunks},
          {"the mask's program", attend},
          {"no window", attend, false}};
}

constexpr std::int64_t w = 64;

AttentionOptions options_of(const Way& way) {
  AttentionOptions options;
  if (way.window) options.mask = window_mask({.before = w, .after = w});
  return options;
}

void all_the_same() {
  std::cout << "\n== Four ways, one answer ==\n";
  const Tokens tokens(300);
  const std::vector<Way> all = ways();
  const Variable right =
      all[0].attend(tokens.q, tokens.k, tokens.v, options_of(all[0]));
  const auto same = [&](const Tensor& y) {
    return yes_if(largest_difference(y.reshape({300, 64}),
                                     right.value().reshape({300, 64})) < 1e-5);
  };
  const auto row = [](const Variable& x) {
    return x.value().reshape({300, 64});
  };
  std::cout << "as by definition, within 0.00001:\nthe page's diagonals  "
            << same(
                   by_diagonals(row(tokens.q), row(tokens.k), row(tokens.v), w))
            << "\n";
  for (std::size_t i = 1; i < 4; ++i)
    std::printf(
        "%-20s  %s\n", all[i].name,
        same(all[i]
                 .attend(tokens.q, tokens.k, tokens.v, options_of(all[i]))
                 .value()));
}

/// 4,000 words; what each way calculates.
void counted() {
  std::cout << "\n== Calculated and kept ==\n";
  constexpr std::int64_t length = 4000, chunks = (length + w - 1) / w + 1;
  const Mask mask = window_mask({.before = w, .after = w});
  const Mask causal{.causal = true, .window = Window{.before = w}};
  const auto print = [](const char* name, std::int64_t pairs,
                        std::int64_t kept) {
    std::printf("%-24s  %10.0f  %8.0f %%\n", name,
                static_cast<double>(pairs) / length,
                100.0 * static_cast<double>(kept) / static_cast<double>(pairs));
  };
  const std::int64_t kept = pairs_in_window(*mask.window, length, false);
  const std::int64_t past = pairs_in_window(*causal.window, length, true);
  std::printf("%-24s  %10s  %10s\n", "4,000 words, 64 a side", "fits a word",
              "kept");
  print("all pairs, hidden later", length * length, kept);
  print("diagonals", length * (2 * w + 1), kept);
  print("chunks", chunks * 4 * w * w, kept);
  print("the mask's program", pairs_in_tiles(mask, length, 48), kept);
  std::printf("only the 64 before\n");
  print("diagonals", length * (w + 1), past);
  print("chunks", chunks * 4 * w * w, past);
  print("the mask's program", pairs_in_tiles(causal, length, 48), past);
}

void measured() {
  std::cout << "\n== Measured ==\n";
  constexpr std::int64_t longest = 4000;
  std::vector<Way> all = ways();
  std::printf("%-24s  %26s  %6s  %6s\n", "", "ms, forwards", "G/s", "MB");
  std::printf("%-24s  %8s %8s %8s  %6s  %6s\n", "words", "1000", "2000", "4000",
              "4000", "4000");
  for (Way& way : all) {
    way.time.name = way.name;
    std::printf("%-24s ", way.name);
    for (const std::int64_t length : {500, 1000, 2000, 4000}) {
      const Tokens tokens(length);
      const std::int64_t bytes =
          peak_bytes([&] { tokens.pass(way.attend, options_of(way), false); });
      const double time =
          fastest([&] { tokens.pass(way.attend, options_of(way), false); });
      way.time.x.push_back(static_cast<double>(length));
      way.time.y.push_back(1e3 * time);
      if (length > 500) std::printf(" %8.1f", 1e3 * time);
      if (length < longest) continue;
      // [useful]
      const double useful =  // operations whose result is kept
          4.0 * 64 *
          static_cast<double>(
              way.window ? pairs_in_window({.before = w, .after = w}, length,
                                           /*causal=*/false)
                         : length * length);
      // [useful]
      std::printf("  %6.1f  %6.1f\n", useful / time / 1e9,
                  static_cast<double>(bytes) / 1e6);
    }
  }
  std::vector<Series> curves;
  for (const Way& way : all) curves.push_back(way.time);
  write_picture(
      "time.svg",
      line_chart(curves,
                 {.title = "A window of 64 to each side",
                  .x = {.label = "words", .scale = AxisScale::log},
                  .y = {.label = "ms, forwards", .scale = AxisScale::log}}));
  std::cout << "\n== There and back ==\n";
  std::printf("%-24s  %8s  %8s\n", "2,000 words", "ms", "MB");
  const Tokens tokens(2000);
  for (const Way& way : all) {
    const auto work = [&] { tokens.pass(way.attend, options_of(way), true); };
    const std::int64_t bytes = peak_bytes(work);
    std::printf("%-24s  %8.1f  %8.1f\n", way.name, 1e3 * fastest(work),
                static_cast<double>(bytes) / 1e6);
  }
}

void any_width() {
  std::cout << "\n== Two heads, two widths ==\n";
  const Tokens tokens(7, 8);
  // [reach]
  Window window{.before = 6, .after = 6};
  window.head_reach = ids({1, 3});  // [head]: no farther than this
  const AttentionOptions options{.heads = 2, .mask = window_mask(window)};
  const Tensor shares =  // [batch, head, query, key]
      attention_weights(tokens.q.value(), tokens.k.value(), options);
  // [reach]
  for (const int head : {0, 1})
    std::cout << "head " << head + 1 << "\n"
              << blocks(select(select(shares, 0, 0), 0, head),
                        {.rows = german, .columns = german});
}

void reach_by_layers() {
  std::cout << "\n== hat and geholfen ==\n";
  std::printf("%-12s  %8s  %18s  %12s\n", "layers", "by hand",
              "products of masks", "by gradients");
  for (const std::int64_t side : {1, 2, 3, 5}) {
    const Mask mask = window_mask({.before = side, .after = side});
    const std::int64_t by_hand = (5 + side - 1) / side;  // 5 / side, upwards
    // [products]
    const Tensor seen = visible(mask, 7, 7);  // [query, key]
    Tensor through = seen;                    // [query, key], of some layers
    int layers = 1;
    for (; through.at({1, 6}) == 0; ++layers) through = matmul(through, seen);
    // [products]
    int by_gradient = 0;
    for (bool arrives = false; !arrives;) {
      ++by_gradient;
      const Variable x =
          Variable::parameter(random_normal({1, 7, 8}, 0.1, {.seed = 1}));
      // [gradient]
      Variable y = x;  // [batch, length, d_model]
      for (int layer = 0; layer < by_gradient; ++layer)
        y = y + attend(y, y, y, {.mask = mask});
      backward(sum(slice(y, 1, 1, 2)));                // of hat
      const Tensor by = slice(x.gradient(), 1, 6, 7);  // geholfen
      arrives = max_last(absolute(by).reshape({-1})).item() > 0;
      // [gradient]
    }
    std::printf("%2d to a side  %8d  %18d  %12d\n", static_cast<int>(side),
                static_cast<int>(by_hand), layers, by_gradient);
  }

  // How much each of 41 words weighs in the middle one, behind each of 5 layers.
  constexpr std::int64_t length = 41, side = 4;
  Tensor influence = zeros({5, length});  // [layer, word]
  for (int layers = 1; layers <= 5; ++layers) {
    const Variable x =
        Variable::parameter(random_normal({1, length, 32}, 0.1, {.seed = 1}));
    Variable y = x;
    for (int layer = 0; layer < layers; ++layer)
      y = attend(y, y, y,
                 {.mask = window_mask({.before = side, .after = side})});
    backward(sum(slice(y, 1, 20, 21)));
    const Tensor size =  // [word]
        sqrt(sum_axis(square(x.gradient()), 2)).reshape({length});
    const double all = sum(size).item();
    for (std::int64_t i = 0; i < length; ++i)
      influence.set({layers - 1, i}, size.at({i}) / all);
  }
  std::vector<std::string> names;
  for (int layer = 1; layer <= 5; ++layer) names.push_back(text(layer));
  write_picture("reach.svg",
                heat_map(influence, {.title = "Who weighs in the word in the "
                                              "middle, by layers",
                                     .rows = names}));
  std::printf("behind 5 layers: reach 20 to a side; half the weight within ");
  double within = influence.at({4, 20});
  int half = 0;
  while (within < 0.5) {
    ++half;
    within += influence.at({4, 20 - half}) + influence.at({4, 20 + half});
  }
  std::printf("%d\n", half);
}

constexpr std::int64_t places = 16, far = 5;

/// Says of every word which one stood five places before it.
class Teller : public Module {
 public:
  Teller(int depth, Initializer& init)
      : embedding_(9, 32, init),
        positions_(PositionKind::sinusoidal, places, 32, init),
        norm_(32, init),
        output_(32, 9, init) {
    for (int i = 0; i < depth; ++i)
      layers_.push_back(
          std::make_unique<EncoderLayer>(LayerOptions{.d_model = 32,
                                                      .nhead = 4,
                                                      .dim_feedforward = 64,
                                                      .dropout = 0,
                                                      .attention_dropout = 0},
                                         nullptr, init));
  }
  /// \param tokens  i32 [batch, length]
  Variable operator()(const Tensor& tokens, const Mask& mask) const {
    Variable x = positions_(embedding_(tokens));  // [batch, length, d_model]
    for (const auto& layer : layers_) x = (*layer)(x, mask);
    return output_(norm_(x));  // [batch, length, word]
  }
  void visit(Visitor& visitor) override {
    visitor("embedding", embedding_);
    for (std::size_t i = 0; i < layers_.size(); ++i)
      visitor(text("layer", i), *layers_[i]);
    visitor("norm", norm_);
    visitor("output", output_);
  }

 private:
  Embedding embedding_;
  Positions positions_;
  std::vector<std::unique_ptr<EncoderLayer>> layers_;
  LayerNorm norm_;
  Linear output_;
};

struct Rows {
  Tensor tokens, before;  // i32 [batch, length]
};

/// Eight kinds of words, drawn at random; for the first five the answer is a
/// ninth.
Rows draw_rows(std::int64_t batch, std::uint32_t step) {
  const Tensor tokens =
      random_integers({batch, places}, 0, 8, {.seed = 16, .step = step});
  const Tensor none = full({batch, far}, 8, DType::i32);
  return {tokens, concatenate({none, slice(tokens, 1, 0, places - far)}, 1)};
}

/// Trains, and asks now and then. \return  per cent right, of the words that
/// have one five places before
Series learn(const std::string& name, int depth, const Mask& mask) {
  Initializer init(3);
  Teller teller(depth, init);
  Adam adam(parameters(teller), {});
  Series curve{.name = name};
  const Rows test = draw_rows(128, 0);
  for (std::uint32_t step = 1; step <= 500; ++step) {
    const Rows some = draw_rows(32, step);
    minimise(cross_entropy(teller(some.tokens, mask), some.before), adam, 2e-3);
    if (step % 50 != 0) continue;
    const NoGradient no_gradient;
    const Tensor answers =
        slice(teller(test.tokens, mask).value(), 1, far, places);
    curve.x.push_back(step);
    curve.y.push_back(100 *
                      accuracy(answers, slice(test.before, 1, far, places)));
  }
  return curve;
}

void learning() {
  std::cout << "\n== Which word stood five places before? ==\n";
  std::vector<Series> curves;
  const Mask mask = window_mask({.before = 3, .after = 3});
  for (const int depth : {1, 2})
    curves.push_back(
        learn(text(depth, depth == 1 ? " layer" : " layers"), depth, mask));
  curves.push_back(learn("all", 1, no_mask()));
  std::printf("%-22s  %8s\n", "by chance", "12 %");
  for (const Series& curve : curves)
    std::printf("%-22s  %6.0f %%\n", curve.name.c_str(), curve.y.back());
  write_picture("learning.svg",
                line_chart(curves, {.title = "Which word stood five places "
                                             "before? A window of 3",
                                    .x = {.label = "steps"},
                                    .y = {.label = "per cent right",
                                          .scale = AxisScale::from_zero}}));
}

void without_overlap() {
  std::cout << "== Blocks that do not overlap ==\n";
  // [blocks]
  const Mask mask =
      pair_mask([](auto query, auto key) { return query / 4 == key / 4; });
  // [blocks]
  std::cout << blocks(visible(mask, 7, 7), {.rows = german, .columns = german});
  const Tensor seen = visible(mask, 7, 7);  // [query, key]
  Tensor through = seen;
  for (int layer = 1; layer < 100; ++layer)
    through = greater(matmul(through, seen), 0);
  std::cout << "hat sees geholfen through 100 layers: "
            << yes_if(through.at({1, 6}) > 0) << "\n";
  const ByDefinition by_definition;
  const Series curve = learn("2 layers", 2, mask);
  std::printf("which word stood five places before, 2 layers: %.0f %%\n",
              curve.y.back());
}

/// A window, layers and a length of training of one's own.
void as_you_like(const Settings& settings) {
  const std::int64_t side = settings.whole("window");
  const int layers = static_cast<int>(settings.whole("layers"));
  const Mask mask = window_mask({.before = side, .after = side});
  const Tensor seen = visible(mask, 7, 7);  // [query, key]
  std::cout << "== A window of " << side << " to each side ==\n"
            << blocks(seen, {.rows = german, .columns = german});
  Tensor through = seen;  // [query, key]: in how many ways, through all layers
  for (int layer = 1; layer < layers; ++layer) through = matmul(through, seen);
  std::cout << "hat sees geholfen through " << settings.text("layers")
            << (layers == 1 ? " layer: " : " layers: ")
            << yes_if(through.at({1, 6}) > 0) << "\n\n";
  std::cout << "== Which word stood five places before? " << settings.line()
            << " ==" << std::endl;
  const Series curve = learn(settings.line(), layers, mask);
  std::printf("%-12s  %6s\n", "steps", "right");
  for (std::size_t i = 0; i < curve.x.size(); ++i)
    std::printf("%-12.0f  %4.0f %%\n", curve.x[i], curve.y[i]);
  std::printf("%-12s  %4d %%\n", "by chance", 12);
  write_picture("learning.svg",
                line_chart({curve}, {.title = "Which word stood five places "
                                              "before?",
                                     .x = {.label = "steps"},
                                     .y = {.label = "per cent right",
                                           .scale = AxisScale::from_zero}}));
}

}  // namespace

int main(int argc, char** argv) {
  const Settings settings({{.name = "window",
                            .says = "words that it sees to each side",
                            .book = "3",
                            .values = {"0", "1", "2", "3", "4", "5", "6"}},
                           {.name = "layers",
                            .says = "layers, one after the other",
                            .book = "2",
                            .values = {"1", "2", "3", "4", "5"}}},
                          argc, argv);
  if (settings.changed()) return as_you_like(settings), 0;
  if (argc == 3 && argv[2] == std::string("overlap")) {
    without_overlap();
    return 0;
  }
  who_sees_whom();
  three_times();
  pictures();
  all_the_same();
  const int cores = thread_count();
  set_thread_count(1);
  counted();
  measured();
  set_thread_count(cores);
  any_width();
  reach_by_layers();
  learning();
}
