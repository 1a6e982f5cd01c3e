// Chapter 5: characters, words and pieces; byte-pair encoding beside SentencePiece's; a table that is
// looked up; vectors learned from neighbours. Draws length.svg, vectors.svg, plane.svg
// and likeness.svg into the folder where it is started. --without ties, --without noise.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <map>
#include <set>

#include "lectern.h"
#include "tasks/report/pictures.h"
#include "tasks/text/unicode.h"
#include "tasks/text/word_tokenizer.h"
#include "tasks/translation/toy_corpus.h"
#include "tasks/translation/toy_lexicon.h"

using namespace lectern;

namespace {

using Lines = std::vector<std::string>;
using Pieces = std::vector<std::string>;

const std::string sentence = "Heute hat sie dem großen Pferd geholfen.";
const std::string stranger = "Heute hat sie dem großen Holzpferd geholfen.";

bool ties = true, noise = true;  // --without

std::string joined(const Pieces& pieces) {
  std::string line;
  for (const std::string& piece : pieces)
    line += (line.empty() ? "" : "|") + piece;
  return line;
}

Pieces pieces_of(const Tokenizer& tokenizer, const std::string& text) {
  Pieces pieces;
  for (const std::int32_t id : tokenizer.encode(text))
    pieces.push_back(tokenizer.piece(id));
  return pieces;
}

/// A label, and spaces up to `width` letters: ü is one letter and two bytes.
std::string padded(const std::string& words, std::size_t width) {
  const std::size_t letters = code_points(words).size();
  return words + std::string(width > letters ? width - letters : 0, ' ');
}

// [characters]
Pieces characters(const std::string& text) {
  Pieces letters;
  for (const char byte : text)
    if ((byte & 0xC0) == 0x80)  // the second byte of ü, the third of ▁
      letters.back() += byte;
    else
      letters.emplace_back(1, byte);
  return letters;
}
// [characters]

// [words]
/// The words of a text, each as its characters, and how often it occurs.
std::map<Pieces, int> count_words(const Lines& lines) {
  std::map<Pieces, int> count;
  for (const std::string& line : lines)
    for (const std::string_view between_spaces : split_at_space(line)) {
      std::string mark = "▁";  // here stood a space
      for (const std::string& word : split_words(between_spaces)) {
        ++count[characters(mark + word)];
        mark = "";  // but none before a full stop
      }
    }
  return count;
}
// [words]

// [learn]
struct Merge {
  std::string left, right;
  int count = 0;
  std::string whole() const { return left + right; }
};

bool better(const Merge& a, const Merge& b) {
  if (a.count != b.count) return a.count > b.count;
  if (!ties) return a.whole() > b.whole();
  const auto letters = [](const Merge& m) {
    return characters(m.whole()).size();
  };
  if (letters(a) != letters(b)) return letters(a) < letters(b);
  return a.whole() < b.whole();
}

Pieces with_joined(const Pieces& word, const Merge& merge) {
  Pieces result;
  for (std::size_t i = 0; i < word.size(); ++i) {
    const bool here = i + 1 < word.size() && word[i] == merge.left &&
                      word[i + 1] == merge.right;
    result.push_back(here ? merge.whole() : word[i]);
    i += here ? 1 : 0;
  }
  return result;
}

std::vector<Merge> learn_merges(std::map<Pieces, int> words, std::size_t most) {
  std::vector<Merge> merges;
  std::set<std::string> known;
  while (merges.size() < most) {
    std::map<std::pair<std::string, std::string>, int> pairs;
    for (const auto& [word, times] : words)
      for (std::size_t i = 0; i + 1 < word.size(); ++i)
        pairs[{word[i], word[i + 1]}] += times;
    Merge best;
    for (const auto& [pair, count] : pairs) {
      const Merge merge{pair.first, pair.second, count};
      if (!known.contains(merge.whole()) && better(merge, best)) best = merge;
    }
    if (best.count == 0) break;  // every word is one piece
    known.insert(best.whole());
    merges.push_back(best);
    std::map<Pieces, int> next;
    for (const auto& [word, times] : words)
      next[with_joined(word, best)] += times;
    words = next;
  }
  return merges;
}
// [learn]

// [encode]
/// Joins, again and again, the two neighbours whose whole was learned first.
Pieces cut(Pieces word, const std::map<std::string, std::size_t>& rank) {
  while (true) {
    auto best = rank.end();
    std::size_t place = 0;
    for (std::size_t i = 0; i + 1 < word.size(); ++i) {
      const auto found = rank.find(word[i] + word[i + 1]);
      if (found == rank.end()) continue;
      if (best == rank.end() || found->second < best->second)
        best = found, place = i;
    }
    if (best == rank.end()) return word;
    word[place] = best->first;
    word.erase(word.begin() + static_cast<std::ptrdiff_t>(place) + 1);
  }
}
// [encode]

Pieces cut_text(const std::string& text, const std::vector<Merge>& merges,
                std::size_t first) {
  std::map<std::string, std::size_t> rank;
  for (std::size_t i = 0; i < std::min(first, merges.size()); ++i)
    rank[merges[i].whole()] = i;
  Pieces all;
  for (const std::string_view between_spaces : split_at_space(text)) {
    std::string mark = "▁";
    for (const std::string& word : split_words(between_spaces)) {
      const Pieces pieces = cut(characters(mark + word), rank);
      all.insert(all.end(), pieces.begin(), pieces.end());
      mark = "";
    }
  }
  return all;
}

std::set<std::string> alphabet_of(const std::map<Pieces, int>& words) {
  std::set<std::string> alphabet;
  for (const auto& [word, times] : words)
    alphabet.insert(word.begin(), word.end());
  return alphabet;
}

/// What one way to cut costs, measured on sentences that it was not made from.
void print_costs(const std::string& name, const Tokenizer& tokenizer,
                 const std::vector<SentencePair>& unseen) {
  std::size_t tokens = 0, unknown = 0, sentences_hit = 0;
  for (const SentencePair& pair : unseen) {
    const auto ids = tokenizer.encode(pair.source);
    const auto here = std::ranges::count(ids, Tokenizer::unknown);
    tokens += ids.size(), unknown += static_cast<std::size_t>(here);
    sentences_hit += here > 0 ? 1 : 0;
  }
  const double count = static_cast<double>(unseen.size());
  const double mean = static_cast<double>(tokens) / count;
  std::printf("%-12s%10d%10.1f%10.0f%9zu%13.1f%%\n", name.c_str(),
              tokenizer.size(), mean, mean * mean, unknown,
              100 * static_cast<double>(sentences_hit) / count);
}

void three_ways(const ToyCorpus& corpus) {
  Lines text;
  for (std::size_t i = 0; i < 500; ++i) text.push_back(corpus.train[i].source);
  // [three]
  const auto letters = alphabet_of(count_words(text)).size();
  const auto smallest = static_cast<std::int32_t>(4 + letters);
  const auto by_letter = train_tokenizer(text, {.vocab_size = smallest});
  const auto by_piece = train_tokenizer(text, {.vocab_size = 300});
  const auto by_word = train_tokenizer(text, {.kind = TokenizerKind::word});
  // [three]
  std::cout << "== Three ways to cut ==\n";
  for (const auto* each : {&by_letter, &by_piece, &by_word}) {
    const Pieces pieces = pieces_of(**each, sentence);
    std::printf("%2zu  %s\n", pieces.size(), joined(pieces).c_str());
  }
  std::cout << "\n== What each costs ==\n";
  std::printf("%-12s%10s%10s%10s%9s%14s\n", "", "vocab", "length", "length^2",
              "unknown", "sentences hit");
  print_costs("characters", *by_letter, corpus.test);
  print_costs("pieces", *by_piece, corpus.test);
  print_costs("words", *by_word, corpus.test);
  std::cout << "\n== A word never seen ==\n";
  for (const auto* each : {&by_letter, &by_piece, &by_word})
    std::cout << joined(pieces_of(**each, stranger)) << "\n";
}

bool print_agreement(const std::vector<Merge>& merges,
                     const Tokenizer& library) {
  for (std::size_t i = 0; i < merges.size(); ++i) {
    const auto id = static_cast<std::int32_t>(Tokenizer::special_tokens + i);
    if (library.piece(id) == merges[i].whole()) continue;
    std::printf("the first that differs: merge %zu, %s here, %s there\n", i + 1,
                merges[i].whole().c_str(), library.piece(id).c_str());
    return false;
  }
  std::printf("merges that are equal: %zu of %zu\n", merges.size(),
              merges.size());
  return true;
}

// [library]
std::unique_ptr<Tokenizer> library_of(const Lines& text, std::size_t merges) {
  const std::size_t letters = alphabet_of(count_words(text)).size();
  const std::size_t all = Tokenizer::special_tokens + letters + merges;
  return train_tokenizer(text, {.kind = TokenizerKind::bpe,
                                .vocab_size = static_cast<std::int32_t>(all)});
}
// [library]

void by_hand() {
  std::cout << "\n== By hand ==\n";
  // [hand]
  const Lines text{"alt alt alt kalt kalt Wald"};
  const std::vector<Merge> merges = learn_merges(count_words(text), 8);
  // [hand]
  for (const Merge& merge : merges)
    std::printf("%d times  %s + %s\n", merge.count,
                padded(merge.left, 3).c_str(), merge.right.c_str());
  print_agreement(merges, *library_of(text, merges.size()));
}

void merge_by_merge(const Lines& text, std::size_t different,
                    const std::vector<Merge>& merges, double seconds) {
  std::cout << "\n== Merge by merge ==\n";
  std::printf("%zu sentences, %zu different words\n", text.size(), different);
  for (const std::size_t i : {1, 2, 3, 4, 5, 6, 7, 8, 100, 300, 900})
    std::printf("merge %3zu  %5d times  %s\n", i, merges[i - 1].count,
                merges[i - 1].whole().c_str());
  Stopwatch watch;
  const auto library = library_of(text, merges.size());
  std::printf("ours %.2f s, SentencePiece %.2f s\n", seconds, watch.elapsed());
  if (!print_agreement(merges, *library)) return;
  std::size_t equal = 0;
  for (std::size_t i = 0; i < 300; ++i)
    equal +=
        cut_text(text[i], merges, merges.size()) == pieces_of(*library, text[i])
            ? 1
            : 0;
  std::printf("sentences that are cut equally: %zu of 300\n", equal);
}

void as_it_grows(const ToyCorpus& corpus, const std::vector<Merge>& merges,
                 std::size_t letters) {
  std::cout << "\n== As the vocabulary grows ==\n";
  Series pieces{.name = "pieces"}, words{.name = "words"};
  for (const std::size_t first : {0, 10, 30, 100, 200, 300, 500, 700, 900}) {
    std::size_t length = 0, in_words = 0;
    for (std::size_t i = 0; i < 100; ++i) {
      length += cut_text(corpus.test[i].source, merges, first).size();
      in_words += split_words(corpus.test[i].source).size();
    }
    const auto size = static_cast<double>(letters + first);
    pieces.x.push_back(size), words.x.push_back(size);
    pieces.y.push_back(static_cast<double>(length) / 100);
    words.y.push_back(static_cast<double>(in_words) / 100);
    if (first == 0 || first == 30 || first == 100 || first == 300 ||
        first == 900)
      std::printf("%3zu merges: %4.1f a sentence  %s\n", first, pieces.y.back(),
                  joined(cut_text(sentence, merges, first)).c_str());
  }
  std::printf("%11s: %4.1f a sentence\n", "words", words.y.back());
  words.stroke = Stroke::dashed;
  write_picture(
      "length.svg",
      line_chart({pieces, words},
                 {.title = "Tokens of a test sentence",
                  .x = {.label = "vocabulary"},
                  .y = {.label = "tokens", .scale = AxisScale::from_zero}}));
}

void french() {
  std::cout << "\n== Where French helps ==\n";
  const std::string text = "J'aime le chat vert.";
  std::cout << joined(split_words(text)) << "\n";
  const auto pieces =
      train_tokenizer({text, "I like the green cat."}, {.vocab_size = 30});
  std::cout << joined(pieces_of(*pieces, text)) << "\n";
}

void looked_up() {
  std::cout << "\n== A table, looked up ==\n";
  // [table]
  const Variable table = Variable::parameter(
      matrix({{0, 0}, {1, 2}, {3, 4}, {5, 6}}));  // [vocab, d_model]
  const Tensor tokens = ids({3, 1});              // [length]
  // [table]
  // [row-hand]
  const double hot[4] = {0, 0, 0, 1};  // token 3
  double row[2] = {0, 0};
  for (int token = 0; token < 4; ++token)
    for (int i = 0; i < 2; ++i)
      row[i] += hot[token] * table.value().at({token, i});
  // [row-hand]
  std::printf("by hand, token 3: [%.0f %.0f]\n", row[0], row[1]);
  // [one-hot]
  const Tensor ones = one_hot(tokens, 4);              // [length, vocab]
  const Tensor product = matmul(ones, table.value());  // [length, d_model]
  // [one-hot]
  // [embedding]
  const Variable rows = embedding(table, tokens);  // [length, d_model]
  // [embedding]
  std::cout << "one-hot\n" << ones << "\n";
  std::cout << "one-hot times table\n" << product << "\n";
  std::cout << "embedding\n" << rows.value() << "\n";
  const Tensor apart = rows.value() - product;
  const bool equal = sum(apart * apart).item() == 0 &&
                     row[0] == product.at({0, 0}) &&
                     row[1] == product.at({0, 1});
  std::cout << "all three are equal: " << (equal ? "yes" : "no") << "\n";
  // [layer]
  Initializer init(1);
  const Embedding layer(4, 2, init);
  const Variable y = layer(tokens.reshape({1, 2}));  // [batch, length, d_model]
  // [layer]
  const Tensor plain = gather_rows(layer.weight().value(), tokens);
  const Tensor rest =
      y.value().reshape({2, 2}) - plain * std::sqrt(2.0);  // [length, d_model]
  std::cout << "the layer gives √d_model times as much: "
            << (std::sqrt(sum(rest * rest).item()) < 1e-6 ? "yes" : "no")
            << "\n";
  // [slope]
  backward(sum(rows));
  // [slope]
  std::cout << "the slope by the table\n" << table.gradient() << "\n";
}

void cost_of_looking_up() {
  std::cout << "\n== What a look-up costs ==\n";
  const Tensor table = random_normal({8000, 512}, 1.0, {.seed = 1});
  const Tensor tokens = random_integers({14}, 0, 8000, {.seed = 2});
  const Timing product =
      time_of([&] { matmul(one_hot(tokens, 8000), table); }, 0.2);
  const Timing copy = time_of([&] { gather_rows(table, tokens); }, 0.05);
  std::printf("%-22s%12s%12s\n", "", "numbers", "ms");
  std::printf("%-22s%12d%12.4f\n", "one-hot times a matrix", 14 * 8000 * 512,
              1000 * product.median);
  std::printf("%-22s%12d%12.4f\n", "rows copied", 14 * 512, 1000 * copy.median);
}

// [model]
struct SkipGram : Module {
  SkipGram(std::int64_t vocab, std::int64_t d_model, Initializer& init)
      : words(Variable::parameter(init.normal({vocab, d_model}, 0.1))),
        neighbours(Variable::parameter(init.normal({vocab, d_model}, 0.1))) {}
  void visit(Visitor& visitor) override {
    visitor("words", words);
    visitor("neighbours", neighbours);
  }

  Variable words, neighbours;  // [vocab, d_model]
};
// [model]

// [loss]
/// \param word  [batch]  \param beside  [batch]  \param drawn  [batch, token]
Variable loss_of(const SkipGram& model, const Tensor& word,
                 const Tensor& beside, const Tensor& drawn) {
  const Variable v = embedding(model.words, word);         // [batch, d_model]
  const Variable u = embedding(model.neighbours, beside);  // [batch, d_model]
  const Variable fit = sum_axis(v * u, -1);                // [batch]
  const Variable yes = -mean(log(sigmoid(fit)));           // []
  if (!noise) return yes;
  const Variable n =
      embedding(model.neighbours, drawn);  // [batch, token, d_model]
  const Variable v1 =
      reshape(v, {v.dim(0), 1, v.dim(1)});      // [batch, 1, d_model]
  const Variable alien = sum_axis(v1 * n, -1);  // [batch, token]
  const double draws = static_cast<double>(drawn.dim(1));
  return yes - draws * mean(log(sigmoid(-alien)));
}
// [loss]

void loss_by_hand() {
  std::cout << "\n== A loss by hand ==\n";
  // [loss-hand]
  const double fit = 1 * 2 + 0.5 * 0, alien = 1 * 1 + 0.5 * -1;
  const double yes = 1 / (1 + std::exp(-fit));  // beside it
  const double no = 1 / (1 + std::exp(alien));  // not drawn at random
  const double surprise = -std::log(yes) - (noise ? std::log(no) : 0);
  // [loss-hand]
  std::printf("fits %.1f and %.1f, shares %.3f and %.3f\n", fit, alien, yes,
              no);
  Initializer init(1);
  SkipGram model(3, 2, init);
  model.words.set_value(matrix({{1, 0.5}, {0, 0}, {0, 0}}));
  model.neighbours.set_value(matrix({{0, 0}, {2, 0}, {1, -1}}));
  const Variable defined =
      loss_of(model, ids({0}), ids({1}), ids({2}).reshape({1, 1}));  // []
  std::printf("by hand %.4f, by definition %.4f\n", surprise,
              defined.value().item());
}

/// Every word of a text beside each of its neighbours.
struct Neighbourhood {
  std::vector<std::int32_t> word{}, beside{};
};

Neighbourhood neighbours_in(const Lines& text, const Tokenizer& words) {
  Neighbourhood all;
  // [neighbours]
  for (const std::string& line : text) {
    const std::vector<std::int32_t> said = words.encode(line);
    for (std::size_t i = 0; i < said.size(); ++i) {
      const std::size_t begin = i < 2 ? 0 : i - 2;
      const std::size_t end = std::min(said.size(), i + 3);
      for (std::size_t j = begin; j < end; ++j)
        if (j != i) all.word.push_back(said[i]), all.beside.push_back(said[j]);
    }
  }
  // [neighbours]
  return all;
}

/// An urn that holds each word count^0.75 times: frequent words often, but less so than they are.
std::vector<std::int32_t> urn_of(const Lines& text, const Tokenizer& words) {
  std::map<std::int32_t, double> count;
  for (const std::string& line : text)
    for (const std::int32_t id : words.encode(line)) ++count[id];
  std::vector<std::int32_t> urn;
  for (const auto& [id, times] : count)
    urn.insert(urn.end(), static_cast<std::size_t>(3 * std::pow(times, 0.75)),
               id);
  return urn;
}

void train(SkipGram& model, const Neighbourhood& all,
           const std::vector<std::int32_t>& balls) {
  std::cout << "\n== Learning from neighbours ==\n";
  const std::int64_t pairs = static_cast<std::int64_t>(all.word.size());
  const Tensor word = ids(all.word), beside = ids(all.beside);
  const Tensor urn = ids(balls);
  const auto urn_size = static_cast<std::int32_t>(balls.size());
  std::printf("%d pairs\n", static_cast<int>(pairs));
  Stopwatch watch;
  // [train]
  Adam adam{parameters(model), {}};
  std::uint32_t step = 0;
  for (std::uint32_t epoch = 1; epoch <= 3; ++epoch) {
    const Tensor order = random_permutation(pairs, {.seed = 7, .step = epoch});
    double total = 0;
    std::int64_t begin = 0;
    for (; begin + 1024 <= pairs; begin += 1024, ++step) {
      const Tensor picked = order.slice(begin, begin + 1024);  // [batch]
      const Tensor places =
          random_integers({1024, 5}, 0, urn_size, {.seed = 8, .step = step});
      const Variable loss =
          loss_of(model, gather_rows(word, picked), gather_rows(beside, picked),
                  gather_rows(urn, places));  // []
      minimise(loss, adam, 0.01);
      total += loss.value().item();
    }
    std::printf("pass %d  loss %.2f\n", static_cast<int>(epoch),
                total / static_cast<double>(begin / 1024));
  }
  // [train]
  std::printf("seconds %.1f\n", watch.elapsed());
}

/// What a word is, by the lexicon: it scores what was learned, nothing else.
std::map<std::string, std::string> kinds() {
  std::map<std::string, std::string> kind;
  const auto add = [&](const std::string& word, const std::string& what) {
    kind.insert({word, what});
  };
  for (const toy::Noun& noun : toy::nouns()) {
    const std::string what = (noun.kinds & toy::person) != 0   ? "people"
                             : (noun.kinds & toy::animal) != 0 ? "animals"
                                                               : "things";
    add(std::string(noun.german), what);
    add(std::string(noun.german_plural), what);
    add(std::string(noun.german_plural) + "n", what);
  }
  for (const toy::Verb& verb : toy::verbs()) {
    add(std::string(verb.participle), "participles");
    add(text(verb.particle, verb.infinitive), "infinitives");
    add(std::string(verb.singular), "verbs, singular");
  }
  for (const toy::Adjective& adjective : toy::adjectives())
    for (const char* ending : {"e", "er", "es", "en", "em"})
      add(text(adjective.stem, ending), "adjectives");
  return kind;
}

/// Rows of length one, so that a product of two is the cosine between them.
Tensor of_length_one(const Tensor& rows) {
  return rows / sqrt(sum_axis(rows * rows, -1, KeepAxis::yes));
}

void print_nearest(const Tensor& likeness, const Tokenizer& words) {
  std::cout << "\n== Nearest ==\n";
  const auto id_of = [&](const char* word) {
    return std::int64_t{words.encode(word).front()};
  };
  for (const char* word : {"Pferd", "geholfen", "großen"}) {
    if (!noise) break;  // then all are as near as any
    const Tensor row = select(likeness, 0, id_of(word));  // [word]
    const TopK nearest = top_k(row.reshape({1, -1}), 5);  // [1, 5]
    std::cout << padded(word, 9);
    for (std::int64_t k = 1; k < 5; ++k) {
      const auto other = nearest.indices.at<std::int32_t>({0, k});
      std::printf(" %s %.2f", words.piece(other).c_str(),
                  nearest.values.at({0, k}));
    }
    std::cout << "\n";
  }
  for (const char* other : {"Hund", "Heute"})
    std::printf("Pferd and %s %.2f\n", other,
                likeness.at({id_of("Pferd"), id_of(other)}));
  const double all = static_cast<double>(likeness.size());
  std::printf("mean over all pairs of words %.2f\n",
              sum(likeness).item() / all);
}

void print_chance(const Tensor& likeness, const Tokenizer& words) {
  std::cout << "\n== By chance ==\n";
  const std::map<std::string, std::string> kind = kinds();
  const auto kind_of = [&](std::int32_t id) {
    const auto found = kind.find(words.piece(id));
    return found == kind.end() ? std::string() : found->second;
  };
  std::map<std::string, std::pair<int, int>> right_of;
  const TopK nearest = top_k(likeness, 2);  // [word, 2]
  for (std::int32_t id = Tokenizer::special_tokens; id < words.size(); ++id) {
    if (kind_of(id).empty()) continue;
    auto& [right, count] = right_of[kind_of(id)];
    ++count;
    const auto first = nearest.indices.at<std::int32_t>({id, 0});
    const auto other = nearest.indices.at<std::int32_t>({id, 1});
    right += kind_of(first == id ? other : first) == kind_of(id) ? 1 : 0;
  }
  std::printf("%-16s%7s%10s%8s\n", "", "words", "nearest", "chance");
  for (const auto& [what, score] : right_of)
    std::printf("%-16s%7d%9.0f%%%7.0f%%\n", what.c_str(), score.second,
                100.0 * score.first / score.second,
                100.0 * (score.second - 1) / (words.size() - 5));
}

/// The direction in which rows differ most: v, xᵀ(x v), again and again.
Tensor widest(const Tensor& x) {
  Tensor v = random_normal({x.dim(1), 1}, 1.0, {.seed = 3});  // [d_model, 1]
  for (int round = 0; round < 100; ++round) {
    v = matmul(transpose(x), matmul(x, v));
    v = v / std::sqrt(sum(v * v).item());
  }
  return v;
}

void draw_plane(const Tensor& vectors, const Tokenizer& words) {
  std::map<std::string, Series> clouds;
  const std::map<std::string, std::string> kind = kinds();
  Tensor x = vectors - mean_axis(vectors, 0, KeepAxis::yes);
  const Tensor first = widest(x), across = matmul(x, first);  // [vocab, 1]
  x = x - matmul(across, transpose(first));
  const Tensor up = matmul(x, widest(x));  // [vocab, 1]
  for (std::int32_t id = Tokenizer::special_tokens; id < words.size(); ++id) {
    const auto found = kind.find(words.piece(id));
    if (found == kind.end()) continue;
    Series& cloud = clouds[found->second];
    cloud.name = found->second;
    cloud.x.push_back(across.at({id, 0})), cloud.y.push_back(up.at({id, 0}));
  }
  std::vector<Series> series;
  for (const char* what : {"people", "animals", "things", "participles",
                           "adjectives", "infinitives"})
    series.push_back(clouds[what]);
  write_picture("plane.svg",
                scatter_chart(series, {.title = "32 numbers a word, seen from "
                                                "where they spread most",
                                       .x = {.label = "first direction"},
                                       .y = {.label = "second direction"},
                                       .height = 420}));
}

void draw_likeness(const Tensor& vectors, const Tokenizer& words) {
  const Pieces shown{"Pferd",  "Kind",    "Hund",     "Kuh",      "Haus",
                     "Auto",   "Tisch",   "geholfen", "gespielt", "gegeben",
                     "großen", "kleinen", "Heute",    "Gestern"};
  std::vector<std::int32_t> places;
  for (const std::string& word : shown)
    places.push_back(words.encode(word).front());
  const Tensor rows = gather_rows(vectors, ids(places));  // [word, d_model]
  write_picture("likeness.svg",
                heat_map(matmul(rows, transpose(rows)),
                         {.title = "How alike two words are: 1, the same",
                          .rows = shown,
                          .columns = shown,
                          .maximum = 1}));
  const Pieces said = split_words(sentence);
  const Tensor spoken = gather_rows(vectors, ids(words.encode(sentence)));
  write_picture(
      "vectors.svg",
      heat_map(spoken, {.title = "The sentence as numbers", .rows = said}));
}

void numbers(const Lines& text) {
  std::cout << "\n== Numbers ==\n";
  // [numbers]
  const auto words = train_tokenizer(text, {.kind = TokenizerKind::word});
  const std::vector<std::int32_t> numbers = words->encode(sentence);
  // [numbers]
  const Pieces said = split_words(sentence);
  for (std::size_t i = 0; i < said.size(); ++i)
    std::cout << said[i] << " " << numbers[i]
              << (i + 1 < said.size() ? ", " : "\n");
  std::printf("of %d\n", words->size());
}

void words_from_neighbours(const Lines& text) {
  const auto words = train_tokenizer(text, {.kind = TokenizerKind::word});
  Initializer init(1);
  SkipGram model(words->size(), 32, init);
  train(model, neighbours_in(text, *words), urn_of(text, *words));
  const Tensor vectors =
      of_length_one(model.words.value());  // [vocab, d_model]
  const Tensor likeness = matmul(vectors, transpose(vectors));  // [word, word]
  print_nearest(likeness, *words);
  print_chance(likeness, *words);
  if (!noise) return;
  draw_plane(vectors, *words);
  draw_likeness(vectors, *words);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string left_out = argc == 3 ? argv[2] : "";
  ties = left_out != "ties";
  noise = left_out != "noise";
  const ToyCorpus corpus = make_toy_corpus();
  Lines text;
  for (const SentencePair& pair : corpus.train) text.push_back(pair.source);
  if (!noise) {
    loss_by_hand();
    words_from_neighbours(text);
    return 0;
  }
  if (ties) three_ways(corpus);
  by_hand();
  const std::map<Pieces, int> words = count_words(text);
  Stopwatch watch;
  const std::vector<Merge> merges = learn_merges(words, 900);
  merge_by_merge(text, words.size(), merges, watch.elapsed());
  if (!ties) return 0;
  as_it_grows(corpus, merges, alphabet_of(words).size());
  french();
  numbers(text);
  looked_up();
  cost_of_looking_up();
  loss_by_hand();
  words_from_neighbours(text);
}
