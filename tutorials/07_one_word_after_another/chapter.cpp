// Chapter 7: the cells rnn, gru and lstm; how far a derivative reaches back; a
// recurrent translator, and the one vector between its two halves. Draws
// reach.svg, vector.svg and bottleneck.svg into the folder where it is started.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <map>
#include <numeric>

#include "lectern.h"
#include "tasks/report/pictures.h"
#include "tasks/text/batches.h"
#include "tasks/text/word_tokenizer.h"
#include "tasks/translation/toy_corpus.h"

using namespace lectern;

namespace {

using State = CellState<Variable>;      // h [batch, hidden], and c of an lstm
using Weights = CellWeights<Variable>;  // W, U and b, gates side by side
constexpr CellKind kinds[] = {CellKind::rnn, CellKind::gru, CellKind::lstm};

// Two words of one number each: something, then nothing.
// [words]
const double words[2] = {1, 0};
const double w = 1, u = 0.5;  // of every gate; every bias is 0, but one
const double forget_bias = 1;
// [words]

double squash(double a) { return 1 / (1 + std::exp(-a)); }

struct ByHand {
  double h[2], c[2] = {0, 0};
};

ByHand rnn_by_hand() {
  ByHand result{};
  double h = 0;
  // [rnn-hand]
  for (int t = 0; t < 2; ++t) {
    h = std::tanh(w * words[t] + u * h);
    result.h[t] = h;
  }
  // [rnn-hand]
  return result;
}

ByHand gru_by_hand() {
  ByHand result{};
  double h = 0;
  // [gru-hand]
  for (int t = 0; t < 2; ++t) {
    const double r = squash(w * words[t] + u * h);
    const double z = squash(w * words[t] + u * h);
    const double n = std::tanh(w * words[t] + r * (u * h));
    h = (1 - z) * n + z * h;
    result.h[t] = h;
  }
  // [gru-hand]
  return result;
}

ByHand lstm_by_hand() {
  ByHand result{};
  double h = 0, c = 0;
  // [lstm-hand]
  for (int t = 0; t < 2; ++t) {
    const double i = squash(w * words[t] + u * h);
    const double f = squash(w * words[t] + u * h + forget_bias);
    const double g = std::tanh(w * words[t] + u * h);
    const double o = squash(w * words[t] + u * h);
    c = f * c + i * g;
    h = o * std::tanh(c);
    result.h[t] = h, result.c[t] = c;
  }
  // [lstm-hand]
  return result;
}

ByHand by_hand(CellKind kind) {
  switch (kind) {
    case CellKind::rnn: return rnn_by_hand();
    case CellKind::gru: return gru_by_hand();
    case CellKind::lstm: return lstm_by_hand();
  }
  return {};
}

// [definition]
Variable sums(const Variable& x, const Variable& h, const Weights& a) {
  return matmul(x, a.input) + matmul(h, a.hidden) + a.bias;
}
State rnn(const Variable& x, const State& s, const Weights& a) {
  return {tanh(sums(x, s.h, a))};  // [batch, hidden]
}
State gru(const Variable& x, const State& s, const Weights& a) {
  const std::int64_t n = s.h.dim(1);                // hidden
  const Variable in = matmul(x, a.input) + a.bias;  // [batch, 3 · hidden]
  const Variable back = matmul(s.h, a.hidden);      // [batch, 3 · hidden]
  const auto part = [&](const Variable& v, int k) {
    return slice(v, 1, k * n, (k + 1) * n);  // [batch, hidden]
  };
  const Variable r = sigmoid(part(in, 0) + part(back, 0));
  const Variable z = sigmoid(part(in, 1) + part(back, 1));
  const Variable fresh =
      tanh(part(in, 2) + r * (part(back, 2) + a.hidden_bias));
  return {fresh - z * fresh + z * s.h};
}
State lstm(const Variable& x, const State& s, const Weights& a) {
  const std::int64_t n = s.h.dim(1);     // hidden
  const Variable all = sums(x, s.h, a);  // [batch, 4 · hidden]
  const auto part = [&](int k) { return slice(all, 1, k * n, (k + 1) * n); };
  const Variable i = sigmoid(part(0)), f = sigmoid(part(1));
  const Variable g = tanh(part(2)), o = sigmoid(part(3));
  const Variable c = f * s.c + i * g;  // [batch, hidden]
  return {o * tanh(c), c};
}
// [definition]

State one_step(CellKind kind, const Variable& x, const State& s,
               const Weights& a) {
  switch (kind) {
    case CellKind::rnn: return rnn(x, s, a);
    case CellKind::gru: return gru(x, s, a);
    case CellKind::lstm: return lstm(x, s, a);
  }
  return {};
}

/// The weights above as tables: `[1, gates]` each.
Weights small_weights(CellKind kind) {
  const std::int64_t gates = gates_of(kind);
  Tensor bias = zeros({gates});
  if (kind == CellKind::lstm) bias.set({1}, forget_bias);
  return {Variable(full({1, gates}, w)), Variable(full({1, gates}, u)),
          Variable(bias), Variable(zeros({1}))};
}

void three_times() {
  std::cout << "== Two words ==\n";
  bool equal = true;
  const Variable x(matrix({{1}, {0}}).reshape({1, 2, 1}));  // [batch, word, in]
  for (const CellKind kind : kinds) {
    const ByHand hand = by_hand(kind);
    const Weights weights = small_weights(kind);
    State state{Variable(zeros({1, 1})), Variable(zeros({1, 1}))};
    // [library]
    const Variable y = recurrent(kind, x, weights);  // [batch, word, hidden]
    // [library]
    for (std::int64_t t = 0; t < 2; ++t) {
      state = one_step(kind, select(x, 1, t), state, weights);
      const double defined = state.h.value().item();
      const double library = y.value().at({0, t, 0});
      equal = equal && std::abs(defined - hand.h[t]) < 1e-5 &&
              std::abs(library - hand.h[t]) < 1e-5;
    }
    std::printf("%-5s after the first word %.3f, after the second %.3f",
                std::string(name_of(kind)).c_str(), hand.h[0], hand.h[1]);
    if (kind == CellKind::lstm)
      std::printf("; cell %.3f, then %.3f", hand.c[0], hand.c[1]);
    std::printf("\n");
  }
  std::printf("by hand, by definition and in one line the same: %s\n",
              equal ? "yes" : "no");
}

/// The numbers of a parameter whose name ends like this.
Tensor weight_of(Module& model, const std::string& end) {
  for (const NamedParameter& parameter : parameters(model))
    if (parameter.name.ends_with(end)) return parameter.variable.value();
  throw Error("no parameter " + end);
}

constexpr std::int64_t hidden = 32, longest = 40;

// An lstm whose forget gates begin at σ(bias).
void set_forget_bias(Module& model, double bias) {
  Tensor b = weight_of(model, "bias");  // [4 · hidden]
  for (std::int64_t i = hidden; i < 2 * hidden; ++i) b.set({i}, bias);
}

/// How much the last state moves with each earlier input: the norm of its
/// derivative, for a cell that has learned nothing.
std::vector<double> reach(const RecurrentCell& cell) {
  std::vector<double> norms;  // by distance from the last word
  // [reach]
  const Variable x =
      Variable::parameter(random_normal({64, longest, hidden}, 1, {.seed = 1}));
  const Variable last = cell.read(x).last.h;  // [batch, hidden]
  const Tensor direction = random_normal({64, hidden}, 1, {.seed = 2});
  backward(sum(last * Variable(direction)));
  const Tensor slopes = x.gradient();  // [batch, word, in]
  for (std::int64_t back = 0; back < longest; ++back) {
    const Tensor slope = select(slopes, 1, longest - 1 - back);  // [batch, in]
    norms.push_back(std::sqrt(sum(slope * slope).item() / 64));
  }
  // [reach]
  return norms;
}

void print_reach(const std::string& name, const std::vector<double>& norms) {
  std::printf("%-22s", name.c_str());
  for (const std::size_t back : {0, 1, 5, 10, 20, 39})
    std::printf("  %8.1e", norms[back]);
  std::printf("\n");
}

void print_distances() {
  std::printf("%-22s", "words back");
  for (const int back : {0, 1, 5, 10, 20, 39}) std::printf("  %8d", back);
  std::printf("\n");
}

void draw_reach(const std::string& file, std::vector<Series> series) {
  for (Series& one : series)
    for (std::size_t i = 0; i < one.y.size(); ++i)
      one.x.push_back(static_cast<double>(i)), one.y[i] = std::log10(one.y[i]);
  write_picture(file,
                line_chart(series, {.title = "How far a derivative "
                                             "reaches back",
                                    .x = {.label = "words back"},
                                    .y = {.label = "log₁₀ of the norm"}}));
}

void vanishing() {
  std::cout << "\n== How far a derivative reaches back ==\n";
  print_distances();
  std::vector<Series> series;
  for (const CellKind kind : kinds) {
    Initializer init(5);
    const RecurrentCell cell(kind, hidden, hidden, init);
    series.push_back({.name = std::string(name_of(kind)), .y = reach(cell)});
    print_reach(series.back().name, series.back().y);
  }
  Initializer init(5);
  RecurrentCell cell(CellKind::rnn, hidden, hidden, init);
  Tensor u_matrix = weight_of(cell, "hidden");
  u_matrix.copy_from(u_matrix * 3);
  series.push_back({.name = "rnn, U times 3", .y = reach(cell)});
  print_reach(series.back().name, series.back().y);
  draw_reach("reach.svg", series);
}

constexpr std::int32_t letters = 8;

/// Reads a row of letters, and names the first.
struct FirstLetter : Module {
  FirstLetter(CellKind kind, Initializer& init)
      : letter(letters, hidden, init),
        cell(kind, hidden, hidden, init),
        out(hidden, letters, init) {}
  Variable operator()(const Tensor& row) const {  // [batch, letter]
    return out(cell.read(letter(row)).last.h);
  }
  void visit(Visitor& visitor) override {
    visitor("letter", letter), visitor("cell", cell), visitor("out", out);
  }
  Embedding letter;
  RecurrentCell cell;
  Linear out;
};

/// The share of first letters that it names after some training.
double names_first(FirstLetter& model, std::int64_t length, unsigned seed) {
  Adam adam(parameters(model), {});
  double right = 0;
  for (std::uint32_t step = 0; step < 420; ++step) {
    const Tensor row =
        random_integers({32, length}, 0, letters, {.seed = seed, .step = step});
    const Tensor first = select(row, 1, 0);  // [batch]
    const Variable logits = model(row);      // [batch, letter]
    if (step >= 400) right += accuracy(logits.value(), first) / 20;
    minimise(cross_entropy(logits, first), adam, 0.005);
  }
  return 100 * right;
}

std::string from_to(std::vector<double> values) {
  std::ranges::sort(values);
  char line[40];
  std::snprintf(line, sizeof line, "%3.0f to %3.0f", values.front(),
                values.back());
  return line;
}

void first_letter() {
  std::cout << "\n== Naming the first letter ==\n";
  std::printf("%-22s%14s%14s\n", "letters in a row", "5", "15");
  std::printf("%-22s%14.1f%14.1f\n", "by chance, %", 100.0 / letters,
              100.0 / letters);
  for (const CellKind kind : kinds) {
    std::printf("%-22s", (std::string(name_of(kind)) + ", %").c_str());
    for (const std::int64_t length : {5, 15}) {
      std::vector<double> seeds;
      for (const unsigned seed : {1, 2, 3}) {
        Initializer init(seed);
        FirstLetter model(kind, init);
        seeds.push_back(names_first(model, length, seed));
      }
      std::printf("%14s", from_to(seeds).c_str());
    }
    std::printf("\n");
  }
}

void without_memory() {
  std::cout << "== An lstm without its memory ==\n";
  print_distances();
  std::vector<Series> series;
  const std::pair<const char*, double> biases[] = {
      {"forget bias 1", 1}, {"forget bias 0", 0}, {"gate shut, bias -10", -10}};
  for (const auto& [name, bias] : biases) {
    Initializer init(5);
    RecurrentCell cell(CellKind::lstm, hidden, hidden, init);
    set_forget_bias(cell, bias);
    series.push_back({.name = name, .y = reach(cell)});
    print_reach(name, series.back().y);
  }
  draw_reach("memory.svg", series);
  std::cout << "\n== What it can still learn ==\n";
  std::printf("%-22s%14.1f\n", "by chance, %", 100.0 / letters);
  for (const auto& [name, bias] : biases) {
    std::vector<double> seeds;
    for (const unsigned seed : {1, 2, 3}) {
      Initializer init(seed);
      FirstLetter model(CellKind::lstm, init);
      set_forget_bias(model.cell, bias);
      seeds.push_back(names_first(model, 15, seed));
    }
    std::printf("%-22s%14s\n", name, from_to(seeds).c_str());
  }
}

/// Rows of letters, to be written from the last to the first.
Batch backwards(std::int64_t count, std::int64_t length, RandomKey key) {
  const auto all = random_integers({count, length}, 4, 4 + letters, key)
                       .to_vector<std::int32_t>();
  std::vector<TokenPair> pairs;
  for (auto row = all.begin(); row != all.end(); row += length) {
    const std::vector<std::int32_t> read(row, row + length);
    pairs.push_back({read, {read.rbegin(), read.rend()}});
  }
  std::vector<std::int64_t> which(pairs.size());
  std::iota(which.begin(), which.end(), 0);
  return make_batch(pairs, which);
}

/// What it expects behind each target token: `[batch, target, vocab]`.
Variable logits_of(const EncoderDecoder& model, const Batch& batch) {
  return model({batch.source, batch.source_lengths}, batch.target_input);
}

/// The share of letters that it writes right, for each length.
std::vector<double> learn_backwards(unsigned seed,
                                    const std::vector<std::int64_t>& lengths) {
  Initializer init(seed);
  // [translator]
  RecurrentTranslator model({.source_vocab = 4 + letters,
                             .target_vocab = 4 + letters,
                             .d_model = 48,
                             .num_encoder_layers = 1,
                             .num_decoder_layers = 1,
                             .dropout = 0,
                             .bidirectional = false,
                             .attention_score = ScoreKind::none},
                            init);
  // [translator]
  Adam adam(parameters(model), {});
  for (std::uint32_t step = 0; step < 900; ++step) {
    const Batch batch =
        backwards(48, 1 + step * 7 % 16, {.seed = seed, .step = step});
    minimise(cross_entropy(logits_of(model, batch), batch.target_output), adam,
             0.005);
  }
  std::vector<double> right;
  const NoGradient no_gradient;
  for (const std::int64_t length : lengths) {
    const Batch batch = backwards(128, length, {.seed = 99});
    const Tensor logits = logits_of(model, batch).value();
    right.push_back(100 * accuracy(slice(logits, 1, 0, length),
                                   slice(batch.target_output, 1, 0, length)));
  }
  return right;
}

void the_bottleneck() {
  std::cout << "\n== Accuracy against length ==\n";
  const std::vector<std::int64_t> lengths{1, 2, 4, 6, 8, 10, 12, 14, 16};
  std::vector<std::vector<double>> seeds;
  std::vector<Series> series;
  for (const unsigned seed : {1, 2, 3}) {
    seeds.push_back(learn_backwards(seed, lengths));
    series.push_back({.name = text("seed ", seed), .y = seeds.back()});
  }
  series.push_back({.name = "by chance",
                    .y = std::vector<double>(lengths.size(), 100.0 / letters),
                    .stroke = Stroke::dashed});
  for (Series& one : series)
    for (const std::int64_t length : lengths)
      one.x.push_back(static_cast<double>(length));
  std::printf("%8s  %16s  %10s\n", "letters", "right, % (seeds)", "by chance");
  for (std::size_t i = 0; i < lengths.size(); ++i)
    std::printf("%8d  %16s  %10.1f\n", static_cast<int>(lengths[i]),
                from_to({seeds[0][i], seeds[1][i], seeds[2][i]}).c_str(),
                100.0 / letters);
  write_picture("bottleneck.svg",
                line_chart(series, {.title = "A row of letters through one "
                                             "vector of 48 numbers",
                                    .x = {.label = "letters in the row"},
                                    .y = {.label = "right, %"}}));
}

/// How often the commonest target token would be right, in percent.
double commonest(const std::vector<TokenPair>& pairs) {
  std::map<std::int32_t, double> counts;
  double all = 0, most = 0;
  for (const TokenPair& pair : pairs) {
    all += static_cast<double>(pair.target.size()) + 1;  // with </s>
    for (const std::int32_t token : pair.target)
      most = std::max(most, ++counts[token]);
  }
  return 100 * most / all;
}

void the_sentence() {
  std::cout << "\n== The sentence in one vector ==\n";
  const ToyCorpus corpus = make_toy_corpus();
  std::vector<std::string> german, english;
  for (const SentencePair& pair : corpus.train)
    german.push_back(pair.source), english.push_back(pair.target);
  const auto source = train_tokenizer(german, {.kind = TokenizerKind::word});
  const auto target = train_tokenizer(english, {.kind = TokenizerKind::word});
  const auto tokens_of = [&](const std::vector<SentencePair>& part) {
    std::vector<TokenPair> pairs;
    for (const SentencePair& pair : part)
      pairs.push_back(
          {source->encode(pair.source), target->encode(pair.target)});
    return pairs;
  };
  const std::vector<TokenPair> train_pairs = tokens_of(corpus.train);
  Initializer init(1);
  RecurrentTranslator model({.source_vocab = source->size(),
                             .target_vocab = target->size(),
                             .d_model = 96,
                             .num_encoder_layers = 1,
                             .num_decoder_layers = 1,
                             .dropout = 0,
                             .bidirectional = false,
                             .attention_score = ScoreKind::none},
                            init);
  Adam adam(parameters(model), {});
  const auto begin = std::chrono::steady_clock::now();
  for (std::uint32_t epoch = 0; epoch < 3; ++epoch)
    for (const auto& which :
         plan_epoch(train_pairs, {.batch_size = 64}, 1, epoch)) {
      const Batch batch = make_batch(train_pairs, which);
      minimise(cross_entropy(logits_of(model, batch), batch.target_output,
                             {.ignore = Tokenizer::pad}),
               adam, 0.004);
    }
  const std::chrono::duration<double> seconds =
      std::chrono::steady_clock::now() - begin;
  std::printf("seconds of training: %.0f\n", seconds.count());

  std::printf("always the commonest token: %.0f %%\n",
              commonest(tokens_of(corpus.valid)));
  const NoGradient no_gradient;
  for (const auto& [low, high] : {std::pair{4, 6}, {7, 9}, {10, 14}}) {
    std::vector<SentencePair> part;
    for (const SentencePair& pair : corpus.valid) {
      const auto n = static_cast<int>(split_words(pair.source).size()) - 1;
      if (n >= low && n <= high) part.push_back(pair);
    }
    const std::vector<TokenPair> pairs = tokens_of(part);
    std::vector<std::int64_t> which(pairs.size());
    std::iota(which.begin(), which.end(), 0);
    const Batch batch = make_batch(pairs, which);
    std::printf("sentences of %2d to %2d words, words right: %.0f %%\n", low,
                high,
                100 * accuracy(logits_of(model, batch).value(),
                               batch.target_output, Tokenizer::pad));
  }
  const std::string sentence = "Heute hat sie dem großen Pferd geholfen.";
  const std::string right = "Today she helped the big horse.";
  const Batch batch =
      make_batch({{source->encode(sentence), target->encode(right)}}, {0});
  const Tensor chances =
      softmax(logits_of(model, batch).value());  // [1, target, vocab]
  std::cout << "the probability of each right word behind the right ones:\n";
  const std::vector<std::string> right_words = split_words(right);
  for (std::size_t i = 0; i < right_words.size(); ++i) {
    const auto place = static_cast<std::int64_t>(i);
    const auto word =
        static_cast<std::int64_t>(batch.target_output.at({0, place}));
    std::printf("%-8s %.2f\n", right_words[i].c_str(),
                chances.at({0, place, word}));
  }
  // [write]
  Decoder decoder(model, {batch.source, batch.source_lengths});
  const auto found =
      beam_search(decoder, {.beam_size = 1, .max_lengths = {12}});
  const std::string written = target->decode(found[0][0].tokens);
  // [write]
  const EncoderOutput read = model.encode({batch.source, batch.source_lengths});
  std::vector<std::string> rows = split_words(sentence);
  rows.push_back("</s>");
  const Tensor states = select(read.states.value(), 0, 0);  // [word, d_model]
  write_picture("vector.svg",
                heat_map(slice(states, 1, 0, 32),
                         {.title = "From the last row was written: " + written,
                          .rows = rows}));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 3 && argv[2] == std::string("memory")) {
    without_memory();
    return 0;
  }
  three_times();
  vanishing();
  first_letter();
  the_bottleneck();
  the_sentence();
}
