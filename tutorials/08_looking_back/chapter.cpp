// Chapter 8: six ways to score how well a word fits; a recurrent translator that
// looks back. Draws its pictures into the folder where it is started.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <map>
#include <numeric>

#include "lectern.h"
#include "settings.h"
#include "tasks/report/pictures.h"
#include "tasks/text/batches.h"
#include "tasks/text/word_tokenizer.h"
#include "tasks/translation/toy_corpus.h"

using namespace lectern;

namespace {

constexpr ScoreKind kinds[] = {
    ScoreKind::dot_product,   ScoreKind::scaled_dot_product,
    ScoreKind::general,       ScoreKind::additive,
    ScoreKind::content_based, ScoreKind::location_based};

double seconds_since(std::chrono::steady_clock::time_point begin) {
  const std::chrono::duration<double> time =
      std::chrono::steady_clock::now() - begin;
  return time.count();
}

// What the decoder is looking for, and what two words of the source have.
// [vectors]
const double q[2] = {2, 1};
const double k[2][2] = {{1, 0}, {1, 3}};
const double w[2][2] = {{0, 1}, {1, 0}};  // of general, additive and location
const double v[2] = {1, 1};               // of additive
// [vectors]

/// The score of word j, by hand.
double by_hand(ScoreKind kind, int j) {
  const double* key = k[j];
  // [hand]
  const double dot = q[0] * key[0] + q[1] * key[1];
  const double qw[2] = {q[0] * w[0][0] + q[1] * w[1][0],
                        q[0] * w[0][1] + q[1] * w[1][1]};
  const double kw[2] = {key[0] * w[0][0] + key[1] * w[1][0],
                        key[0] * w[0][1] + key[1] * w[1][1]};
  switch (kind) {
    case ScoreKind::dot_product: return dot;
    case ScoreKind::scaled_dot_product: return dot / std::sqrt(2);
    case ScoreKind::general: return qw[0] * key[0] + qw[1] * key[1];
    case ScoreKind::additive:
      return v[0] * std::tanh(qw[0] + kw[0]) + v[1] * std::tanh(qw[1] + kw[1]);
    case ScoreKind::content_based:
      return dot / (std::hypot(q[0], q[1]) * std::hypot(key[0], key[1]));
    case ScoreKind::location_based: return qw[j];
    case ScoreKind::none: return 0;
  }
  // [hand]
  return 0;
}

// [definition]
Tensor length_of(const Tensor& x) {  // [row, 1]
  return sqrt(sum_axis(x * x, 1, KeepAxis::yes));
}
Tensor defined(ScoreKind kind, const Tensor& Q, const Tensor& K,
               const Tensor& W, const Tensor& V) {
  const Tensor dots = matmul(Q, transpose(K));  // [query, key]
  switch (kind) {
    case ScoreKind::dot_product: return dots;
    case ScoreKind::scaled_dot_product:
      return dots / std::sqrt(static_cast<double>(Q.dim(1)));
    case ScoreKind::general: return matmul(matmul(Q, W), transpose(K));
    case ScoreKind::additive:  // one query: its row is added to every key's
      return transpose(matmul(tanh(matmul(Q, W) + matmul(K, W)), V));
    case ScoreKind::content_based:
      return dots / matmul(length_of(Q), transpose(length_of(K)));
    case ScoreKind::location_based: return matmul(Q, W);  // one column a place
    case ScoreKind::none: break;
  }
  return zeros(dots.shape());
}
// [definition]

/// The library's score with the weights above.
Tensor by_library(ScoreKind kind, const Tensor& Q, const Tensor& K,
                  const Tensor& W, const Tensor& V) {
  Initializer init(1);
  // [library]
  const auto score = make_score_function(
      kind, {.d_query = 2, .d_key = 2, .d_hidden = 2, .max_length = 2}, init);
  // [library]
  for (const NamedParameter& parameter : parameters(*score)) {
    Tensor numbers = parameter.variable.value();
    if (numbers.rank() == 2) numbers.copy_from(numbers.dim(1) == 1 ? V : W);
  }
  const NoGradient no_gradient;
  const Variable queries(Q.reshape({1, 1, 2}));  // [batch, query, d]
  const Variable words(K.reshape({1, 2, 2}));    // [batch, key, d]
  return (*score)(queries, words).value().reshape({1, 2});
}

void six_scores() {
  std::cout << "== Six scores of the same vectors ==\n";
  const Tensor Q = matrix({{q[0], q[1]}});  // [query, d]
  const Tensor K =
      matrix({{k[0][0], k[0][1]}, {k[1][0], k[1][1]}});  // [key, d]
  const Tensor W = matrix({{w[0][0], w[0][1]}, {w[1][0], w[1][1]}});
  const Tensor V = matrix({{v[0]}, {v[1]}});
  bool equal = true;
  std::printf("%-12s%8s%8s%18s\n", "score", "word 1", "word 2",
              "share of word 2");
  for (const ScoreKind kind : kinds) {
    const double one = by_hand(kind, 0), two = by_hand(kind, 1);
    const Tensor definition = defined(kind, Q, K, W, V);  // [query, key]
    const Tensor library = by_library(kind, Q, K, W, V);  // [query, key]
    for (const Tensor& other : {definition, library})
      equal = equal && std::abs(other.at({0, 0}) - one) < 1e-5 &&
              std::abs(other.at({0, 1}) - two) < 1e-5;
    std::printf("%-12s%8.3f%8.3f%18.3f\n", std::string(name_of(kind)).c_str(),
                one, two, 1 / (1 + std::exp(one - two)));
  }
  std::printf("by hand, by definition and the library's the same: %s\n",
              equal ? "yes" : "no");
}

// [look-back]
/// Luong's step: states of the decoder [query, d] look at the words [key, d].
Tensor look_back(const Tensor& states, const Tensor& words, const Tensor& Wc) {
  const Tensor scores = matmul(states, transpose(words));      // [query, key]
  const Tensor shares = softmax(scores);                       // [query, key]
  const Tensor context = matmul(shares, words);                // [query, d]
  return tanh(matmul(concatenate({context, states}, 1), Wc));  // [query, d]
}
// [look-back]

void one_step() {
  std::cout << "\n== One step of looking back ==\n";
  const Tensor states = matrix({{q[0], q[1]}});  // [query, d]
  const Tensor words = matrix({{k[0][0], k[0][1]}, {k[1][0], k[1][1]}});
  const double first = 1 / (1 + std::exp(3));  // dot: 2 against 5
  const double context[2] = {first * k[0][0] + (1 - first) * k[1][0],
                             first * k[0][1] + (1 - first) * k[1][1]};
  const Tensor Wc = matrix({{0.5, 0}, {0, 0.5}, {0.5, 0}, {0, 0.5}});
  const Tensor y = look_back(states, words, Wc);  // [query, d]
  std::printf("shares %.3f and %.3f, context [%.3f %.3f]\n", first, 1 - first,
              context[0], context[1]);
  std::printf("by hand        [%.4f %.4f]\n",
              std::tanh(0.5 * (context[0] + q[0])),
              std::tanh(0.5 * (context[1] + q[1])));
  std::printf("by definition  [%.4f %.4f]\n", y.at({0, 0}), y.at({0, 1}));
  Initializer init(1);
  const ScoreAttention attention(ScoreKind::dot_product,
                                 {.d_query = 2, .d_key = 2}, init);
  const Variable seen =
      attention(Variable(states.reshape({1, 1, 2})),
                Variable(words.reshape({1, 2, 2})), {});  // [batch, query, d]
  const Tensor mixed =
      tanh(matmul(concatenate({seen.value().reshape({1, 2}), states}, 1), Wc));
  std::printf("the library    [%.4f %.4f]\n", mixed.at({0, 0}),
              mixed.at({0, 1}));
}

constexpr std::int32_t letters = 8;

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

/// Chapter 7's translator, but for the score.
RecurrentTranslator translator(ScoreKind score, std::int64_t d_model,
                               Initializer& init) {
  // [translator]
  return RecurrentTranslator({.source_vocab = 4 + letters,
                              .target_vocab = 4 + letters,
                              .d_model = d_model,
                              .num_encoder_layers = 1,
                              .num_decoder_layers = 1,
                              .dropout = 0,
                              .bidirectional = false,
                              .attention_score = score,
                              .max_length = 32},
                             init);
  // [translator]
}

void learn_backwards(RecurrentTranslator& model, unsigned seed,
                     std::uint32_t steps, std::int64_t rows) {
  Adam adam(parameters(model), {});
  for (std::uint32_t step = 0; step < steps; ++step) {
    const Batch batch =
        backwards(rows, 1 + step * 7 % 16, {.seed = seed, .step = step});
    minimise(cross_entropy(logits_of(model, batch), batch.target_output), adam,
             0.005);
  }
}

/// The share of letters that it writes right, in percent.
double right_at(const RecurrentTranslator& model, std::int64_t length) {
  const NoGradient no_gradient;
  const Batch batch = backwards(128, length, {.seed = 99});
  const Tensor logits = logits_of(model, batch).value();
  return 100 * accuracy(slice(logits, 1, 0, length),
                        slice(batch.target_output, 1, 0, length));
}

std::string from_to(std::vector<double> values) {
  std::ranges::sort(values);
  char line[40];
  std::snprintf(line, sizeof line, "%3.0f to %3.0f", values.front(),
                values.back());
  return line;
}

/// Who looks at what in one row of letters: `[target, source]`.
Tensor weights_of(RecurrentTranslator& model, const Batch& batch) {
  const NoGradient no_gradient;
  const AttentionWatch watch(model);
  logits_of(model, batch);
  const Tensor weights = watch.seen()[0].weights[0];  // [batch, head, …]
  return select(select(weights, 0, 0), 0, 0);
}

/// Three tables side by side, an empty column between them.
Tensor side_by_side(const std::vector<Tensor>& tables) {
  std::vector<Tensor> parts;
  for (const Tensor& table : tables) {
    if (!parts.empty()) parts.push_back(zeros({table.dim(0), 1}));
    parts.push_back(table);
  }
  return concatenate(parts, 1);
}

void draw_scores(const std::vector<Tensor>& pictures) {
  const std::vector<std::string> read{"1", "2", "3", "4",   "5",
                                      "6", "7", "8", "</s>"};
  const std::vector<std::string> written{"8", "7", "6", "5",   "4",
                                         "3", "2", "1", "</s>"};
  std::vector<std::string> columns;
  for (int i = 0; i < 3; ++i) {
    if (i > 0) columns.emplace_back(" ");
    columns.insert(columns.end(), read.begin(), read.end());
  }
  write_picture("scores_1.svg",
                heat_map(side_by_side({pictures[0], pictures[1], pictures[2]}),
                         {.title = "dot, scaled dot, general (rows look)",
                          .rows = written,
                          .columns = columns}));
  write_picture("scores_2.svg",
                heat_map(side_by_side({pictures[3], pictures[4], pictures[5]}),
                         {.title = "additive, content, location (rows look)",
                          .rows = written,
                          .columns = columns}));
}

void six_on_one_task() {
  std::cout << "\n== Six scores on one task ==\n";
  std::printf("%-12s%10s%22s\n", "score", "numbers", "16 letters right, %");
  std::vector<Tensor> pictures;
  std::vector<std::pair<std::string, double>> seconds;
  std::vector<ScoreKind> all(std::begin(kinds), std::end(kinds));
  all.push_back(ScoreKind::none);
  for (const ScoreKind kind : all) {
    std::vector<double> right;
    std::int64_t numbers = 0;
    const auto begin = std::chrono::steady_clock::now();
    for (const unsigned seed : {1, 2, 3}) {
      Initializer init(seed);
      RecurrentTranslator model = translator(kind, 32, init);
      numbers = init.numbers_drawn();
      learn_backwards(model, seed, 500, 32);
      right.push_back(right_at(model, 16));
      if (seed == 1 && kind != ScoreKind::none)
        pictures.push_back(weights_of(model, backwards(1, 8, {.seed = 7})));
    }
    seconds.emplace_back(name_of(kind), seconds_since(begin) / 3);
    std::printf("%-12s%10d%22s\n", seconds.back().first.c_str(),
                static_cast<int>(numbers), from_to(right).c_str());
  }
  std::printf("%-12s%32.1f\n", "by chance", 100.0 / letters);
  std::cout << "\n== The seconds of one training ==\n";
  for (const auto& [name, time] : seconds)
    std::printf("%-12s%6.2f\n", name.c_str(), time);
  draw_scores(pictures);
}

void against_length() {
  std::cout << "\n== Accuracy against length ==\n";
  const std::vector<std::int64_t> lengths{1,  2,  4,  6,  8, 10,
                                          12, 14, 16, 20, 24};
  std::vector<Series> series;
  for (const ScoreKind kind : {ScoreKind::dot_product, ScoreKind::none}) {
    Initializer init(1);
    RecurrentTranslator model = translator(kind, 48, init);
    learn_backwards(model, 1, 900, 48);
    const bool none = kind == ScoreKind::none;
    Series one{.name = none ? "one vector (chapter 7)" : "looking back"};
    for (const std::int64_t length : lengths)
      one.y.push_back(right_at(model, length));
    series.push_back(one);
  }
  series.push_back({.name = "by chance",
                    .y = std::vector<double>(lengths.size(), 100.0 / letters),
                    .stroke = Stroke::dashed});
  for (Series& one : series)
    for (const std::int64_t length : lengths)
      one.x.push_back(static_cast<double>(length));
  std::printf("%8s%16s%14s%12s\n", "letters", "looking back", "one vector",
              "by chance");
  for (std::size_t i = 0; i < lengths.size(); ++i)
    std::printf("%8d%16.0f%14.0f%12.1f\n", static_cast<int>(lengths[i]),
                series[0].y[i], series[1].y[i], 100.0 / letters);
  write_picture("length.svg",
                line_chart(series, {.title = "Letters right, against length",
                                    .x = {.label = "letters in the row"},
                                    .y = {.label = "right, %"}}));
}

/// The toy corpus as tokens: one for each word.
struct Words {
  ToyCorpus corpus = make_toy_corpus();
  std::unique_ptr<Tokenizer> source, target;

  Words() {
    std::vector<std::string> german, english;
    for (const SentencePair& pair : corpus.train)
      german.push_back(pair.source), english.push_back(pair.target);
    source = train_tokenizer(german, {.kind = TokenizerKind::word});
    target = train_tokenizer(english, {.kind = TokenizerKind::word});
  }
  std::vector<TokenPair> tokens_of(
      const std::vector<SentencePair>& part) const {
    std::vector<TokenPair> pairs;
    for (const SentencePair& pair : part)
      pairs.push_back(
          {source->encode(pair.source), target->encode(pair.target)});
    return pairs;
  }
};

RecurrentTranslator learn_to_translate(const Words& words, bool bidirectional,
                                       std::int64_t d_model = 96,
                                       double rate = 0.004) {
  const std::vector<TokenPair> pairs = words.tokens_of(words.corpus.train);
  Initializer init(1);
  RecurrentTranslator model({.source_vocab = words.source->size(),
                             .target_vocab = words.target->size(),
                             .d_model = d_model,
                             .num_encoder_layers = 1,
                             .num_decoder_layers = 1,
                             .dropout = 0,
                             .bidirectional = bidirectional,
                             .attention_score = ScoreKind::general},
                            init);
  Adam adam(parameters(model), {});
  const auto begin = std::chrono::steady_clock::now();
  for (std::uint32_t epoch = 0; epoch < 3; ++epoch)
    for (const auto& which : plan_epoch(pairs, {.batch_size = 64}, 1, epoch)) {
      const Batch batch = make_batch(pairs, which);
      minimise(cross_entropy(logits_of(model, batch), batch.target_output,
                             {.ignore = Tokenizer::pad}),
               adam, rate);
    }
  std::printf("seconds of training: %.0f\n", seconds_since(begin));
  return model;
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

void print_scores(const Words& words, const RecurrentTranslator& model) {
  std::printf("always the commonest token: %.0f %%\n",
              commonest(words.tokens_of(words.corpus.valid)));
  const NoGradient no_gradient;
  for (const auto& [low, high] : {std::pair{4, 6}, {7, 9}, {10, 14}}) {
    std::vector<SentencePair> part;
    for (const SentencePair& pair : words.corpus.valid) {
      const auto n = static_cast<int>(split_words(pair.source).size()) - 1;
      if (n >= low && n <= high) part.push_back(pair);
    }
    const std::vector<TokenPair> pairs = words.tokens_of(part);
    std::vector<std::int64_t> which(pairs.size());
    std::iota(which.begin(), which.end(), 0);
    const Batch batch = make_batch(pairs, which);
    std::printf("sentences of %2d to %2d words, words right: %.0f %%\n", low,
                high,
                100 * accuracy(logits_of(model, batch).value(),
                               batch.target_output, Tokenizer::pad));
  }
}

void the_sentence(bool bidirectional) {
  const Words words;
  RecurrentTranslator model = learn_to_translate(words, bidirectional);
  print_scores(words, model);
  const std::string german = "Heute hat sie dem großen Pferd geholfen.";
  const std::string english = "Today she helped the big horse.";
  const Batch batch = make_batch(
      {{words.source->encode(german), words.target->encode(english)}}, {0});
  const Tensor weights = weights_of(model, batch);  // [target, source]
  std::vector<std::string> rows = split_words(english);
  std::vector<std::string> columns = split_words(german);
  columns.emplace_back("</s>");
  const Tensor chances = softmax(
      select(logits_of(model, batch).value(), 0, 0));  // [target, vocab]
  std::printf("%-8s%14s  looks at\n", "word", "probability");
  const std::pair<std::int64_t, std::int64_t> partners[] = {
      {0, 0}, {1, 2}, {2, 6}, {3, 3}, {4, 4}, {5, 5}};
  for (const auto& [row, column] : partners)
    std::printf(
        "%-8s%14.2f  %s %.2f\n", rows[static_cast<std::size_t>(row)].c_str(),
        chances.at(
            {row, static_cast<std::int64_t>(batch.target_output.at({0, row}))}),
        columns[static_cast<std::size_t>(column)].c_str(),
        weights.at({row, column}));
  const auto count = static_cast<std::int64_t>(rows.size());
  write_picture(
      bidirectional ? "alignment.svg" : "one_direction.svg",
      heat_map(slice(weights, 0, 0, count),
               {.title = bidirectional ? "Recurrent translator with attention"
                                       : "The same, read from left to right",
                .rows = rows,
                .columns = columns,
                .maximum = 1}));
}

/// A sentence, a width and a learning rate of one's own.
void as_you_like(const Settings& settings) {
  const std::string& german = settings.text("sentence");
  std::vector<std::string> columns = split_words(german);
  if (columns.size() > 30)
    Settings::refuse("sentence",
                     text(columns.size(), " words came; expected at most 30"));
  std::cout << "== Your sentence: " << settings.line() << " ==" << std::endl;
  const Words words;
  const std::vector<std::int32_t> read = words.source->encode(german);
  for (const std::string& word : columns)
    if (words.source->encode(word) == std::vector{Tokenizer::unknown})
      std::cout << "not in the corpus: " << word << std::endl;
  RecurrentTranslator model = learn_to_translate(
      words, true, settings.whole("d_model"), settings.number("learning_rate"));
  print_scores(words, model);
  const Batch source = make_source_batch({read}, {0});
  Decoder decoder(model, {source.source, source.source_lengths});
  const auto found =
      beam_search(decoder, {.beam_size = 1, .max_lengths = {20}});
  const std::string said = words.target->decode(found[0][0].tokens);
  std::cout << german << "\n" << said << "\n";
  const Batch batch = make_batch({{read, words.target->encode(said)}}, {0});
  const Tensor weights = weights_of(model, batch);  // [target, source]
  std::vector<std::string> rows = split_words(said);
  rows.emplace_back("</s>"), columns.emplace_back("</s>");
  write_picture(
      "alignment.svg",
      heat_map(weights, {.title = "Your sentence, and where it looked",
                         .rows = rows,
                         .columns = columns,
                         .maximum = 1}));
}

}  // namespace

int main(int argc, char** argv) {
  const Settings settings(
      {{.name = "sentence",
        .says = "a German sentence, to be translated",
        .book = "Heute hat sie dem großen Pferd geholfen.",
        .values = {"Das müde Kind kann eine Tasche wegwerfen.",
                   "Das Kind hat das Zimmer nicht gemalt."},
        .is_text = true},
       {.name = "d_model",
        .says = "numbers of a word",
        .book = "96",
        .values = {"16", "32", "64", "96", "128"}},
       {.name = "learning_rate",
        .says = "how far a step goes",
        .book = "0.004",
        .values = {"0.0005", "0.001", "0.002", "0.004", "0.008", "0.016"}}},
      argc, argv);
  if (settings.changed()) return as_you_like(settings), 0;
  if (argc == 3 && argv[2] == std::string("backward")) {
    std::cout << "== The sentence, read in one direction ==\n";
    the_sentence(false);
    return 0;
  }
  six_scores();
  one_step();
  six_on_one_task();
  against_length();
  std::cout << "\n== The sentence ==\n";
  the_sentence(true);
}
