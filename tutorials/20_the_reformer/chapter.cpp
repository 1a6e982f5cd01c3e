// Chapter 20: a quarter of a million letters as one sequence. What every row
// does alone is done piece by piece, forward and back; positions are told by
// row and column; the Reformer is put together and its parts are switched off
// one by one; the long step as it was recorded. Draws pieces.svg, parts.svg,
// length.svg and learning.svg into the folder where it is started.
#include <cmath>
#include <cstdio>
#include <iostream>
#include <map>
#include <sstream>

#include "lectern.h"
#include "models/group.h"
#include "recorded.h"
#include "tasks/report/pictures.h"
#include "tasks/translation/toy_corpus.h"

using namespace lectern;

namespace {

constexpr double mebi = 1 << 20;

const char* yes(bool condition) { return condition ? "yes" : "no"; }

/// The largest distance of two numbers in the same place.
double apart(const Tensor& a, const Tensor& b) {
  return max_last(absolute(a - b).reshape({-1})).item();
}

// [in-pieces]
/// Forward and back through f, so many rows at a time. The gradients of f's
/// parameters add up by themselves.
/// \param x, dy  [row, in] and [row, out]
/// \return       dx
Tensor in_pieces(const std::function<Variable(const Variable&)>& f,
                 const Tensor& x, const Tensor& dy, std::int64_t rows) {
  std::vector<Tensor> dx;
  for (std::int64_t begin = 0; begin < x.dim(0); begin += rows) {
    const Variable piece =
        Variable::parameter(slice(x, 0, begin, begin + rows));
    const Variable y = f(piece);  // on a tape as long as a piece
    backward(y, slice(dy, 0, begin, begin + rows));
    dx.push_back(piece.gradient());
  }
  return concatenate(dx, 0);
}
// [in-pieces]

void pieces_by_hand() {
  std::cout << "== Pieces ==\n";
  // [hand]
  // y = w · x for eight rows, w = 2; the loss is the sum of all y.
  const double whole = 1 + 2 + 3 + 4 + 5 + 6 + 7 + 8;  // dL/dw
  const double first = 1 + 2 + 3 + 4, second = 5 + 6 + 7 + 8;
  // [hand]
  std::cout << "by hand:       dw = " << whole << ", in pieces " << first
            << " + " << second << " = " << first + second << "\n";

  Variable w = Variable::parameter(matrix({{2}}));
  const Tensor x =
      matrix({{1}, {2}, {3}, {4}, {5}, {6}, {7}, {8}});  // [row, 1]
  const auto f = [&](const Variable& rows) { return matmul(rows, w); };
  const Tensor dx = in_pieces(f, x, ones({8, 1}), 4);
  const Tensor by_definition = w.gradient().clone();
  w.zero_gradient();
  // [chunks]
  const Variable all = Variable::parameter(x);
  const RowFunction rows = [&](const Variable& piece, std::int64_t) {
    return f(piece);
  };
  backward(sum(in_chunks(rows, all, 4)));
  // [chunks]
  std::cout << "by definition: dw = " << by_definition.item() << "\n"
            << "the library:   dw = " << w.gradient().item() << "\n"
            << "all three equal, and dx too: "
            << yes(by_definition.item() == whole &&
                   w.gradient().item() == whole &&
                   apart(dx, all.gradient()) == 0)
            << "\n";
}

void where_to_cut() {
  std::cout << "\n== Where to cut ==\n";
  constexpr std::int64_t length = 4096, d_model = 64, d_ff = 1024;
  Initializer init(1);
  const FeedForward network({.d_model = d_model, .d_ff = d_ff, .dropout = 0},
                            init);
  const Variable x = Variable::parameter(
      random_normal({length, d_model}, 1, {.seed = 2}));  // [row, d_model]
  // [three-cuts]
  const auto whole = [&] { return network(x); };
  const auto forward_only = [&](std::int64_t rows) {
    std::vector<Variable> parts;
    for (std::int64_t begin = 0; begin < length; begin += rows)
      parts.push_back(network(slice(x, 0, begin, begin + rows)));
    return concatenate(parts, 0);
  };
  const auto both = [&](std::int64_t rows) {
    return in_chunks(
        [&](const Variable& part, std::int64_t) { return network(part); }, x,
        rows);
  };
  // [three-cuts]
  const auto mib = [](const std::function<Variable()>& run) {
    const auto step = [&] { backward(sum(run())); };
    step();  // makes the gradients
    return static_cast<double>(peak_bytes(step)) / mebi;
  };
  std::printf("the hidden layer: %.0f MiB\n",
              4 * static_cast<double>(length * d_ff) / mebi);
  std::printf("whole:                          %5.1f MiB\n", mib(whole));
  Series one{"cut forward only", {}, {}}, two{"cut forward and back", {}, {}};
  for (const std::int64_t rows : {128, 256, 512, 1024, 2048}) {
    one.x.push_back(static_cast<double>(rows));
    two.x.push_back(static_cast<double>(rows));
    one.y.push_back(mib([&] { return forward_only(rows); }));
    two.y.push_back(mib([&] { return both(rows); }));
    std::printf("pieces of %4d, forward only:    %5.1f MiB\n",
                static_cast<int>(rows), one.y.back());
    std::printf("pieces of %4d, forward and back:%5.1f MiB\n",
                static_cast<int>(rows), two.y.back());
  }
  write_picture("pieces.svg",
                line_chart({one, two}, {.title = "A feed-forward network in "
                                                 "pieces",
                                        .x = {.label = "rows of a piece",
                                              .scale = AxisScale::log},
                                        .y = {.label = "MiB"}}));
}

void rows_and_columns() {
  std::cout << "\n== Rows and columns ==\n";
  // [axial-hand]
  const double row[] = {0.1, 0.2};               // 2 rows
  const double column[] = {0.3, 0.4, 0.5, 0.6};  // of 4 positions
  const int position = 6;                        // in row 1, column 2
  const double told[] = {row[position / 4], column[position % 4]};
  // [axial-hand]
  std::printf("position 6 by hand:     [%.1f %.1f]\n", told[0], told[1]);
  Initializer init(1);
  Positions positions(AxialPositions{2, 4, 1, 1}, init);
  auto tables = parameters(positions);
  tables[0].variable.set_value(matrix({{0.1}, {0.2}}));
  tables[1].variable.set_value(matrix({{0.3}, {0.4}, {0.5}, {0.6}}));
  // [axial-definition]
  const Tensor rows =
      gather_rows(tables[0].variable.value(), ids({0, 0, 0, 0, 1, 1, 1, 1}));
  const Tensor columns =
      gather_rows(tables[1].variable.value(), ids({0, 1, 2, 3, 0, 1, 2, 3}));
  const Tensor definition = concatenate({rows, columns}, 1);  // [8, 2]
  // [axial-definition]
  // [axial-library]
  const Variable library = positions(Variable(zeros({1, 8, 2})));
  // [axial-library]
  std::printf("by definition:          [%.1f %.1f]\n", definition.at({6, 0}),
              definition.at({6, 1}));
  std::printf("all eight, the library: the same: %s\n",
              yes(apart(library.value().reshape({8, 2}), definition) == 0));
  const AxialPositions axial = AxialPositions::for_length(262144, 256);
  std::printf("262144 positions of 256 numbers: %lld\n", 262144LL * 256);
  std::printf("%lld rows and %lld columns of %lld: %lld\n",
              static_cast<long long>(axial.rows),
              static_cast<long long>(axial.columns),
              static_cast<long long>(axial.row_width),
              static_cast<long long>(axial.rows * axial.row_width +
                                     axial.columns * axial.column_width));
}

/// The letters of the toy corpus, one sentence after the other, as bytes.
std::vector<std::int32_t> letters(std::size_t count) {
  std::vector<std::int32_t> bytes;
  for (const SentencePair& pair :
       make_toy_corpus({.valid = 0, .test = 0}).train)
    for (const unsigned char byte : pair.target + "\n") {
      bytes.push_back(byte);
      if (bytes.size() == count) return bytes;
    }
  fail("the toy corpus is too short");
}

struct Text {
  Tensor ids, next;  // [1, length]

  explicit Text(std::int64_t length, std::size_t first = 0) {
    const auto bytes = letters(first + static_cast<std::size_t>(length) + 1);
    const auto begin = bytes.begin() + static_cast<std::ptrdiff_t>(first);
    ids = tensor_of({1, length},
                    std::vector<std::int32_t>(begin, begin + length));
    next = tensor_of({1, length},
                     std::vector<std::int32_t>(begin + 1, begin + 1 + length));
  }
};

ReformerOptions small(std::int64_t max_length) {
  // [options]
  return {.vocab = 256,
          .layer = {.d_model = 64,
                    .nhead = 2,
                    .dim_feedforward = 512,
                    .norm_first = true,
                    .feed_forward_chunk = 256},
          .num_layers = 4,
          .attention = {"lsh"},
          .lsh = {.rounds = 2, .exact_below = 0},
          .max_length = max_length};
  // [options]
}

void assembled() {
  std::cout << "\n== Assembled ==\n";
  constexpr std::int64_t length = 512, d_model = 64;
  const Text text(length);
  const ReformerOptions options = small(length);
  // [library]
  Initializer init(1);
  LanguageModel model(reformer_language_model(options), init);
  train(model, {.seed = 1});
  const Variable loss = model.loss({text.ids, {}}, text.next);
  // [library]

  Initializer again(1);
  // [parts]
  Embedding embedding(options.vocab, d_model, again);
  Positions positions(PositionKind::axial, length, d_model, again);
  Dropout dropout(0.1);
  std::vector<EncoderLayer> layers;
  for (int i = 0; i < options.num_layers; ++i)
    layers.emplace_back(options.layer,
                        std::make_unique<LshAttention>(options.lsh), again);
  LayerNorm norm(d_model, again);
  OutputLayer output(embedding.weight(), again);
  // [parts]
  Group stack = numbered(layers);
  Group encoder([&](Visitor& visitor) {
    visitor("embedding", embedding);
    visitor("positions", positions);
    visitor("dropout", dropout);
    visitor("layers", stack);
    visitor("norm", norm);
  });
  Group all([&](Visitor& visitor) {
    visitor("encoder", encoder);
    visitor("generator", output);
  });
  train(all, {.seed = 1});  // the same masks and the same directions
  // [definition]
  const auto by_parts = [&] {
    const Variable x =
        dropout(positions(embedding(text.ids)));  // [batch, length, d_model]
    const Variable y =
        reversible_stack(stream_functions(layers, causal_mask()), x, x);
    const Variable mean =
        0.5 * (slice(y, 2, 0, d_model) + slice(y, 2, d_model, 2 * d_model));
    return cross_entropy(output(norm(mean)), text.next);
  };
  // [definition]
  const double one_line = loss.value().item();
  const double parts = by_parts().value().item();
  // [by-definition]
  const ByDefinition scope;  // matrices of all pairs, everything stored
  const double definition = by_parts().value().item();
  // [by-definition]
  std::printf("the library's line:     loss %.4f\n", one_line);
  std::printf("its parts:              loss %.4f\n", parts);
  std::printf("each by its definition: loss %.4f\n", definition);
  std::printf("equal within 0.0001: %s\n",
              yes(std::abs(one_line - parts) < 1e-4 &&
                  std::abs(one_line - definition) < 1e-4));
}

/// The Reformer with one part exchanged for what a Transformer has there.
struct Variant {
  LanguageModel::Options options;
  bool in_blocks = true;  // the loss
};

// [without]
Variant without(const std::string& part, const ReformerOptions& all) {
  Variant variant{reformer_language_model(all)};
  SequenceEncoderOptions& encoder = variant.options.encoder;
  if (part == "reversible") encoder.reversible = false;
  if (part == "lsh") encoder.attention = {{.name = "exact"}};
  if (part == "chunks") encoder.layer.feed_forward_chunk = 0;
  if (part == "axial") encoder.positions = PositionKind::learned;
  if (part == "blocks") variant.in_blocks = false;
  return variant;
}
// [without]

struct Cost {
  double mib = 0, operations = 0;
};

// [cost]
/// Everything that one step takes: parameters, gradients, Adam, activations.
Cost cost_of(const Variant& variant, const Text& text) {
  Cost cost;
  const auto step = [&] {
    Initializer init(1);
    LanguageModel model(variant.options, init);
    Adam adam(parameters(model), {});
    train(model, {.seed = 1});
    const Variable loss = variant.in_blocks
                              ? model.loss({text.ids, {}}, text.next)
                              : cross_entropy(model({text.ids, {}}), text.next);
    minimise(loss, adam, 0.001);
  };
  cost.operations = static_cast<double>(operations(
      [&] { cost.mib = static_cast<double>(peak_bytes(step)) / mebi; }));
  return cost;
}
// [cost]

const std::map<std::string, std::string> instead{
    {"nothing", "all parts"},        {"reversible", "ordinary layers"},
    {"lsh", "exact attention"},      {"chunks", "feed-forward whole"},
    {"blocks", "all logits stored"}, {"axial", "a vector a position"}};

void switched_off() {
  std::cout << "\n== Switched off ==\n";
  const Text text(4096);
  std::printf("%-22s  %6s  %18s\n", "4096 letters", "MiB", "operations, 1e9");
  for (const char* part :
       {"nothing", "reversible", "lsh", "chunks", "blocks", "axial"}) {
    const Cost cost = cost_of(without(part, small(4096)), text);
    std::printf("%-22s  %6.1f  %18.1f\n", instead.at(part).c_str(), cost.mib,
                cost.operations / 1e9);
  }
}

void by_length(const std::string& part) {
  std::cout << "== Without it ==\n";
  std::printf("%8s  %10s  %10s  %10s  %10s\n", "letters", "MiB with", "without",
              "1e9 with", "without");
  for (const std::int64_t length : {512, 1024, 2048}) {
    const Text text(length);
    ReformerOptions options = small(length);
    const Cost with = cost_of(without("nothing", options), text);
    const Cost bare = cost_of(without(part, options), text);
    std::printf("%8d  %10.1f  %10.1f  %10.1f  %10.1f\n",
                static_cast<int>(length), with.mib, bare.mib,
                with.operations / 1e9, bare.operations / 1e9);
  }
  if (part != "blocks") return;
  std::cout << "\n== A larger vocabulary ==\n";
  const Text text(2048);
  ReformerOptions options = small(2048);
  for (const std::int64_t vocab : {256, 4096, 16384}) {
    options.vocab = vocab;
    std::printf("%8d words  %8.1f  %10.1f\n", static_cast<int>(vocab),
                cost_of(without("nothing", options), text).mib,
                cost_of(without(part, options), text).mib);
  }
}

/// What the loss is for someone who knows how often each letter comes.
double by_frequency() {
  std::map<std::int32_t, double> counts;
  const auto all = letters(100000);
  for (const std::int32_t letter : all) counts[letter] += 1;
  double entropy = 0;
  for (const auto& [letter, count] : counts) {
    const double p = count / static_cast<double>(all.size());
    entropy -= p * std::log(p);
  }
  return entropy;
}

void it_learns() {
  std::cout << "\n== It learns ==\n";
  constexpr std::int64_t length = 512;
  ReformerOptions options = small(length);
  options.num_layers = 2;
  Initializer init(1);
  LanguageModel model(reformer_language_model(options), init);
  Adam adam(parameters(model), {});
  Series curve{"loss", {}, {}};
  double recent = 0;
  for (std::uint32_t step = 1; step <= 60; ++step) {
    train(model, {.seed = 1, .step = step});
    const Text text(length, (step - 1) * length);
    const Variable loss = model.loss({text.ids, {}}, text.next);
    minimise(loss, adam, 0.005);
    curve.y.push_back(loss.value().item());
    if (step > 50) recent += loss.value().item() / 10;
  }
  std::printf("guessing a byte:            %.2f\n", std::log(256));
  std::printf("knowing the letters' share: %.2f\n", by_frequency());
  std::printf("after 60 steps:             %.2f\n", recent);
  write_picture("learning.svg",
                line_chart({curve}, {.title = "Two layers of a Reformer, 512 "
                                              "letters a step",
                                     .x = {.label = "step"},
                                     .y = {.label = "nats a letter"}}));
}

/// A line of bench/results: one training step on the beginning of a novel.
struct Recorded {
  std::int64_t length = 0;
  std::string without;
  double parameters = 0, mib = 0, activations = 0, process = 0, forward = 0,
         backward = 0, update = 0, processor = 0, loss = 0;
};

std::vector<Recorded> recorded() {
  std::vector<Recorded> rows;
  std::istringstream lines(recorded_reformer);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream cells(line);
    Recorded row;
    if (cells >> row.length >> row.without >> row.parameters >> row.mib >>
        row.activations >> row.process >> row.forward >> row.backward >>
        row.update >> row.processor >> row.loss)
      rows.push_back(row);
  }
  return rows;
}

void a_part_at_a_time(const std::vector<Recorded>& rows) {
  std::cout << "\n== A novel, a part at a time ==\n";
  std::printf("%-22s  %8s  %20s\n", "16384 letters", "MiB",
              "seconds of processor");
  BarChart chart{.title = "One step on 16,384 letters, MiB"};
  double all = 0;
  for (const Recorded& row : rows) {
    if (row.length != 16384) continue;
    std::printf("%-22s  %8.0f  %20.1f\n", instead.at(row.without).c_str(),
                row.mib, row.processor);
    if (row.without == "nothing")
      all = row.mib;
    else
      chart.groups.push_back(
          {.title = instead.at(row.without),
           .bars = {{"instead", row.mib}, {"all parts", all}}});
  }
  write_picture("parts.svg", bar_chart(chart));
}

void the_long_step(const std::vector<Recorded>& rows) {
  std::cout << "\n== A quarter of a million ==\n";
  std::printf("%8s  %8s  %12s  %20s\n", "letters", "MiB", "KiB a letter",
              "seconds of processor");
  Series measured{"measured", {}, {}}, ordinary{"ordinary layers", {}, {}},
      limit{"8 GiB", {}, {}, Stroke::dashed};
  // Of ordinary layers, MiB: for each letter, and whatever the length.
  double stored = 0, standing = 0;
  for (const Recorded& row : rows)
    if (row.without == "reversible") {
      stored = row.activations / static_cast<double>(row.length);
      standing = row.mib - row.activations;
    }
  for (auto row = rows.rbegin(); row != rows.rend(); ++row) {
    if (row->without != "nothing") continue;
    const auto length = static_cast<double>(row->length);
    std::printf("%8.0f  %8.0f  %12.1f  %20.0f\n", length, row->mib,
                1024 * row->mib / length, row->processor);
    for (Series* line : {&measured, &ordinary, &limit})
      line->x.push_back(length);
    measured.y.push_back(row->mib / 1024);
    ordinary.y.push_back((standing + stored * length) / 1024);
    limit.y.push_back(8);
  }
  std::printf("ordinary layers, by multiplication: %.1f GiB\n",
              (standing + stored * 262144) / 1024);
  std::printf("one matrix of all pairs, one head:  %.0f GiB\n",
              4.0 * 262144 * 262144 / mebi / 1024);
  write_picture(
      "length.svg",
      line_chart({measured, ordinary, limit},
                 {.title = "One training step, six layers of 256 numbers",
                  .x = {.label = "letters", .scale = AxisScale::log},
                  .y = {.label = "GiB", .scale = AxisScale::log}}));
}

}  // namespace

int main(int argc, char** argv) {
  const std::string part = argc > 2 ? argv[2] : "";
  if (!part.empty()) {
    by_length(part);
    return 0;
  }
  pieces_by_hand();
  where_to_cut();
  rows_and_columns();
  assembled();
  switched_off();
  it_learns();
  const std::vector<Recorded> rows = recorded();
  a_part_at_a_time(rows);
  the_long_step(rows);
}
