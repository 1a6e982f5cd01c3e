#pragma once

#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tasks/report/report_page.h"

namespace lectern {

/// Noise that is the same on every machine: a hash of `i`, between 0 and 1.
inline double noise(uint64_t i) {
  i = (i + 0x9E3779B97F4A7C15ull) * 0xBF58476D1CE4E5B9ull;
  i = (i ^ (i >> 27)) * 0x94D049BB133111EBull;
  return static_cast<double>((i ^ (i >> 31)) >> 11) / 9007199254740992.0;
}

/// A head that looks near the diagonal, shifted by `shift`, as sharply as `sharpness` says.
inline AttentionMap example_map(std::string kind, int layer, int head,
                                const std::vector<std::string>& rows,
                                const std::vector<std::string>& columns) {
  AttentionMap map{std::move(kind), layer, head, rows, columns, {}};
  const double sharpness = 0.15 + 1.2 * layer + noise(head * 7 + layer);
  const double shift = std::floor(5 * noise(head + 100 * layer)) - 2;
  for (size_t row = 0; row < rows.size(); ++row) {
    const double middle = static_cast<double>(row) * columns.size() / rows.size() + shift;
    std::vector<double> weights(columns.size());
    double sum = 0;
    for (size_t column = 0; column < columns.size(); ++column) {
      const double distance = column - middle;
      const uint64_t place = row * 1000 + column + 31 * head + 977 * layer;
      if (map.kind != "decoder self" || column <= row)
        weights[column] = std::exp(-sharpness * std::abs(distance)) + 0.06 * noise(place);
      sum += weights[column];
    }
    for (const double weight : weights) map.weights.push_back(static_cast<float>(weight / sum));
  }
  return map;
}

inline std::vector<AttentionMap> example_maps(const std::vector<std::string>& source,
                                              const std::vector<std::string>& target, int layers,
                                              int heads) {
  std::vector<AttentionMap> maps;
  for (int layer = 0; layer < layers; ++layer)
    for (int head = 0; head < heads; ++head) {
      maps.push_back(example_map("encoder self", layer, head, source, source));
      maps.push_back(example_map("decoder self", layer, head, target, target));
      maps.push_back(example_map("cross", layer, head, target, source));
    }
  return maps;
}

inline const std::vector<std::string> long_source = {
    "▁Zwei",  "▁junge", "▁Männer", "▁in",          "▁leuchtend",   "▁orange",
    "farben", "en",     "▁Warn",   "westen",       "▁reparier",    "en",
    "▁neben", "▁einem", "▁alten",  "▁Straßenbahn", "haltestellen", "häuschen",
    "▁die",   "▁Ober",  "leitung", "▁.",           "</s>"};
inline const std::vector<std::string> long_target = {
    "▁Two", "▁young",  "▁men",  "▁in",   "▁bright", "▁orange", "▁safety", "▁ve",   "sts",
    "▁are", "▁repair", "ing",   "▁the",  "▁over",   "head",    "▁line",   "▁next", "▁to",
    "▁an",  "▁old",    "▁tram", "▁shel", "ter",     "▁.",      "</s>"};

inline Report example_report() {
  Report report;
  report.title = "German to English, in one minute";
  report.summary =
      "A Transformer trained on the built-in corpus, from random numbers to whole "
      "sentences, and what it learnt to look at.";
  report.scores = {{"BLEU, held-out", "97.4"},
                   {"chrF", "98.6"},
                   {"perplexity", "1.07"},
                   {"training time", "52 s"}};
  report.facts = {{"model", "2 + 2 layers, d_model 128, 4 heads, d_ff 512"},
                  {"parameters", "1,184,256"},
                  {"corpus", "12,000 pairs, 400 held out"},
                  {"vocabulary", "word pieces, 800"},
                  {"optimiser", "Adam, β₂ = 0.98, Noam schedule"},
                  {"dropout, label smoothing", "0.1, 0.1"},
                  {"speed", "38,200 tokens/s"},
                  {"machine", "2 threads, AVX-512"},
                  {"seed", "1"}};
  for (int step = 1; step <= 2400; ++step) {
    const double fall = 0.55 + 6.1 * std::exp(-step / 210.0) + 0.9 * std::exp(-step / 1100.0);
    report.train_loss.step.push_back(step);
    report.train_loss.value.push_back(fall * (0.93 + 0.14 * noise(step)));
    report.learning_rate.step.push_back(step);
    report.learning_rate.value.push_back(0.0039 * std::min(step / 400.0, std::sqrt(400.0 / step)));
    if (step % 150 != 0) continue;
    report.valid_loss.step.push_back(step);
    report.valid_loss.value.push_back(fall * 1.04 + 0.1);
    report.bleu.step.push_back(step);
    report.bleu.value.push_back(97.4 * (1 - std::exp(-step / 480.0)) + noise(step));
  }
  report.samples = {
      {"Ein Hund rennt über die Wiese .", "A dog runs across the meadow .",
       "A dog runs across the meadow ."},
      {"Die Frau , die den roten Hut trägt , ruft ihre Tochter an .",
       "The woman who wears the red hat calls her daughter .",
       "The woman who is wearing a red hat calls her daughter ."},
      {"Zwei junge Männer in leuchtend orangefarbenen Warnwesten reparieren neben einem alten "
       "Straßenbahnhaltestellenhäuschen die Oberleitung .",
       "Two young men in bright orange safety vests are repairing the overhead line next to an old "
       "tram shelter .",
       "Two young men in bright orange vests repair the line next to an old tram stop ."}};
  report.attention =
      example_maps({"▁Die", "▁Frau", "▁ruf", "t", "▁ihre", "▁Tochter", "▁an", "▁.", "</s>"},
                   {"▁The", "▁woman", "▁call", "s", "▁her", "▁daughter", "▁.", "</s>"}, 2, 4);
  report.benchmarks = {{"Training, d_model 256, 3 + 3 layers",
                        "tokens/s",
                        {{"Lectern", 5210}, {"PyTorch 2.6", 2870}}},
                       {"Translation, beam 4, test_2016_flickr",
                        "sentences/s",
                        {{"Lectern", 141.2}, {"PyTorch 2.6, cached", 38.4}}},
                       {"Peak memory", "MiB", {{"Lectern", 412}, {"PyTorch 2.6", 1205}}}};
  report.command = "lectern demo --seed 1";
  report.version = "Lectern 0.1.0";
  return report;
}

/// What is wrong with the tags of a page or a picture: "" when all that are opened are closed, in
/// order, and every attribute is quoted.
std::string markup_fault(std::string_view markup);

}  // namespace lectern
