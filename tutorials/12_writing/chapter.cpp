// Chapter 12: greedy search and beams; the length penalty; sampling; the cache;
// BLEU. Draws sentences.svg, sampling.svg, cache.svg and interval.svg into the
// folder where it is started. --with temperature=2 draws with another one.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <map>

#include "lectern.h"
#include "settings.h"
#include "tasks/metrics/bleu.h"
#include "tasks/metrics/bootstrap.h"
#include "tasks/metrics/chrf.h"
#include "tasks/report/pictures.h"
#include "tasks/text/word_tokenizer.h"
#include "tasks/translation/statistical/rule_translator.h"
#include "tasks/translation/toy_corpus.h"

using namespace lectern;

namespace {

// [table]
// Tokens 0, 1 and 2 are <pad>, <s> and </s>; the three words come behind.
const std::vector<std::string> words{"<pad>", "<s>", "</s>",
                                     "they",  "she", "helped"};
const double first[3] = {0.50, 0.40, 0.10};        // of the first word
const double second[3][3] = {{0.35, 0.25, 0.40},   // behind "they"
                             {0.05, 0.05, 0.90},   // behind "she"
                             {0.40, 0.40, 0.20}};  // behind "helped"
// [table]

// [decoder]
/// A "model" that is a table: two words, then the end.
class TableDecoder : public StepDecoder {
 public:
  std::int64_t sentences() const override { return 1; }
  Tensor start() override { return rows({logits(first)}); }
  Tensor step(const TokenList& tokens, const TokenList&) override {
    ++words_written_;
    std::vector<Tensor> next;
    for (const std::int32_t token : tokens)
      next.push_back(words_written_ == 2 ? end() : logits(second[token - 3]));
    return rows(next);  // [row, vocab]
  }
  void select(const TokenList&) override {}

 private:
  static Tensor rows(const std::vector<Tensor>& parts) {
    return stack(parts, 0);
  }
  static Tensor logits(const double* p) {  // [vocab]
    Tensor result = full({6}, -INFINITY);
    for (std::int64_t i = 0; i < 3; ++i) result.set({3 + i}, std::log(p[i]));
    return result;
  }
  static Tensor end() {
    Tensor result = full({6}, -INFINITY);
    result.set({2}, 0);
    return result;
  }
  int words_written_ = 0;
};
// [decoder]

std::string text_of_tokens(const TokenList& tokens) {
  std::string text;
  for (const std::int32_t token : tokens)
    text += (text.empty() ? "" : " ") + words[static_cast<std::size_t>(token)];
  return text;
}

Hypothesis search_with(int beam) {
  // [search]
  TableDecoder decoder;
  const auto found = beam_search(decoder, {.beam_size = beam,
                                           .length_penalty = 0,
                                           .early_stopping = false,
                                           .max_lengths = {3}});
  return found[0][0];  // of the first sentence, the best
  // [search]
}

void greedy_misses() {
  std::cout << "== All nine sentences ==\n";
  // [brute-force]
  TokenList best;
  double highest = 0;
  Tensor all = zeros({3, 3});  // [first, second]
  for (std::int32_t i = 0; i < 3; ++i)
    for (std::int32_t j = 0; j < 3; ++j) {
      const double p = first[i] * second[i][j];
      all.set({i, j}, p);
      if (p > highest) highest = p, best = {3 + i, 3 + j};
    }
  // [brute-force]
  std::cout << text_of(all, {.digits = 3,
                             .rows = {"they …", "she …", "helped …"},
                             .columns = {"they", "she", "helped"}})
            << "\n";
  write_picture("sentences.svg",
                heat_map(all, {.title = "The probability of each sentence",
                               .rows = {"they …", "she …", "helped …"},
                               .columns = {"they", "she", "helped"}}));
  std::cout << "\n== Three searches ==\n";
  // [greedy]
  const auto i = std::max_element(first, first + 3) - first;
  const auto j = std::max_element(second[i], second[i] + 3) - second[i];
  const double p = first[i] * second[i][j];
  // [greedy]
  std::printf("%-24s%-14s%.3f\n", "greedy, by hand",
              (words[static_cast<std::size_t>(3 + i)] + " " +
               words[static_cast<std::size_t>(3 + j)])
                  .c_str(),
              p);
  std::printf("%-24s%-14s%.3f\n", "all sentences", text_of_tokens(best).c_str(),
              highest);
  for (const int beam : {1, 2, 3}) {
    const Hypothesis found = search_with(beam);
    std::printf("%-24s%-14s%.3f\n",
                ("library, beam of " + std::to_string(beam)).c_str(),
                text_of_tokens(found.tokens).c_str(),
                std::exp(found.log_probability));
  }
}

void how_many() {
  std::cout << "\n== How many ==\n";
  // [how-many]
  const double vocab = 10000, length = 7, beam = 5;
  const double all = std::pow(vocab, length);
  const double seen = vocab + (length - 1) * beam * vocab;
  // [how-many]
  std::printf("sentences of 7 words        %.0e\n", all);
  std::printf("looked at by a beam of 5    %.0f\n", seen);
}

void length() {
  std::cout << "\n== Length ==\n";
  struct Sentence {
    const char* text;
    double log_probability;
    int tokens;  // </s> included
  };
  const Sentence few{"She helped.", -2.4, 4};
  const Sentence many{"Today she helped the big horse.", -3.2, 8};
  std::printf("%-35s%9s%9s%9s\n", "log-probability / length^α", "α = 0",
              "α = 0.6", "α = 1");
  for (const Sentence& sentence : {few, many}) {
    std::printf("%-34s", sentence.text);
    for (const double alpha : {0.0, 0.6, 1.0})
      std::printf("%8.3f",
                  sentence.log_probability / std::pow(sentence.tokens, alpha));
    std::printf("\n");
  }
}

void sampling() {
  std::cout << "\n== Drawing ==\n";
  const std::vector<std::string> choice{"horse", "cow", "dog", "idea"};
  const double p[4] = {0.5, 0.3, 0.15, 0.05};
  Tensor logits = full({7}, -INFINITY);  // [vocab]
  for (std::int64_t i = 0; i < 4; ++i) logits.set({3 + i}, std::log(p[i]));
  struct Way {
    std::string name;
    SamplingOptions options;
    std::vector<double> by_hand;
  };
  const double cold = 0.25 + 0.09 + 0.0225 + 0.0025;
  // [sampling]
  const std::vector<Way> ways{
      {"as it is", {}, {0.5, 0.3, 0.15, 0.05}},
      {"temperature 1/2",
       {.temperature = 0.5},
       {0.25 / cold, 0.09 / cold, 0.0225 / cold, 0.0025 / cold}},
      {"top-k, k = 2", {.top_k = 2}, {0.5 / 0.8, 0.3 / 0.8, 0, 0}},
      {"top-p, p = 0.9",
       {.top_p = 0.9},
       {0.5 / 0.95, 0.3 / 0.95, 0.15 / 0.95, 0}}};
  constexpr int draws = 10000;
  for (const Way& way : ways) {
    std::vector<double> times(4);
    for (std::uint32_t draw = 0; draw < draws; ++draw) {
      const DrawnToken drawn =
          draw_token(logits, way.options, {.seed = 5, .step = draw});
      ++times[static_cast<std::size_t>(drawn.token - 3)];
    }
    // [sampling]
    std::printf("%-16s by hand", way.name.c_str());
    for (const double share : way.by_hand) std::printf("%8.3f", share);
    std::printf("\n%-16s drawn  ", "");
    for (const double count : times) std::printf("%8.3f", count / draws);
    std::printf("\n");
  }
  const Tensor hot = log(vector({0.5, 0.3, 0.15, 0.05}));
  std::vector<Series> curves(4);
  for (double temperature = 0.1; temperature < 3.05; temperature += 0.1) {
    const Tensor at = softmax(hot / temperature);  // [choice]
    for (std::size_t i = 0; i < 4; ++i) {
      curves[i].name = choice[i];
      curves[i].x.push_back(temperature);
      curves[i].y.push_back(at.at({static_cast<std::int64_t>(i)}));
    }
  }
  write_picture("sampling.svg",
                line_chart(curves, {.title = "Temperature",
                                    .x = {.label = "temperature"},
                                    .y = {.label = "probability"}}));
}

void the_cache() {
  std::cout << "\n== The cache ==\n";
  Initializer init(3);
  Transformer model({.source_vocab = 50,
                     .target_vocab = 50,
                     .d_model = 128,
                     .nhead = 4,
                     .num_encoder_layers = 2,
                     .num_decoder_layers = 2,
                     .dim_feedforward = 256},
                    init);
  prepare_for_inference(model);
  const NoGradient no_gradient;
  const Tokens source{random_integers({1, 8}, 3, 50, {.seed = 1}), ids({8})};
  std::printf("%23s%20s%8s\n", "tokens read", "milliseconds", "cache");
  std::printf("%8s%9s%6s%10s%10s%8s%7s\n", "length", "without", "with",
              "without", "with", "KiB", "same");
  Series without{.name = "without"}, with{.name = "with a cache"};
  for (const std::int64_t length : {10, 20, 40, 80}) {
    TokenList all, kept;
    const auto read_all = [&] {
      // [no-cache]
      const EncoderOutput memory = model.encode(source);
      all = {SpecialTokens{}.begin};
      for (std::int64_t n = 0; n < length; ++n) {
        const Variable states =  // [batch, target, d_model]
            model.decode_states(ids(all).reshape({1, -1}), memory);
        const Tensor last =  // [vocab]
            model.logits(select(states, 1, -1)).value().reshape({50});
        all.push_back(argmax(slice(last, 0, 3, 50)).item<std::int32_t>() + 3);
      }
      // [no-cache]
    };
    const auto keep = [&] {
      // [cache]
      Decoder decoder(model, source);
      Tensor last = decoder.start();  // [row, vocab]
      kept = {SpecialTokens{}.begin};
      for (std::int64_t n = 0; n < length; ++n) {
        kept.push_back(argmax(slice(last, 1, 3, 50)).item<std::int32_t>() + 3);
        if (n + 1 < length) last = decoder.step({kept.back()}, {0});
      }
      // [cache]
    };
    const double slow = 1000 * time_of(read_all, 0.1).median;
    const double fast = 1000 * time_of(keep, 0.1).median;
    // Keys and values, of two layers, 128 numbers of four bytes each.
    const std::int64_t bytes = 2 * 2 * length * 128 * 4;
    std::printf("%8d%9d%6d%10.1f%10.1f%8d%7s\n", static_cast<int>(length),
                static_cast<int>(length * (length + 1) / 2),
                static_cast<int>(length), slow, fast,
                static_cast<int>(bytes / 1024), all == kept ? "yes" : "no");
    const auto x = static_cast<double>(length);
    without.x.push_back(x), without.y.push_back(x * (x + 1) / 2);
    with.x.push_back(x), with.y.push_back(x);
  }
  write_picture("cache.svg",
                line_chart({without, with},
                           {.title = "Tokens that the decoder calculates",
                            .x = {.label = "tokens written"},
                            .y = {.label = "tokens"}}));
}

using Words = std::vector<std::string>;

// [clipped]
/// How many runs of n words of `said` the reference has too, each as often as
/// it occurs there, and how many runs there are.
std::pair<int, int> clipped(const Words& said, const Words& reference, int n) {
  std::map<Words, int> there, here;
  for (auto i = reference.begin(); i + n <= reference.end(); ++i)
    ++there[Words(i, i + n)];
  for (auto i = said.begin(); i + n <= said.end(); ++i) ++here[Words(i, i + n)];
  int matches = 0, all = 0;
  for (const auto& [run, times] : here) {
    matches += std::min(times, there[run]);
    all += times;
  }
  return {matches, all};
}
// [clipped]

const std::string reference = "Today she helped the big horse.";

void bleu_by_hand() {
  std::cout << "\n== BLEU by hand ==\n";
  const std::string said = "Today she helped the horse.";
  std::cout << "reference  " << reference << "\nsaid       " << said << "\n";
  // [bleu]
  const Words ours = split_words(said), theirs = split_words(reference);
  double product = 1;
  for (int n = 1; n <= 4; ++n) {
    const auto [matches, all] = clipped(ours, theirs, n);
    product *= static_cast<double>(matches) / all;
    std::printf("runs of %d  %d of %d\n", n, matches, all);
  }
  const double brevity = std::exp(1 - 7.0 / 6);  // 7 words, and 6 were said
  const double by_hand = 100 * brevity * std::pow(product, 1.0 / 4);
  // [bleu]
  std::printf("geometric mean %.4f, brevity penalty %.4f\n",
              std::pow(product, 1.0 / 4), brevity);
  std::printf("by hand  %.4f\n", by_hand);
  // [bleu-library]
  const BleuScore score = bleu({said}, {{reference}});
  // [bleu-library]
  std::printf("library  %.4f\n", score.score);
  const auto [matches, all] =
      clipped(split_words("the the the the the the the"), theirs, 1);
  std::printf("\n\"the\", seven times: %d of %d\n", matches, all);
}

void bleu_misleads() {
  std::cout << "\n== What BLEU cannot see ==\n";
  std::printf("%-42s%8s%12s%8s\n", "", "BLEU", "unsmoothed", "chrF");
  for (const std::string& said :
       Lines{"She gave the large horse a hand today.",
             "The large horse was given a hand today.",
             "Today she helped the big cow.", "Today she hit the big horse.",
             "Today she helped the big horse not."})
    std::printf(
        "%-42s%8.1f%12.1f%8.1f\n", said.c_str(),
        bleu({said}, {{reference}}).score,
        bleu({said}, {{reference}}, {.smoothing = BleuSmoothing::none}).score,
        chrf({said}, {{reference}}).score);
  std::cout << "\n== Four numbers for one output ==\n";
  const std::string said = "today she helped the big horse .";
  std::printf("%-30s%12s%12s\n", said.c_str(), "as written", "lowercase");
  for (const auto& [name, tokenizer] :
       {std::pair{"tokenizer 13a", BleuTokenizer::mteval_13a},
        std::pair{"at spaces", BleuTokenizer::none}}) {
    std::printf("%-30s", name);
    for (const bool lowercase : {false, true})
      std::printf("%12.1f",
                  bleu({said}, {{reference}},
                       {.tokenizer = tokenizer, .lowercase = lowercase})
                      .score);
    std::printf("\n");
  }
}

void bleu_of_a_text() {
  std::cout << "\n== A text, and its uncertainty ==\n";
  // [text]
  const ToyCorpus corpus = make_toy_corpus({.train = 0, .valid = 0});
  Lines said, references;
  double sum = 0;
  for (const SentencePair& pair : corpus.test) {
    said.push_back(translate_by_rules(pair.source).text);
    references.push_back(pair.target);
    sum += bleu({said.back()}, {{pair.target}}).score;
  }
  const CountedText text = count_bleu(said, {references});
  const Interval interval = bootstrap_interval(text);
  // [text]
  std::printf("sentences %d\n", static_cast<int>(said.size()));
  std::printf("BLEU of the text                 %.1f\n",
              bleu(said, {references}).score);
  std::printf("mean of the sentences' BLEU      %.1f\n",
              sum / static_cast<double>(said.size()));
  std::printf("interval by bootstrap            %.1f ± %.1f\n", interval.mean,
              interval.half_width);
  Series width{.name = "± of BLEU"};
  std::printf("%12s%12s%12s\n", "sentences", "BLEU", "±");
  for (const std::size_t count : {25, 50, 100, 200, 500}) {
    CountedText part{
        {text.sentences.begin(),
         text.sentences.begin() + static_cast<std::ptrdiff_t>(count)},
        text.score};
    const Interval of_part = bootstrap_interval(part);
    std::printf("%12d%12.1f%12.1f\n", static_cast<int>(count), of_part.mean,
                of_part.half_width);
    width.x.push_back(static_cast<double>(count));
    width.y.push_back(of_part.half_width);
  }
  write_picture("interval.svg",
                line_chart({width}, {.title = "How far BLEU may move by chance",
                                     .x = {.label = "sentences in the test"},
                                     .y = {.label = "± BLEU",
                                           .scale = AxisScale::from_zero}}));
}

/// Drawing, choosing and BLEU with numbers and a translation of one's own.
void as_you_like(const Settings& settings) {
  std::cout << "== Drawing: temperature " << settings.text("temperature")
            << ", top-p " << settings.text("top_p") << " ==\n";
  const std::vector<std::string> choice{"horse", "cow", "dog", "idea"};
  const Tensor logits = log(vector({0, 0, 0, 0.5, 0.3, 0.15, 0.05}));
  std::vector<int> times(4);
  std::string drawn;
  for (std::uint32_t draw = 0; draw < 10000; ++draw) {
    const auto word = static_cast<std::size_t>(
        draw_token(logits,
                   {.temperature = settings.number("temperature"),
                    .top_p = settings.number("top_p")},
                   {.seed = 5, .step = draw})
            .token -
        3);
    ++times[word];
    if (draw < 12) drawn += choice[word] + " ";
  }
  std::cout << "the first twelve: " << drawn << "\n";
  for (std::size_t i = 0; i < 4; ++i)
    std::printf("%-8s%8.3f\n", choice[i].c_str(), times[i] / 10000.0);
  const double alpha = settings.number("length_penalty");
  const double few = -2.4 / std::pow(4, alpha),
               many = -3.2 / std::pow(8, alpha);
  std::cout << "\n== Length: α = " << settings.text("length_penalty")
            << " ==\n";
  std::printf("%-34s%8.3f\n%-34s%8.3f\nbetter: the %s one\n", "She helped.",
              few, "Today she helped the big horse.", many,
              few > many ? "short" : "long");
  const std::string& said = settings.text("translation");
  std::cout << "\n== BLEU of your translation ==\nreference  " << reference
            << "\nsaid       " << said << "\n";
  for (int n = 1; n <= 4; ++n) {
    const auto [matches, all] =
        clipped(split_words(said), split_words(reference), n);
    std::printf("runs of %d  %d of %d\n", n, matches, all);
  }
  std::printf("BLEU %.1f, chrF %.1f\n", bleu({said}, {{reference}}).score,
              chrf({said}, {{reference}}).score);
}

}  // namespace

int main(int argc, char** argv) {
  const Settings settings(
      {{.name = "temperature",
        .says = "what the logits are divided by before drawing",
        .book = "1",
        .values = {"0.1", "0.25", "0.5", "1", "2", "5"}},
       {.name = "top_p",
        .says = "how much of the probability may be drawn",
        .book = "1",
        .values = {"0.4", "0.6", "0.8", "0.9", "1"}},
       {.name = "length_penalty",
        .says = "α: how much long sentences are helped",
        .book = "0.6",
        .values = {"0", "0.2", "0.4", "0.6", "0.8", "1"}},
       {.name = "translation",
        .says = "an English translation, to be scored",
        .book = "Today she helped the horse.",
        .values = {"Today she helped the big cow.",
                   "She gave the large horse a hand today."},
        .is_text = true}},
      argc, argv);
  if (settings.changed()) return as_you_like(settings), 0;
  greedy_misses();
  how_many();
  length();
  sampling();
  the_cache();
  bleu_by_hand();
  bleu_misleads();
  bleu_of_a_text();
}
