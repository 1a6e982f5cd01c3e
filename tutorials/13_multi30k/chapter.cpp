// Chapter 13: which step was a step? Operations counted; two systems compared
// sentence by sentence; the ladder from rules to a Transformer on Multi30k, as
// recorded. Draws ladder.svg, curves.svg, gap.svg, resamples.svg and
// ablations.svg into the folder where it is started.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <numeric>
#include <random>
#include <regex>
#include <sstream>

#include "lectern.h"
#include "models/recurrent_translator.h"
#include "recorded.h"
#include "tasks/metrics/bleu.h"
#include "tasks/metrics/bootstrap.h"
#include "tasks/report/pictures.h"
#include "tasks/translation/statistical/rule_translator.h"
#include "tasks/translation/toy_corpus.h"

using namespace lectern;

namespace {

/// The cells of recorded lines that begin with `kind`, without it.
std::vector<std::vector<std::string>> rows_of(const std::string& text,
                                              const std::string& kind) {
  std::vector<std::vector<std::string>> rows;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::vector<std::string> cells;
    std::istringstream parts(line);
    for (std::string cell; std::getline(parts, cell, '\t');)
      cells.push_back(cell);
    if (cells.empty() || cells[0] != kind) continue;
    rows.emplace_back(cells.begin() + 1, cells.end());
  }
  return rows;
}

/// Spaces behind it up to `width` letters, whatever their bytes.
std::string padded(const std::string& words, std::size_t width) {
  const auto letters = static_cast<std::size_t>(
      std::count_if(words.begin(), words.end(),
                    [](unsigned char byte) { return byte >> 6 != 2; }));
  return words + std::string(width > letters ? width - letters : 0, ' ');
}

double number(const std::string& cell) { return std::stod(cell); }

void operations_of_a_matrix() {
  std::cout << "\n== Operations of a matrix ==\n";
  Initializer init(1);
  // [by-hand]
  const std::int64_t in = 512, out = 2048, words = 16;
  const std::int64_t by_hand = words * out * (in + in);  // times, and plus
  // [by-hand]
  // [definition]
  const Tensor x = random_normal({words, in}, 1.0, {.seed = 1});  // [word, in]
  const Tensor w = random_normal({in, out}, 1.0, {.seed = 2});    // [in, out]
  std::int64_t defined = 0;
  Tensor y = zeros({words, out});  // [word, out]
  for (std::int64_t i = 0; i < in; ++i) {
    y = y + slice(x, 1, i, i + 1) * w.slice(i, i + 1);  // column times row
    defined += 2 * y.size();
  }
  // [definition]
  // [library]
  const std::int64_t counted = operations([&] { matmul(x, w); });
  // [library]
  // [backward]
  const Linear layer(in, out, init);
  const Variable v = Variable::parameter(x);
  const std::int64_t forward = operations([&] { layer(v); });
  const std::int64_t both = operations([&] { backward(sum(layer(v))); });
  // [backward]
  const bool equal = counted == by_hand && defined == by_hand &&
                     std::abs(y.at({3, 5}) - matmul(x, w).at({3, 5})) < 1e-3;
  std::printf("%-28s%12lld\n%-28s%12lld\n%-28s%12lld\n", "by hand",
              static_cast<long long>(by_hand), "by definition",
              static_cast<long long>(defined), "counted by the library",
              static_cast<long long>(counted));
  std::printf("all three equal: %s\n", equal ? "yes" : "no");
  std::printf("forwards and backwards: %.1f times as many\n",
              static_cast<double>(both) / static_cast<double>(forward));
}

/// A translator of the ladder, as large as it was trained.
struct Rung {
  std::string name;
  std::unique_ptr<EncoderDecoder> model;
  double step = 0;  // operations of a training step
};

/// What one training step multiplies and adds, run by definition so that
/// attention's products count too.
// [step]
double operations_of_step(EncoderDecoder& model, std::int64_t pairs,
                          std::int64_t words) {
  const Tokens source{full({pairs, words}, 5, DType::i32),
                      full({pairs}, words, DType::i32)};
  const Tensor target = full({pairs, words}, 6, DType::i32);
  return static_cast<double>(operations([&] {
    const ByDefinition scope;
    const Variable states = model.decode_states(target, model.encode(source));
    backward(model.cross_entropy(states, target, {}));
  }));
}
// [step]

std::vector<Rung> rungs() {
  constexpr std::int64_t vocab = 6000;
  Initializer init(1);
  std::vector<Rung> rungs;
  for (const ScoreKind score : {ScoreKind::none, ScoreKind::dot_product}) {
    const bool looks = score != ScoreKind::none;
    rungs.push_back(
        {looks ? "LSTM with attention" : "LSTM",
         std::make_unique<RecurrentTranslator>(
             RecurrentTranslatorOptions{.source_vocab = vocab,
                                        .target_vocab = vocab,
                                        .d_model = 256,
                                        .attention_score = score,
                                        .tie_embeddings = TiedEmbeddings::all},
             init)});
  }
  rungs.push_back(
      {"Transformer",
       std::make_unique<Transformer>(
           TransformerOptions{.source_vocab = vocab,
                              .target_vocab = vocab,
                              .d_model = 128,
                              .nhead = 4,
                              .num_encoder_layers = 4,
                              .num_decoder_layers = 4,
                              .dim_feedforward = 256,
                              .tie_embeddings = TiedEmbeddings::all},
           init)});
  // [batch]
  for (Rung& rung : rungs)  // 29000 pairs in 256 batches, 16 tokens on a side
    rung.step = operations_of_step(*rung.model, 113, 16);
  // [batch]
  return rungs;
}

void six_times_parameters(const std::vector<Rung>& networks) {
  std::cout << "\n== Six for each parameter and token ==\n";
  std::printf("%-22s%12s%16s\n", "", "of a step", "each");
  const double tokens = 113 * 16;  // on each side
  for (const Rung& rung : networks)
    std::printf(
        "%-22s%12.1e%16.1f\n", rung.name.c_str(), rung.step,
        rung.step / tokens / static_cast<double>(parameter_count(*rung.model)));
}

void corpus() {
  std::cout << "== The corpus ==\n";
  for (const auto& row : rows_of(recorded_ladder, "corpus"))
    std::printf("%-28s%8s\n", row[0].c_str(), row[1].c_str());
}

void ladder(const std::vector<Rung>& networks) {
  std::cout << "\n== The ladder ==\n";
  std::printf("%-22s%6s%6s%12s%12s%9s%7s%12s\n", "", "BLEU", "±", "perplexity",
              "parameters", "minutes", "steps", "operations");
  for (const auto& row : rows_of(recorded_ladder, "rung")) {
    std::printf("%-22s%6s%6s%12s", row[0].c_str(), row[1].c_str(),
                row[2].c_str(), row[3].c_str());
    const auto network =
        std::find_if(networks.begin(), networks.end(),
                     [&](const Rung& rung) { return rung.name == row[0]; });
    if (network == networks.end()) {
      std::printf("%12s%9s\n", "", row[4].c_str());
      continue;
    }
    const double total = network->step * number(row[5]);  // times the steps
    std::printf("%12lld%9s%7s%12.1e\n",
                static_cast<long long>(parameter_count(*network->model)),
                row[4].c_str(), row[5].c_str(), total);
  }
  constexpr double paper = 3.3e18;  // the base model's: table 2
  std::printf("%-22s%64.1e\n", "the paper's base model", paper);
}

void curves(const std::vector<Rung>& networks) {
  std::vector<Series> by_passes, by_operations, gap;
  for (const Rung& rung : networks) {
    const std::string& name = rung.name;
    Series curve{name, {}, {}};
    Series known{"what it trains on", {}, {}}, fresh{"validation", {}, {}};
    for (const auto& row : rows_of(recorded_ladder, "valid"))
      if (row[0] == name) {
        curve.x.push_back(number(row[1]));
        curve.y.push_back(number(row[3]));
        fresh.x.push_back(number(row[1]));
        fresh.y.push_back(number(row[2]));
      }
    for (const auto& row : rows_of(recorded_ladder, "train"))
      if (row[0] == name) {
        known.x.push_back(number(row[1]));
        known.y.push_back(number(row[2]));
      }
    by_passes.push_back(curve);
    const double pass = 256 * rung.step;  // 256 steps are a pass
    for (double& x : curve.x) x *= pass;
    by_operations.push_back(curve);
    if (name == "Transformer") gap = {known, fresh};
  }
  write_picture(
      "ladder.svg",
      line_chart(by_operations, {.title = "BLEU beside what it cost so far",
                                 .x = {.label = "operations of training",
                                       .scale = AxisScale::log},
                                 .y = {.label = "BLEU"}}));
  write_picture(
      "curves.svg",
      line_chart(by_passes, {.title = "BLEU on the validation set, greedy",
                             .x = {.label = "passes over the training set"},
                             .y = {.label = "BLEU"}}));
  write_picture("gap.svg",
                line_chart(gap, {.title = "The Transformer's two losses",
                                 .x = {.label = "passes"},
                                 .y = {.label = "loss [nats a token]"}}));
}

// Two translators, four sentences, a score for each. The difference of the
// means is 2.
// [four]
const std::vector<std::int64_t> first{90, 20, 60, 50};
const std::vector<std::int64_t> second{96, 14, 66, 52};
// [four]

double mean(const std::vector<std::int64_t>& scores) {
  return static_cast<double>(
             std::accumulate(scores.begin(), scores.end(), std::int64_t{0})) /
         static_cast<double>(scores.size());
}

// [all-draws]
/// Every way to draw four of the four, with repetition: 4 · 4 · 4 · 4 of them.
/// How often is a draw's difference further from the usual one than the
/// observed one is from nothing?
double chance_alone() {
  std::vector<double> differences;
  for (int a = 0; a < 4; ++a)
    for (int b = 0; b < 4; ++b)
      for (int c = 0; c < 4; ++c)
        for (int d = 0; d < 4; ++d) {
          double sum = 0;
          for (const int i : {a, b, c, d})
            sum += static_cast<double>(second[i] - first[i]);
          differences.push_back(std::abs(sum / 4));
        }
  const double usual =
      std::accumulate(differences.begin(), differences.end(), 0.0) / 256;
  const double observed = std::abs(mean(second) - mean(first));
  return static_cast<double>(
             std::count_if(differences.begin(), differences.end(),
                           [&](double d) { return d - usual > observed; })) /
         256;
}
// [all-draws]

CountedText counted(const std::vector<std::int64_t>& scores) {
  CountedText text;
  for (const std::int64_t score : scores) text.sentences.push_back({score, 1});
  text.score = [](const Counts& sum) {
    return static_cast<double>(sum[0]) / static_cast<double>(sum[1]);
  };
  return text;
}

void four_sentences() {
  std::cout << "\n== Four sentences ==\n";
  std::printf("means %.1f and %.1f, difference %.1f\n", mean(first),
              mean(second), mean(second) - mean(first));
  std::printf("all 256 draws: p = %.2f\n", chance_alone());
  // [compare]
  const Comparison compared = compare_systems(counted(first), counted(second));
  // [compare]
  std::printf("the library, 1000 draws: p = %.2f\n", compared.p_value);
  std::printf(
      "equal within 0.03: %s\n",
      std::abs(compared.p_value - chance_alone()) < 0.03 ? "yes" : "no");
}

/// Two translators by rules: the library's, and the same with one rule more.
struct TwoSystems {
  Lines rules, one_more, references;
  int changed = 0;

  TwoSystems() {
    // [one-more]
    const std::regex late("(\\w+) (often|never)\\b");
    for (const SentencePair& pair :
         make_toy_corpus({.train = 0, .valid = 0}).test) {
      const std::string said = translate_by_rules(pair.source).text;
      rules.push_back(said);
      one_more.push_back(std::regex_replace(said, late, "$2 $1"));
      references.push_back(pair.target);
    }
    // [one-more]
    for (std::size_t i = 0; i < rules.size(); ++i)
      changed += rules[i] != one_more[i];
  }
};

void one_rule_more(bool paired) {
  std::cout << (paired ? "\n== One rule more ==\n" : "== Not in pairs ==\n");
  const TwoSystems systems;
  // [paired]
  const CountedText before = count_bleu(systems.rules, {systems.references});
  const CountedText after = count_bleu(systems.one_more, {systems.references});
  const Comparison compared = compare_systems(before, after);
  // [paired]
  const auto show = [](const char* name, const Interval& interval) {
    std::printf("%-20s%6.1f ± %.1f, so %.1f to %.1f\n", name, interval.mean,
                interval.half_width, interval.mean - interval.half_width,
                interval.mean + interval.half_width);
  };
  if (paired) {
    std::printf("of 500 sentences, %d are changed, %d are not\n",
                systems.changed, 500 - systems.changed);
    show("the rules", compared.baseline);
    show("and one more", compared.system);
    std::printf("difference %.1f, p = %.3f\n", compared.difference,
                compared.p_value);
  }
  std::vector<double> differences;
  std::mt19937 random(1);
  const auto draw = [&] { return random() % before.sentences.size(); };
  for (int i = 0; i < 1000; ++i) {
    Counts sum_before(before.sentences[0].size()), sum_after = sum_before;
    for (std::size_t n = 0; n < before.sentences.size(); ++n) {
      const std::size_t sentence = draw();
      const std::size_t other = paired ? sentence : draw();
      for (std::size_t k = 0; k < sum_before.size(); ++k) {
        sum_before[k] += before.sentences[sentence][k];
        sum_after[k] += after.sentences[other][k];
      }
    }
    differences.push_back(after.score(sum_after) - before.score(sum_before));
  }
  std::sort(differences.begin(), differences.end());
  std::printf("95 of 100 differences lie from %.1f to %.1f\n", differences[25],
              differences[974]);
  std::printf(
      "not better in %d of 1000\n",
      static_cast<int>(std::count_if(differences.begin(), differences.end(),
                                     [](double d) { return d <= 0; })));
  write_picture(
      paired ? "resamples.svg" : "not_in_pairs.svg",
      histogram(differences, {.title = paired ? "The same sentences for both"
                                              : "Other sentences for each",
                              .label = "BLEU with the rule − BLEU without"}));
}

void ablations() {
  std::cout << "\n== Left out ==\n";
  std::printf("%-34s%8s%12s%8s\n", "", "BLEU", "difference", "p");
  BarChart chart{.title = "BLEU on the test set"};
  const auto rows = rows_of(recorded_ladder, "ablation");
  for (const auto& row : rows) {
    std::printf("%s%8s%12s%8s\n", padded(row[0], 34).c_str(), row[1].c_str(),
                row[2].c_str(), row[3].c_str());
    if (row != rows[0])
      chart.groups.push_back({.title = row[0],
                              .bars = {{"it", number(row[1])},
                                       {"everything", number(rows[0][1])}}});
  }
  write_picture("ablations.svg", bar_chart(chart));
}

void step_by_step() {
  std::cout << "\n== Step by step ==\n";
  std::printf("%-42s%12s%8s\n", "", "difference", "p");
  for (const auto& row : rows_of(recorded_ladder, "pair"))
    std::printf("%-42s%12s%8s\n", (row[0] + " after " + row[1]).c_str(),
                row[2].c_str(), row[3].c_str());
}

void the_sentence() {
  std::cout << "\n== The one sentence ==\n";
  for (const auto& row : rows_of(recorded_ladder, "sentence"))
    std::printf("%-22s%s\n", row[0].c_str(), row[1].c_str());
}

void into_french() {
  std::cout << "\n== Into French ==\n";
  for (const auto& row : rows_of(recorded_ladder, "french"))
    std::printf("%s%s\n", padded(row[0], 38).c_str(), row[1].c_str());
}

}  // namespace

int main(int argc, char** argv) {
  const std::string part = argc > 2 ? argv[2] : "";
  if (part == "pairing") {
    one_rule_more(false);
    return 0;
  }
  corpus();
  const std::vector<Rung> networks = rungs();
  operations_of_a_matrix();
  six_times_parameters(networks);
  ladder(networks);
  curves(networks);
  the_sentence();
  four_sentences();
  one_rule_more(true);
  step_by_step();
  ablations();
  into_french();
}
