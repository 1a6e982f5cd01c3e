// Chapter 18: the nearest neighbours of a word without looking at all words;
// random planes, rounds, recall; LSH attention of the Reformer. Draws its
// pictures into the folder where it is started. --without rounds; --with planes=4
// puts the words on larger shelves.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <map>
#include <numbers>

#include "lectern.h"
#include "settings.h"
#include "tasks/report/pictures.h"
#include "tasks/text/unicode.h"
#include "tasks/text/word_tokenizer.h"
#include "tasks/translation/toy_corpus.h"

using namespace lectern;

namespace {

const std::string sentence = "Heute hat sie dem großen Pferd geholfen.";
const std::vector<std::string> said{"Heute",  "hat",   "sie",      "dem",
                                    "großen", "Pferd", "geholfen", "."};

/// A label, and spaces up to `width` letters: ü is one letter and two bytes.
std::string padded(const std::string& words, std::size_t width) {
  const std::size_t letters = code_points(words).size();
  return words + std::string(width > letters ? width - letters : 0, ' ');
}

const char* yes(bool it_is) { return it_is ? "yes" : "no"; }

/// Rows of length one, so that a product of two is the cosine between them.
Tensor of_length_one(const Tensor& rows) {
  return rows / sqrt(sum_axis(rows * rows, -1, KeepAxis::yes));
}

double farthest_apart(const Tensor& a, const Tensor& b) {
  const Tensor d = a.reshape({-1}) - b.reshape({-1});
  double most = 0;
  for (const float each : d.to_vector<float>())
    most = std::max(most, std::abs(double{each}));
  return most;
}

// The words of chapter 5: what stands beside what, and two tables that learn it.
struct SkipGram : Module {
  SkipGram(std::int64_t vocab, Initializer& init)
      : words(Variable::parameter(init.normal({vocab, 32}, 0.1))),
        neighbours(Variable::parameter(init.normal({vocab, 32}, 0.1))) {}
  void visit(Visitor& visitor) override {
    visitor("words", words);
    visitor("neighbours", neighbours);
  }
  /// \param word,beside  [batch]  \param drawn  [batch, token]
  Variable loss(const Tensor& word, const Tensor& beside,
                const Tensor& drawn) const {
    const Variable v = embedding(words, word);         // [batch, d_model]
    const Variable u = embedding(neighbours, beside);  // [batch, d_model]
    const Variable n = embedding(neighbours, drawn);   // [batch, token, d]
    const Variable alien =
        sum_axis(reshape(v, {v.dim(0), 1, 32}) * n, -1);  // [batch, token]
    return -mean(log(sigmoid(sum_axis(v * u, -1)))) -
           static_cast<double>(drawn.dim(1)) * mean(log(sigmoid(-alien)));
  }

  Variable words, neighbours;  // [vocab, d_model]
};

struct Lexicon {
  std::unique_ptr<Tokenizer> words;
  std::vector<std::vector<std::int32_t>> lines;  // the corpus, as numbers
  Tensor vectors;  // [word, d_model], of length one; word 0 is token 4

  std::int64_t count() const { return vectors.dim(0); }
  std::int64_t place(const std::string& word) const {
    return words->encode(word).front() - Tokenizer::special_tokens;
  }
  std::string name(std::int64_t place) const {
    return words->piece(
        static_cast<std::int32_t>(place + Tokenizer::special_tokens));
  }
};

/// Two passes over the German half of the toy corpus, as in chapter 5.
Lexicon learn_words() {
  std::vector<std::string> text;
  for (const SentencePair& pair : make_toy_corpus().train)
    text.push_back(pair.source);
  Lexicon lexicon;
  lexicon.words = train_tokenizer(text, {.kind = TokenizerKind::word});
  std::vector<std::int32_t> words, beside;
  std::map<std::int32_t, double> count;
  for (const std::string& line : text) {
    const std::vector<std::int32_t> line_ids = lexicon.words->encode(line);
    const auto length = std::ssize(line_ids);
    for (std::ptrdiff_t i = 0; i < length; ++i) {
      ++count[line_ids[static_cast<std::size_t>(i)]];
      for (auto j = std::max<std::ptrdiff_t>(0, i - 2);
           j < std::min(length, i + 3); ++j)
        if (j != i) {
          words.push_back(line_ids[static_cast<std::size_t>(i)]);
          beside.push_back(line_ids[static_cast<std::size_t>(j)]);
        }
    }
    lexicon.lines.push_back(line_ids);
  }
  std::vector<std::int32_t> balls;  // each word count^0.75 times
  for (const auto& [id, times] : count)
    balls.insert(balls.end(), static_cast<std::size_t>(std::pow(times, 0.75)),
                 id);
  Initializer init(1);
  SkipGram model(lexicon.words->size(), init);
  Adam adam(parameters(model), {});
  const Tensor word = ids(words), neighbour = ids(beside), urn = ids(balls);
  std::uint32_t step = 0;
  for (std::uint32_t pass = 1; pass <= 2; ++pass) {
    const Tensor order =
        random_permutation(word.dim(0), {.seed = 7, .step = pass});
    for (std::int64_t i = 0; i + 1024 <= word.dim(0); i += 1024, ++step) {
      const Tensor picked = order.slice(i, i + 1024);  // [batch]
      const Tensor places =
          random_integers({1024, 5}, 0, static_cast<std::int32_t>(urn.dim(0)),
                          {.seed = 8, .step = step});
      minimise(
          model.loss(gather_rows(word, picked), gather_rows(neighbour, picked),
                     gather_rows(urn, places)),
          adam, 0.01);
    }
  }
  const Tensor all = model.words.value();  // [vocab, d_model]
  lexicon.vectors =
      of_length_one(all.slice(Tokenizer::special_tokens, all.dim(0)));
  return lexicon;
}

void one_line() {
  std::cout << "== A line, by hand ==\n";
  // [hand]
  const double a[2] = {1, 0}, b[2] = {0.5, std::sqrt(0.75)};  // 60 degrees
  int same = 0;
  for (int degree = 0; degree < 180; ++degree) {
    const double turned = (degree + 0.5) * std::numbers::pi / 180;
    const double arrow[2] = {std::cos(turned), std::sin(turned)};
    const double at_a = a[0] * arrow[0] + a[1] * arrow[1];
    const double at_b = b[0] * arrow[0] + b[1] * arrow[1];
    same += (at_a > 0) == (at_b > 0);
  }
  // [hand]
  for (const auto& arrow : {std::pair{1, 1}, {1, -1}})
    std::printf("arrow [%d %2d]: %.3f and %6.3f\n", arrow.first, arrow.second,
                a[0] * arrow.first + a[1] * arrow.second,
                b[0] * arrow.first + b[1] * arrow.second);
  std::printf("lines that leave both on one side: %d of 180\n", same);
  std::printf("1 - 60/180 = %.4f\n", 1 - 60.0 / 180);
}

// [chance]
/// Of two vectors that make this angle: on one side of a random plane; of all of
/// them; and of all of them in at least one of several rounds.
double on_one_side(double angle) { return 1 - angle / std::numbers::pi; }
double on_one_shelf(double angle, int planes) {
  return std::pow(on_one_side(angle), planes);
}
double meet(double angle, int planes, int rounds) {
  return 1 - std::pow(1 - on_one_shelf(angle, planes), rounds);
}
// [chance]

double angle_of(double cosine) {
  return std::acos(std::clamp(cosine, -1.0, 1.0));
}

/// On which side of 10,000 random planes each of the words is.
Tensor sides(const Tensor& words, std::uint64_t seed) {
  // [sides]
  const Tensor arrows = random_normal({32, 10000}, 1, {.seed = seed});
  const Tensor side =
      greater(matmul(words, arrows), 0);  // [word, plane] 1 or 0
  // [sides]
  return side;
}

void in_thirty_two_dimensions(const Lexicon& lexicon) {
  std::cout << "\n== Planes in 32 dimensions ==\n";
  const std::vector<std::string> names{"Pferd", "Kind", "Hund", "großen",
                                       "Heute"};
  std::vector<std::int32_t> places;
  for (const std::string& name : names)
    places.push_back(static_cast<std::int32_t>(lexicon.place(name)));
  const Tensor words = gather_rows(lexicon.vectors, ids(places));
  const Tensor cosines = matmul(words, transpose(words));  // [word, word]
  Tensor first, all;  // [word]: in which part of the planes it is with Pferd
  for (std::uint64_t draw = 0; draw < 40; ++draw) {
    const Tensor side = sides(words, 3 + draw);
    const Tensor agree = mean_axis(equal(side, side.slice(0, 1)), 1);
    if (draw == 0) first = agree;
    all = draw == 0 ? agree : all + agree;
  }
  std::printf("%-20s%8s%8s%10s%10s%14s\n", "", "cosine", "angle", "formula",
              "counted", "40 times that");
  for (std::int64_t i = 1; i < std::ssize(names); ++i) {
    const double angle = angle_of(cosines.at({0, i}));
    std::printf(
        "%s%8.2f%7.0f°%10.3f%10.3f%14.3f\n",
        padded("Pferd and " + names[static_cast<std::size_t>(i)], 20).c_str(),
        cosines.at({0, i}), angle * 180 / std::numbers::pi, on_one_side(angle),
        first.at({i}), all.at({i}) / 40);
  }
  std::printf("spread of a count of 10000: %.3f, of 40 times that: %.3f\n",
              std::sqrt(0.25 / 10000), std::sqrt(0.25 / 400000));
}

// [shelves]
/// The shelf of every word in one round: a bit for each plane, so that 8 planes
/// make 256 shelves.
std::vector<int> shelves(const Tensor& x, int planes, std::uint32_t round) {
  const Tensor arrows =  // [d_model, plane]
      random_normal({x.dim(1), planes}, 1, {.seed = 11, .step = round});
  const auto side =  // [word, plane]
      greater(matmul(x, arrows), 0).to_vector<float>();
  std::vector<int> shelf(static_cast<std::size_t>(x.dim(0)));
  for (std::size_t i = 0; i < side.size(); ++i) {
    int& number = shelf[i / static_cast<std::size_t>(planes)];
    number = 2 * number + (side[i] > 0 ? 1 : 0);
  }
  return shelf;
}
// [shelves]

void three_times(const Lexicon& lexicon) {
  std::cout << "\n== Three times the same ==\n";
  const Tensor x = lexicon.vectors;
  // [library]
  const Tensor q = x.reshape({1, 1, -1, 32});  // [batch, head, length, d_head]
  const LshOptions lsh{.rounds = 6, .buckets = 2};
  const Tensor directions = lsh_directions(q, lsh, {.seed = 4});
  const Tensor buckets = lsh_buckets(
      q, directions, lsh, no_mask());  // [batch, head, round, length]
  // [library]
  int by_hand = 0, by_definition = 0;
  const Tensor arrows = directions.reshape({6, 32});  // [round, d]
  // [library-definition]
  const Tensor side =
      greater(matmul(x, transpose(arrows)), 0);  // [word, round]
  // [library-definition]
  for (std::int64_t word = 0; word < lexicon.count(); ++word)
    for (std::int64_t round = 0; round < 6; ++round) {
      // [library-hand]
      double along = 0;
      for (std::int64_t i = 0; i < 32; ++i)
        along += x.at({word, i}) * arrows.at({round, i});
      // [library-hand]
      const bool below = buckets.at<std::int32_t>({0, 0, round, word}) == 1;
      by_hand += below == (along < 0);
      by_definition += below == (side.at({word, round}) == 0);
    }
  std::printf("sides of %d words in 6 rounds of one plane: %d\n",
              static_cast<int>(lexicon.count()),
              static_cast<int>(6 * lexicon.count()));
  std::printf("by hand as in the library: %d, by definition: %d\n", by_hand,
              by_definition);
}

/// Who stands on one shelf with whom, in any of the rounds so far.
class Met {
 public:
  explicit Met(std::int64_t count)
      : count_(static_cast<std::size_t>(count)), met_(count_ * count_) {}
  void add(const std::vector<int>& shelf) {
    for (std::size_t i = 0; i < count_; ++i)
      for (std::size_t j = 0; j < count_; ++j)
        if (i != j && shelf[i] == shelf[j]) met_[i * count_ + j] = true;
  }
  bool at(std::size_t i, std::size_t j) const { return met_[i * count_ + j]; }
  /// How many others a word has met, on average.
  double looks() const {
    return static_cast<double>(std::ranges::count(met_, true)) /
           static_cast<double>(count_);
  }

 private:
  std::size_t count_;
  std::vector<bool> met_;
};

// [recall]
/// Of the ten nearest of every word, the part that it has met.
double recall(const Met& met, const TopK& ten) {
  const auto nearest = ten.indices.to_vector<std::int32_t>();
  double found = 0;
  for (std::size_t i = 0; i < nearest.size(); ++i)
    found += met.at(i / 10, static_cast<std::size_t>(nearest[i])) ? 1 : 0;
  return found / static_cast<double>(nearest.size());
}
// [recall]

/// What the formula says that the recall will be.
double expected_recall(const TopK& ten, int planes, int rounds) {
  double sum = 0;
  const auto cosines = ten.values.to_vector<float>();
  for (const float cosine : cosines)
    sum += meet(angle_of(cosine), planes, rounds);
  return sum / static_cast<double>(cosines.size());
}

void print_heading() {
  std::printf("%-10s%7s%8s%7s%10s%8s%8s%9s\n", "", "planes", "arrows", "looks",
              "products", "chance", "recall", "formula");
}

struct Found {
  double products, recall;
};

/// Searches, prints what was found, and says how many products a word needed:
/// with the arrows, and with the words it looked at.
Found search_and_print(const Lexicon& lexicon, const TopK& ten, int planes,
                       int rounds) {
  // [rounds]
  Met met(lexicon.count());
  for (int round = 0; round < rounds; ++round)
    met.add(
        shelves(lexicon.vectors, planes, static_cast<std::uint32_t>(round)));
  const int arrows = rounds * planes;
  const Found found{arrows + met.looks(), recall(met, ten)};
  // [rounds]
  std::printf("%-10s%7d%8d%7.0f%10.0f%7.0f%%%7.0f%%%8.0f%%\n",
              text(rounds, rounds == 1 ? " round" : " rounds").c_str(), planes,
              arrows, met.looks(), found.products,
              100 * met.looks() / static_cast<double>(lexicon.count() - 1),
              100 * found.recall, 100 * expected_recall(ten, planes, rounds));
  return found;
}

Series one_round(const Lexicon& lexicon, const TopK& ten,
                 const std::vector<int>& planes) {
  Series curve{.name = "one round"};
  for (const int each : planes) {
    const Found found = search_and_print(lexicon, ten, each, 1);
    curve.x.push_back(found.products), curve.y.push_back(100 * found.recall);
  }
  return curve;
}

TopK ten_nearest(const Lexicon& lexicon) {
  // [exact]
  const Tensor x = lexicon.vectors;  // [word, d_model]
  const Tensor likeness =            // [word, word]
      matmul(x, transpose(x)) - 2 * identity(x.dim(0));
  const TopK ten = top_k(likeness, 10);  // [word, 10]
  // [exact]
  return ten;
}

void draw_curves(const std::vector<Series>& curves) {
  write_picture(
      "angles.svg",
      line_chart(curves, {.title = "How probably two vectors meet",
                          .x = {.label = "angle between them, in degrees",
                                .ticks = {0, 30, 60, 90, 120}},
                          .y = {.label = "probability",
                                .scale = AxisScale::from_zero}}));
}

void draw_angles() {
  std::vector<Series> curves{{.name = "1 plane"},
                             {.name = "8 planes"},
                             {.name = "8 planes, 4 rounds"},
                             {.name = "8 planes, 16 rounds"}};
  for (int degrees = 0; degrees <= 120; ++degrees) {
    const double angle = degrees * std::numbers::pi / 180;
    for (Series& curve : curves) curve.x.push_back(degrees);
    curves[0].y.push_back(on_one_side(angle));
    curves[1].y.push_back(on_one_shelf(angle, 8));
    curves[2].y.push_back(meet(angle, 8, 4));
    curves[3].y.push_back(meet(angle, 8, 16));
  }
  draw_curves(curves);
}

void searches(const Lexicon& lexicon, const TopK& ten) {
  std::cout << "\n== All against all ==\n";
  for (const char* word : {"Pferd", "geholfen"}) {
    const std::int64_t place = lexicon.place(word);
    std::cout << padded(word, 9);
    for (std::int64_t k = 0; k < 4; ++k)
      std::printf(
          " %s %.2f",
          lexicon.name(ten.indices.at<std::int32_t>({place, k})).c_str(),
          ten.values.at({place, k}));
    std::cout << "\n";
  }
  double angles = 0;
  const auto cosines = ten.values.to_vector<float>();
  for (const float cosine : cosines)
    angles += angle_of(cosine) * 180 / std::numbers::pi;
  std::printf("the ten nearest are away, on average: %.0f°\n",
              angles / static_cast<double>(cosines.size()));
  std::cout << "\n== One round ==\n";
  print_heading();
  const Series alone = one_round(lexicon, ten, {8, 6, 4, 2, 1});
  std::cout << "\n== Rounds ==\n";
  print_heading();
  Series many{.name = "rounds of 8 planes"};
  for (const int rounds : {1, 2, 4, 8, 16, 32}) {
    const Found found = search_and_print(lexicon, ten, 8, rounds);
    many.x.push_back(found.products), many.y.push_back(100 * found.recall);
  }
  const double all = static_cast<double>(lexicon.count() - 1);
  std::printf("to look at all: %.0f products\n", all);
  write_picture(
      "search.svg",
      line_chart({many,
                  alone,
                  {.name = "by chance",
                   .y = {0, 100 * 450 / all},
                   .x = {0, 450},
                   .stroke = Stroke::dashed}},
                 {.title = "Of the ten nearest words, how many are met",
                  .x = {.label = "products, arrows included, of a word"},
                  .y = {.label = "recall, %", .ticks = {0, 25, 50, 75, 100}}}));
}

void without_rounds(const Lexicon& lexicon) {
  const TopK ten = ten_nearest(lexicon);
  std::cout << "== Without rounds ==\n";
  print_heading();
  one_round(lexicon, ten, {8, 6, 5, 4, 3, 2, 1});
  std::cout << "\n== With them ==\n";
  print_heading();
  for (const auto& [planes, rounds] :
       {std::pair{8, 2}, {8, 4}, {8, 8}, {6, 8}, {8, 16}, {10, 32}})
    search_and_print(lexicon, ten, planes, rounds);
}

// Of here on: attention.

/// Shelves of planes, and buckets of closest arrows: what a round finds.
void compare_hashes(const Lexicon& lexicon, const TopK& ten) {
  const int draws = 100;
  const Tensor q = lexicon.vectors.reshape({1, 1, -1, 32});
  const LshOptions lsh{.rounds = draws, .buckets = 16};
  const Tensor buckets =  // [batch, head, round, length]
      lsh_buckets(q, lsh_directions(q, lsh, {.seed = 5}), lsh, no_mask());
  std::printf("%-22s%7s%8s%8s\n", "means of 100 rounds", "arrows", "looks",
              "recall");
  for (const int planes : {4, 3, 0}) {  // 0: buckets
    double looks = 0, found = 0;
    for (int round = 0; round < draws; ++round) {
      const auto drawn = select(select(select(buckets, 0, 0), 0, 0), 0, round)
                             .to_vector<std::int32_t>();
      Met met(lexicon.count());
      met.add(planes > 0 ? shelves(lexicon.vectors, planes,
                                   static_cast<std::uint32_t>(round))
                         : std::vector<int>(drawn.begin(), drawn.end()));
      looks += met.looks() / draws, found += recall(met, ten) / draws;
    }
    std::printf(
        "%-22s%7d%8.0f%7.0f%%\n",
        planes > 0 ? text(planes, " planes").c_str() : "16 buckets of 8 arrows",
        planes > 0 ? planes : 8, looks, 100 * found);
  }
}

void the_arrow_one_is_closest_to(const Lexicon& lexicon, const TopK& ten) {
  std::cout << "\n== Four buckets, by hand ==\n";
  // [bucket-hand]
  const double points[3][2] = {{3, 1}, {-1, 2}, {-2, 1}};
  for (const auto& [x, y] : points) {
    const double along[4] = {x, y, -x, -y};  // east, north, west, south
    const auto bucket = std::max_element(along, along + 4) - along;
    std::printf("[%2.0f %2.0f] is in bucket %d\n", x, y,
                static_cast<int>(bucket));
  }
  // [bucket-hand]
  std::cout << "\n== Buckets ==\n";
  const LshOptions lsh{.rounds = 8, .buckets = 16, .exact_below = 0};
  // [bucket-library]
  const Tensor q = lexicon.vectors.reshape({1, 1, -1, 32});
  const Tensor directions = lsh_directions(q, lsh, {.seed = 5});
  const Tensor buckets =  // [batch, head, round, length]
      lsh_buckets(q, directions, lsh, no_mask());
  // [bucket-library]
  std::int64_t equal_ones = 0;
  for (std::int64_t round = 0; round < lsh.rounds; ++round) {
    const Tensor arrows =  // [d_head, arrow]
        transpose(select(select(directions, 0, 0), 0, round));
    // [bucket-definition]
    const Tensor along = matmul(lexicon.vectors, arrows);  // [word, arrow]
    const Tensor bucket =                                  // [word]
        argmax(concatenate({along, along * -1}, 1));
    // [bucket-definition]
    for (std::int64_t word = 0; word < lexicon.count(); ++word)
      equal_ones += bucket.at<std::int32_t>({word}) ==
                    buckets.at<std::int32_t>({0, 0, round, word});
  }
  std::printf("equal in the library and by definition: %d of %d\n",
              static_cast<int>(equal_ones),
              static_cast<int>(lsh.rounds * lexicon.count()));
  compare_hashes(lexicon, ten);
  // [mates]
  const std::int64_t horse = lexicon.place("Pferd");
  const auto nearest = select(ten.indices, 0, horse).to_vector<std::int32_t>();
  for (std::int64_t round = 0; round < 4; ++round) {
    const std::vector<std::int64_t> mates =
        bucket_mates(buckets, {.round = round, .token = horse});
    std::printf("round %d: %3d of 490, of the ten:",
                static_cast<int>(round + 1), static_cast<int>(mates.size()));
    for (const std::int32_t word : nearest)
      if (std::ranges::count(mates, word) > 0)
        std::cout << " " << lexicon.name(word);
    std::cout << "\n";
  }
  // [mates]
}

// [meets]
/// Who meets whom in one round: sort by bucket, cut into chunks, look at one's own
/// chunk and at those beside it.
Tensor meets(const std::vector<int>& bucket, int chunk) {
  std::vector<int> sorted(bucket.size());
  for (std::size_t i = 0; i < sorted.size(); ++i)
    sorted[i] = static_cast<int>(i);
  std::ranges::stable_sort(sorted, {}, [&](int token) {
    return bucket[static_cast<std::size_t>(token)];
  });
  const int n = static_cast<int>(bucket.size());
  std::vector<float> met(bucket.size() * bucket.size());
  for (int a = 0; a < n; ++a)
    for (int b = 0; b < n; ++b)
      if (a != b && std::abs(a / chunk - b / chunk) <= 1)
        met[static_cast<std::size_t>(sorted[static_cast<std::size_t>(a)] * n +
                                     sorted[static_cast<std::size_t>(b)])] = 1;
  return tensor_of<float>({n, n}, met);  // [query, key]
}
// [meets]

// [by-hand]
// Heute, hat, sie, dem, großen, Pferd, geholfen, the full stop
const std::vector<int> by_hand{3, 0, 1, 1, 2, 1, 0, 1};  // [token] its bucket
// [by-hand]

Tensor as_round(const std::vector<int>& bucket) {
  return ids(std::vector<std::int32_t>(bucket.begin(), bucket.end()))
      .reshape({1, 1, 1, std::ssize(bucket)});
}

void sort_and_cut() {
  std::cout << "\n== Sorted, and cut ==\n";
  for (int bucket = 0; bucket < 4; ++bucket) {
    std::cout << "bucket " << bucket << ":";
    for (std::size_t i = 0; i < said.size(); ++i)
      if (by_hand[i] == bucket) std::cout << " " << said[i];
    std::cout << "\n";
  }
  const Tensor met = meets(by_hand, 2);  // [query, key]
  std::cout << blocks(met, {.rows = said, .columns = said});
  // [meetings]
  const LshOptions lsh{.rounds = 1, .chunk = 2, .buckets = 4, .exact_below = 0};
  const Tensor library =  // [batch, head, query, key]
      lsh_meetings(as_round(by_hand), lsh, no_mask());
  // [meetings]
  std::cout << "as the library says: "
            << yes(farthest_apart(met, cast(library, DType::f32)) == 0) << "\n";
}

/// Tokens of the corpus: of each its word's row and half of its neighbours'. What
/// all of them have in common is taken away where `centred` says so.
/// \return  [batch, length, d_model]
Tensor tokens_of(const Lexicon& lexicon, std::int64_t length, bool centred) {
  std::vector<std::int32_t> flat;
  for (const auto& line : lexicon.lines)
    for (const std::int32_t id : line)
      if (std::ssize(flat) < length + 2)
        flat.push_back(id - Tokenizer::special_tokens);
  // [tokens]
  // What all tokens share, their mean, goes where `centred` says so. Each is 8
  // long at the end: how sharply it asks. See below.
  const Tensor rows =
      gather_rows(lexicon.vectors, ids(flat));  // [token, d_model]
  const Tensor beside = rows.slice(0, length) + rows.slice(2, length + 2);
  Tensor x = rows.slice(1, length + 1) + beside * 0.5;  // [length, d_model]
  if (centred) x = x - mean_axis(x, 0, KeepAxis::yes);
  const Tensor q = of_length_one(x) * 8;  // [length, d_model]
  // [tokens]
  return q.reshape({1, length, 32});
}

void attention_three_times(const Tensor& q) {
  std::cout << "\n== Attention to those who were met ==\n";
  const LshOptions lsh{.rounds = 4, .chunk = 16, .exact_below = 0};
  const AttentionOptions options{.heads = 1};
  const Tensor buckets = lsh_buckets_of(q, lsh, options, {.seed = 6});
  const Tensor v = random_normal(q.shape(), 1, {.seed = 7});
  const std::int64_t n = q.dim(1);
  const Tensor met =  // [query, key], in how many rounds
      cast(lsh_meetings(buckets, lsh, no_mask()), DType::f32).reshape({n, n});
  // [attention]
  const Tensor x = q.reshape({n, 32});            // [query, d_head]
  const Tensor k = of_length_one(x);              // [key, d_head]
  const Tensor scores = matmul(x, transpose(k));  // [query, key]
  const Tensor nobody = full({n, n}, -1e30, DType::f32, cpu);
  const Tensor shares = softmax(where(greater(met, 0), scores, nobody));
  const Tensor answer = matmul(shares, v.reshape({n, 32}));  // [query, d_head]
  // [attention]
  // [attention-library]
  const Variable library =
      attend_lsh(Variable(q), Variable(v), buckets, lsh, options);
  // [attention-library]
  std::printf(
      "%d tokens, %d buckets a round, %d in each on average\n"
      "of %d pairs %d met\n",
      static_cast<int>(n), static_cast<int>(bucket_factors(lsh, n).count()),
      static_cast<int>(n / bucket_factors(lsh, n).count()),
      static_cast<int>(n * n), static_cast<int>(sum(greater(met, 0)).item()));
  std::cout << "by definition as in the library: "
            << yes(farthest_apart(answer, library.value()) < 1e-4) << "\n";
}

void twice_met(const Tensor& q) {
  std::cout << "\n== Met twice ==\n";
  // [twice]
  const Tensor three = matrix({{2, 0}, {1, 1}, {1, -1}}).reshape({1, 3, 2});
  const Tensor buckets =  // [batch, head, round, length]
      ids({{0, 0, 0}, {0, 0, 1}}).reshape({1, 1, 2, 3});
  LshOptions lsh{.rounds = 2, .chunk = 4, .buckets = 2, .exact_below = 0};
  lsh.across_buckets = false;  // only those of the same bucket
  for (const bool once : {false, true}) {
    lsh.correct_duplicates = once;
    const Tensor shares = lsh_weights(three, buckets, lsh, {});
    std::printf("the first token's shares, each pair %s: %.3f %.3f %.3f\n",
                once ? "once              " : "as often as it met",
                shares.at({0, 0, 0, 0}), shares.at({0, 0, 0, 1}),
                shares.at({0, 0, 0, 2}));
  }
  // [twice]
  const Tensor v = random_normal(q.shape(), 1, {.seed = 7});
  for (const int rounds : {2, 4, 8}) {
    LshOptions many{.rounds = rounds, .chunk = 16, .exact_below = 0};
    const Tensor places = lsh_buckets_of(q, many, {}, {.seed = 6});
    const Tensor right =
        attend_lsh(Variable(q), Variable(v), places, many, {}).value();
    many.correct_duplicates = false;
    const Tensor wrong =
        attend_lsh(Variable(q), Variable(v), places, many, {}).value();
    const Tensor apart = wrong - right;
    std::printf(
        "%d rounds, counted as often as met: the answers are off by "
        "%.0f%%\n",
        rounds,
        100 * std::sqrt(sum(apart * apart).item() / sum(right * right).item()));
  }
}

void oneself() {
  std::cout << "\n== Oneself ==\n";
  // [oneself]
  const double own = 8;                    // |q|, at an angle of 0
  const double other = 8 * std::cos(0.6);  // one at 34 degrees
  const double sum = std::exp(own) + 3 * std::exp(other);
  std::printf("own share %.2f, of three others at 34 degrees %.2f each\n",
              std::exp(own) / sum, std::exp(other) / sum);
  // [oneself]
  const LshOptions lsh{.rounds = 1, .chunk = 2, .buckets = 4, .exact_below = 0};
  const Tensor met =
      lsh_meetings(as_round({0, 0, 0, 3}), lsh, causal_mask());  // [1, 1, 4, 4]
  std::cout << "who looks at itself, four tokens, nobody looks ahead:";
  for (std::int64_t i = 0; i < 4; ++i)
    std::printf(" %s", yes(met.at<double>({0, 0, i, i}) > 0));
  std::cout << "\n";
}

void one_vector_or_two(const Tensor& q) {
  std::cout << "\n== One vector, or two ==\n";
  const std::int64_t n = q.dim(1);
  const LshOptions lsh{.rounds = 1, .buckets = 64, .exact_below = 0};
  const Tensor x = q.reshape({n, 32});  // [query, d_head]
  const Tensor other =                  // [key, d_head]
      matmul(x, random_normal({32, 32}, 1, {.seed = 10}));
  const auto split = [&](const Tensor& t) { return t.reshape({1, 1, n, 32}); };
  const Tensor directions = lsh_directions(split(q), lsh, {.seed = 12});
  const auto buckets_of = [&](const Tensor& t) {
    return lsh_buckets(split(t), directions, lsh, no_mask())
        .to_vector<std::int32_t>();
  };
  const auto asks_in = buckets_of(x);
  std::printf("%-18s%20s%20s%13s\n", "", "angle of best key",
              "in the same bucket", "by chance");
  for (const bool shared : {true, false}) {
    const Tensor key = of_length_one(shared ? x : other);  // [key, d_head]
    const auto answers_in = buckets_of(key);
    const Tensor cosines =  // [query, key]; nobody looks at itself
        matmul(of_length_one(x), transpose(key)) - identity(n) * 2;
    const TopK best = top_k(cosines, 1);  // [query, 1]
    double angles = 0, found = 0, chance = 0;
    for (std::int64_t i = 0; i < n; ++i) {
      const auto bucket = asks_in[static_cast<std::size_t>(i)];
      chance += static_cast<double>(std::ranges::count(answers_in, bucket)) /
                static_cast<double>(n);
      angles += angle_of(best.values.at({i, 0})) * 180 / std::numbers::pi;
      const auto j =
          static_cast<std::size_t>(best.indices.at<std::int32_t>({i, 0}));
      found += answers_in[j] == bucket;
    }
    std::printf("%-18s%19.0f°%19.0f%%%12.1f%%\n",
                shared ? "one vector" : "a key of its own",
                angles / static_cast<double>(n),
                100 * found / static_cast<double>(n),
                100 * chance / static_cast<double>(n));
  }
}

void print_quality(const char* name, const Tensor& q, const LshOptions& lsh,
                   const AttentionOptions& options) {
  // [quality]
  const LshHeadQuality quality =
      lsh_quality(q, lsh, options, {.seed = 42}).front();
  // [quality]
  std::printf("%-24s%7d%7.0f%8.0f%%%8.0f%%%7.0f%%\n", name, lsh.rounds,
              quality.keys_a_query, 100 * quality.chance, 100 * quality.recall,
              100 * quality.mass);
}

void print_quality_heading() {
  std::printf("%-24s%7s%7s%9s%9s%8s\n", "", "rounds", "keys", "chance",
              "recall", "mass");
}

void what_it_finds(const Tensor& words, const Tensor& raw) {
  std::cout << "\n== What is found ==\n";
  const Tensor random =
      of_length_one(random_normal(words.shape(), 1, {.seed = 9})) * 8;
  print_quality_heading();
  for (const int rounds : {1, 2, 4, 8}) {
    const LshOptions lsh{.rounds = rounds, .chunk = 16};
    print_quality("random vectors", random, lsh, {});
    print_quality("words", words, lsh, {});
    print_quality("words, not centred", raw, lsh, {});
  }
  std::cout << "\n== Buckets and chunks ==\n";
  std::printf("%-24s%9s%11s%16s\n", "", "largest", "bits of 7",
              "more than chunk");
  for (const auto& [name, q] : {std::pair{"random vectors", random},
                                {"words", words},
                                {"words, not centred", raw}}) {
    const LshHeadQuality quality =
        lsh_quality(q, {.chunk = 16}, {}, {.seed = 42}).front();
    std::printf("%-24s%9d%11.1f%15.0f%%\n", name,
                static_cast<int>(quality.occupancy.size()) - 1, quality.entropy,
                100 * quality.overflow);
  }
}

void nobody_looks_ahead(const Tensor& q) {
  std::cout << "\n== Nobody looks ahead ==\n";
  const Tensor v = random_normal(q.shape(), 1, {.seed = 7});
  const LshOptions chunks{.rounds = 4, .chunk = 16};
  const LshOptions buckets{
      .rule = CandidateRule::same_bucket, .rounds = 4, .window = 24};
  print_quality_heading();
  print_quality("all look at all", q, chunks, {});
  const AttentionOptions causal{.mask = causal_mask()};
  print_quality("causal, chunks", q, chunks, causal);
  print_quality("causal, same bucket", q, buckets, causal);
  std::cout << "\n== The last token is changed ==\n";
  for (const auto& lsh : {chunks, buckets}) {
    // [leak]
    // the last token's query and value times -1
    const CausalLeak leak = causal_leak(q, v, lsh, 1, {.seed = 42});
    // [leak]
    std::printf(
        "%-11s  of %d before it, %3d change, the most by %.0f%% of its "
        "length\n",
        std::string(name_of(lsh.rule)).c_str(), static_cast<int>(leak.tokens),
        static_cast<int>(leak.changed), 100 * leak.largest);
  }
}

void draw_meetings(const Lexicon& lexicon) {
  const std::int64_t n = 32;
  const Tensor q = tokens_of(lexicon, n, true);
  const LshOptions lsh{.rounds = 2, .chunk = 4, .buckets = 8};
  // [views]
  const LshHeadView view = lsh_views(q, lsh, {}, {.seed = 42}).front();
  // [views]
  std::vector<std::int32_t> flat;
  for (const auto& line : lexicon.lines)
    flat.insert(flat.end(), line.begin(), line.end());
  std::vector<std::string> names;
  std::vector<float> found, meetings;  // in the order of the first round
  for (const std::int32_t i : view.sorted) {
    names.push_back(
        lexicon.words->piece(flat[static_cast<std::size_t>(i) + 1]));
    for (const std::int32_t j : view.sorted) {
      const auto pair = static_cast<std::size_t>(i * n + j);
      const float weight = view.weights[pair];
      meetings.push_back(view.meetings[pair]);
      found.push_back(view.meetings[pair] > 0 ? weight : -weight);
    }
  }
  write_picture(
      "meetings.svg",
      heat_map(tensor_of<float>({n, n}, meetings),
               {.title = "Who meets whom: in one of 2 rounds, in both",
                .rows = names,
                .columns = names,
                .maximum = 1}));
  write_picture(
      "found.svg",
      heat_map(tensor_of<float>({n, n}, found),
               {.title = "The shares of exact attention: found, missed",
                .rows = names,
                .columns = names,
                .maximum = 0.4}));
}

void the_cost() {
  std::cout << "\n== What it costs ==\n";
  std::cout << "4 rounds of 3 chunks of 64: " << 4 * 3 * 64
            << " keys a query\n";
  std::printf("%8s%22s%22s%12s%12s\n", "", "operations, exact", "of 4 rounds",
              "exact, ms", "LSH, ms");
  const LshOptions lsh{.rounds = 4, .chunk = 64, .exact_below = 0};
  for (const std::int64_t length : {512, 2048, 8192}) {
    const Variable q(random_normal({1, length, 64}, 1, {.seed = 9}));
    const auto exact = [&] { attend(q, q, q, {.heads = 1}); };
    const auto hashed = [&] {
      const Tensor buckets = lsh_buckets_of(q.value(), lsh, {}, {.seed = 6});
      attend_lsh(q, q, buckets, lsh, {});
    };
    std::printf("%8d%22lld%22lld%12.2f%12.2f\n", static_cast<int>(length),
                static_cast<long long>(operations(exact)),
                static_cast<long long>(operations(hashed)),
                1e3 * time_of(exact, 0.05).median,
                1e3 * time_of(hashed, 0.05).median);
  }
}

/// A word, planes and rounds of one's own.
void as_you_like(const Settings& settings) {
  const int planes = static_cast<int>(settings.whole("planes"));
  const int rounds = static_cast<int>(settings.whole("rounds"));
  std::cout << "== Planes and rounds: " << settings.line()
            << " ==" << std::endl;
  const Lexicon lexicon = learn_words();
  const std::string& word = settings.text("word");
  if (lexicon.words->encode(word).size() != 1 || lexicon.place(word) < 0)
    Settings::refuse("word", "\"" + word + "\" came; expected one of the " +
                                 text(lexicon.count(),
                                      " words of the German corpus, such as "
                                      "Pferd or geholfen"));
  const TopK ten = ten_nearest(lexicon);
  Met met(lexicon.count());
  for (int round = 0; round < rounds; ++round)
    met.add(
        shelves(lexicon.vectors, planes, static_cast<std::uint32_t>(round)));
  const std::int64_t place = lexicon.place(word);
  std::printf("%-16s%8s%12s%10s\n", ("nearest to " + word).c_str(), "cosine",
              "probability", "met");
  for (std::int64_t k = 0; k < 10; ++k) {
    const auto other = ten.indices.at<std::int32_t>({place, k});
    const double cosine = ten.values.at({place, k});
    std::printf("%s%8.2f%12.2f%10s\n", padded(lexicon.name(other), 16).c_str(),
                cosine, meet(angle_of(cosine), planes, rounds),
                yes(met.at(static_cast<std::size_t>(place),
                           static_cast<std::size_t>(other))));
  }
  std::cout << "\n== Of all words ==\n";
  print_heading();
  search_and_print(lexicon, ten, planes, rounds);
  std::printf("to look at all: %.0f products\n",
              static_cast<double>(lexicon.count() - 1));
  Series curve{.name = settings.text("planes") + " planes, " +
                       settings.text("rounds") + " rounds"};
  for (int degrees = 0; degrees <= 120; ++degrees) {
    curve.x.push_back(degrees);
    curve.y.push_back(meet(degrees * std::numbers::pi / 180, planes, rounds));
  }
  draw_curves({curve});
}

}  // namespace

int main(int argc, char** argv) {
  const Settings settings({{.name = "planes",
                            .says = "planes of a round",
                            .book = "8",
                            .values = {"1", "2", "4", "6", "8", "10", "12"}},
                           {.name = "rounds",
                            .says = "rounds, each with planes of its own",
                            .book = "4",
                            .values = {"1", "2", "4", "8", "16", "32"}},
                           {.name = "word",
                            .says = "a German word of the corpus",
                            .book = "Pferd",
                            .values = {"Hund", "geholfen", "heute"},
                            .is_text = true}},
                          argc, argv);
  if (settings.changed()) return as_you_like(settings), 0;
  if (argc == 3 && argv[2] == std::string("rounds")) {
    without_rounds(learn_words());
    return 0;
  }
  one_line();
  draw_angles();
  const Lexicon lexicon = learn_words();
  in_thirty_two_dimensions(lexicon);
  three_times(lexicon);
  const TopK ten = ten_nearest(lexicon);
  searches(lexicon, ten);
  the_arrow_one_is_closest_to(lexicon, ten);
  sort_and_cut();
  const Tensor words = tokens_of(lexicon, 1024, true);
  attention_three_times(words);
  twice_met(words);
  oneself();
  one_vector_or_two(words);
  what_it_finds(words, tokens_of(lexicon, 1024, false));
  nobody_looks_ahead(words);
  draw_meetings(lexicon);
  the_cost();
}
