// Chapter 6: rules; IBM Model 1 and a hidden Markov aligner; a trigram model; the noisy channel.
// Draws round_1.svg, round_2.svg, round_5.svg, hmm.svg and likelihood.svg into the folder where it
// is started. --without language, --without reordering; --with sentence="Das Kind isst."
// translates that.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <map>
#include <memory>

#include "lectern.h"
#include "settings.h"
#include "tasks/metrics/bleu.h"
#include "tasks/metrics/bootstrap.h"
#include "tasks/report/pictures.h"
#include "tasks/text/unicode.h"
#include "tasks/text/word_tokenizer.h"
#include "tasks/translation/statistical/hmm_aligner.h"
#include "tasks/translation/statistical/noisy_channel.h"
#include "tasks/translation/statistical/rule_translator.h"
#include "tasks/translation/toy_corpus.h"

using namespace lectern;

namespace {

const SentencePair ours{"Heute hat sie dem großen Pferd geholfen.",
                        "Today she helped the big horse."};

bool with_language = true, with_reordering = true;  // --without

/// A label, and spaces up to `width` letters: ü is one letter and two bytes.
std::string padded(const std::string& words, std::size_t width) {
  const std::size_t letters = code_points(words).size();
  return words + std::string(width > letters ? width - letters : 0, ' ');
}

/// The corpus as numbers of words.
struct Numbered {
  std::unique_ptr<Tokenizer> german, english;
  std::vector<TokenPair> pairs;

  TokenPair encode(const SentencePair& pair) const {
    return {german->encode(pair.source), english->encode(pair.target)};
  }
};

Numbered number(const std::vector<SentencePair>& pairs) {
  std::vector<std::string> german, english;
  for (const SentencePair& pair : pairs)
    german.push_back(pair.source), english.push_back(pair.target);
  const TokenizerOptions words{.kind = TokenizerKind::word};
  Numbered all{
      train_tokenizer(german, words), train_tokenizer(english, words), {}};
  for (const SentencePair& pair : pairs) all.pairs.push_back(all.encode(pair));
  return all;
}

// Rules.

void rules(const ToyCorpus& corpus) {
  std::cout << "== The rules ==\n";
  for (const RuleSummary& rule : translation_rules())
    std::printf("%-13s%s\n", rule.name.c_str(), rule.says.c_str());
  std::cout << "\n== Our sentence by rules ==\n";
  // [rules]
  const RuleTranslation story = translate_by_rules(ours.source);
  // [rules]
  std::cout << "look up      " << story.rules.front().before << "\n";
  for (const AppliedRule& rule : story.rules)
    std::printf("%-13s%s\n", rule.name.c_str(), rule.after.c_str());
  std::cout << "\n== Where rules break ==\n";
  int right = 0, shown = 0;
  std::map<std::string, int> fired;
  for (const SentencePair& pair : corpus.test) {
    const RuleTranslation found = translate_by_rules(pair.source);
    right += found.text == pair.target ? 1 : 0;
    for (const AppliedRule& rule : found.rules) ++fired[rule.name];
    if (found.text == pair.target || pair.source.size() > 45 || shown++ >= 4)
      continue;
    std::cout << pair.source << "\n  rules      " << found.text
              << "\n  should be  " << pair.target << "\n";
  }
  std::printf("right: %d of %zu\n", right, corpus.test.size());
  std::cout << "fired\n";
  for (const RuleSummary& rule : translation_rules())
    std::printf("  %-11s%4d times\n", rule.name.c_str(), fired[rule.name]);
}

// IBM Model 1.

// [definition]
using Table = std::map<std::pair<std::string, std::string>, double>;

std::vector<std::string> with_null(const std::string& source) {
  std::vector<std::string> words = split_words(source);
  words.insert(words.begin(), "NULL");
  return words;
}

/// t(e | f) to begin with: whatever was seen with f, all alike.
Table uniform(const std::vector<SentencePair>& pairs) {
  Table t;
  std::map<std::string, double> seen;
  for (const SentencePair& pair : pairs)
    for (const std::string& f : with_null(pair.source))
      for (const std::string& e : split_words(pair.target))
        if (t.insert({{e, f}, 1}).second) ++seen[f];
  for (auto& [words, probability] : t) probability = 1 / seen[words.second];
  return t;
}

Table one_round(const Table& t, const std::vector<SentencePair>& pairs) {
  Table count;
  std::map<std::string, double> total;
  for (const SentencePair& pair : pairs)
    for (const std::string& e : split_words(pair.target)) {
      double sum = 0;
      for (const std::string& f : with_null(pair.source)) sum += t.at({e, f});
      for (const std::string& f : with_null(pair.source)) {
        const double share = t.at({e, f}) / sum;  // expectation
        count[{e, f}] += share;
        total[f] += share;
      }
    }
  for (auto& [words, number] : count)
    number /= total[words.second];  // maximisation
  return count;
}
// [definition]

void by_hand() {
  std::cout << "\n== Two pairs, two rounds ==\n";
  // [pairs]
  const std::vector<SentencePair> pairs{{"chat vert", "green cat"},
                                        {"chat noir", "black cat"}};
  // [pairs]
  // [hand]
  // Before: vert was seen with 2 words, chat and NULL with 3.
  const double green_1 = (1. / 2) / (1. / 3 + 1. / 3 + 1. / 2);  // to vert: 3/7
  const double cat_1 = green_1;  // cat shares itself out just as green does
  const double after_1 = green_1 / (green_1 + cat_1);  // t(green | vert)
  // Now t(green | NULL) = t(green | chat) = 1/4 and t(cat | all three) = 1/2.
  const double green_2 = (1. / 2) / (1. / 4 + 1. / 4 + 1. / 2);  // to vert: 1/2
  const double cat_2 = (1. / 2) / (1. / 2 + 1. / 2 + 1. / 2);    // to vert: 1/3
  const double after_2 = green_2 / (green_2 + cat_2);
  // [hand]
  const Table start = uniform(pairs);
  const Table first = one_round(start, pairs), second = one_round(first, pairs);
  // [library]
  const Numbered words = number(pairs);
  const Cooccurrences corpus(words.pairs);
  IbmModel1 model(corpus.uniform_table());
  em_round(model, corpus);
  // [library]
  const Word green = words.english->encode("green").front();
  const Word vert = words.german->encode("vert").front();
  const double library_1 = model.table().probability(green, vert);
  em_round(model, corpus);
  const double library_2 = model.table().probability(green, vert);
  std::printf("t(green | vert)  by hand  by definition  library\n");
  std::printf("after round 1    %7.4f%15.4f%9.4f\n", after_1,
              first.at({"green", "vert"}), library_1);
  std::printf("after round 2    %7.4f%15.4f%9.4f\n", after_2,
              second.at({"green", "vert"}), library_2);
  Table table = second;
  for (int round = 3; round <= 20; ++round) table = one_round(table, pairs);
  std::cout << "\n== After twenty rounds ==\n";
  for (const char* f : {"vert", "chat", "NULL"}) {
    std::printf("%-5s", f);
    for (const char* e : {"green", "cat", "black"})
      if (table.contains({e, f})) std::printf("  %s %.2f", e, table.at({e, f}));
    std::cout << "\n";
  }
}

/// Rows are English words that look, columns German words that are looked at.
void draw(const std::string& file, const std::string& title,
          const Aligner& model, const Numbered& words,
          const SentencePair& sentences = ours) {
  const TokenPair pair = words.encode(sentences);
  const LinkProbabilities links = model.posterior(pair);
  const auto rows = static_cast<std::int64_t>(pair.target.size());
  const auto columns = static_cast<std::int64_t>(pair.source.size()) + 1;
  const Tensor shares =
      tensor_of({rows, columns}, links.probabilities);  // [target, 1 + source]
  write_picture(file, heat_map(shares, {.title = title,
                                        .rows = split_words(sentences.target),
                                        .columns = with_null(sentences.source),
                                        .maximum = 1}));
}

void print_best(const char* when, const IbmModel1& model,
                const Numbered& words) {
  std::cout << when;
  const Word f = words.german->encode("geholfen").front();
  for (const LexicalTable::Entry& entry : model.table().best(f, 4))
    std::printf("  %s %.3f", words.english->piece(entry.word).c_str(),
                entry.probability);
  std::cout << "\n";
}

/// Prints and remembers how well each round explains the corpus.
struct Likelihood {
  Series model_1{.name = "Model 1"}, hmm{.name = "HMM"};
};

IbmModel1 learn_model_1(const Cooccurrences& corpus, const Numbered& words,
                        Likelihood& curve, bool aloud) {
  IbmModel1 model(corpus.uniform_table());
  if (aloud) {
    std::cout << "\n== Twelve thousand pairs ==\n";
    std::printf("%zu pairs, %zu pairs of words that were seen together\n",
                corpus.pairs(), model.table().size());
    const Word f = words.german->encode("geholfen").front();
    std::printf("geholfen was seen with %zu words\n",
                model.table().best(f, 9999).size());
    print_best("before ", model, words);
  }
  Stopwatch watch;
  for (int round = 1; round <= 5; ++round) {
    const EmRound before = em_round(model, corpus);
    curve.model_1.x.push_back(round - 1);
    curve.model_1.y.push_back(before.perplexity());
    if (!aloud || (round != 1 && round != 2 && round != 5)) continue;
    const std::string number = std::to_string(round);
    print_best(("round " + number).c_str(), model, words);
    draw("round_" + number + ".svg", "Model 1 after round " + number, model,
         words);
  }
  if (aloud) std::printf("seconds %.2f\n", watch.elapsed());
  return model;
}

// The hidden Markov aligner.

/// p(e | f) by adding up all alignments, (I + 1) to the power of J of them.
// [enumeration]
double by_enumeration(const HmmAligner& model, const TokenPair& pair,
                      std::size_t j, std::size_t place) {
  if (j == pair.target.size()) return 1;
  const Word e = pair.target[j];
  const double p0 = model.null_probability();
  double room = 0;
  for (std::size_t i = 0; i < pair.source.size(); ++i)
    room += model.jumps()[HmmAligner::jump_index(place, i)];
  double p = p0 * model.table().probability(e, null_word) *
             by_enumeration(model, pair, j + 1, place);
  for (std::size_t i = 0; i < pair.source.size(); ++i)
    p += (1 - p0) * model.jumps()[HmmAligner::jump_index(place, i)] / room *
         model.table().probability(e, pair.source[i]) *
         by_enumeration(model, pair, j + 1, i + 1);
  return p;
}
// [enumeration]

HmmAligner learn_hmm(const IbmModel1& first, const Cooccurrences& corpus,
                     Likelihood& curve) {
  // [hmm]
  HmmAligner model(first.table());
  for (int round = 1; round <= 5; ++round) {
    const EmRound before = em_round(model, corpus);
    curve.hmm.x.push_back(4 + round);
    curve.hmm.y.push_back(before.perplexity());
  }
  // [hmm]
  return model;
}

void hmm_story(const HmmAligner& hmm, const Numbered& words,
               const Likelihood& curve) {
  std::cout << "\n== How far one jumps ==\n";
  double sum = 0;
  for (int width = -6; width <= 6; ++width)
    sum +=
        hmm.jumps()[static_cast<std::size_t>(HmmAligner::longest_jump + width)];
  for (int width = -3; width <= 4; ++width)
    std::printf("%+d %.2f  ", width,
                hmm.jumps()[static_cast<std::size_t>(HmmAligner::longest_jump +
                                                     width)] /
                    sum);
  std::cout << "\n\n== All alignments at once ==\n";
  const TokenPair pair = words.encode({"sie dem Pferd", "she the horse"});
  const double all = by_enumeration(hmm, pair, 0, 0);
  std::printf("64 alignments  %.4e\n", all);
  std::printf("library        %.4e\n", std::exp(hmm.log_likelihood(pair)));
  const double apart = std::log(all) - hmm.log_likelihood(pair);
  std::cout << "equal: " << (std::abs(apart) < 1e-9 ? "yes" : "no") << "\n";
  draw("hmm.svg", "The hidden Markov aligner", hmm, words);
  std::cout << "\n== Round by round ==\n";
  for (std::size_t i = 0; i < curve.model_1.y.size(); ++i)
    std::printf("Model 1, %zu rounds  %6.2f\n", i, curve.model_1.y[i]);
  for (std::size_t i = 0; i < curve.hmm.y.size(); ++i)
    std::printf("HMM, %zu rounds      %6.2f\n", i, curve.hmm.y[i]);
  write_picture(
      "likelihood.svg",
      line_chart({curve.model_1, curve.hmm},
                 {.title = "Among how many words the model seems to choose",
                  .x = {.label = "rounds"},
                  .y = {.label = "perplexity", .scale = AxisScale::log}}));
}

/// Where the same German word stands twice, Model 1 cannot tell which is meant.
void two_articles(const IbmModel1& model_1, const HmmAligner& hmm,
                  const Numbered& words,
                  const std::vector<SentencePair>& test) {
  std::cout << "\n== The same word twice ==\n";
  const auto same_place = [](const TokenPair& pair,
                             const Alignment& alignment) {
    int count = 0;
    for (std::size_t j = 0; j < alignment.size(); ++j)
      for (std::size_t k = j + 1; k < alignment.size(); ++k)
        count += pair.target[j] == pair.target[k] && alignment[j] >= 0 &&
                         alignment[j] == alignment[k]
                     ? 1
                     : 0;
    return count;
  };
  int model_1_shares = 0, hmm_shares = 0, shown = 0;
  for (const SentencePair& each : test) {
    const TokenPair pair = words.encode(each);
    const Alignment a = model_1.align(pair), b = hmm.align(pair);
    model_1_shares += same_place(pair, a), hmm_shares += same_place(pair, b);
    if (same_place(pair, a) == 0 || same_place(pair, b) != 0 ||
        pair.target.size() > 9 || shown++ > 0)
      continue;
    const std::vector<std::string> f = split_words(each.source),
                                   e = split_words(each.target);
    std::printf("%-12s%-16s%s\n", "", "Model 1", "HMM");
    for (std::size_t j = 0; j < e.size(); ++j) {
      const auto name = [&](int i) {
        return i < 0 ? std::string("NULL")
                     : text(i + 1, " ", f[static_cast<std::size_t>(i)]);
      };
      std::cout << padded(e[j], 12) << padded(name(a[j]), 16) << name(b[j])
                << "\n";
    }
  }
  std::printf(
      "equal English words from one place, in %zu sentences: Model 1 %d, HMM "
      "%d\n",
      test.size(), model_1_shares, hmm_shares);
}

// The language model.

NgramModel learn_language(const Numbered& words) {
  // [trigrams]
  std::vector<std::vector<Word>> sentences;
  for (const TokenPair& pair : words.pairs) sentences.push_back(pair.target);
  return NgramModel(sentences, words.english->size());
  // [trigrams]
}

void next_word(const NgramModel& model, const Numbered& words) {
  std::cout << "\n== Which word comes next ==\n";
  const auto id = [&](const char* word) {
    return words.english->encode(word).front();
  };
  std::map<Word, int> after;
  int all = 0;
  for (const TokenPair& pair : words.pairs)
    for (std::size_t i = 2; i < pair.target.size(); ++i)
      if (pair.target[i - 2] == id("the") && pair.target[i - 1] == id("big"))
        ++after[pair.target[i]], ++all;
  const NgramModel::History history{id("the"), id("big")};
  double sum = 0;
  for (Word w = 0; w < words.english->size(); ++w)
    if (w == Tokenizer::end || w >= Tokenizer::unknown)
      sum += model.probability(w, history);
  std::printf("%-14s%8s%9s%9s\n", "after the big", "count", "share", "model");
  for (const char* word : {"horse", "table", "eggs", "cat", "helped"})
    std::printf("%-14s%8d%9.5f%9.5f\n", word, after[id(word)],
                static_cast<double>(after[id(word)]) / all,
                model.probability(id(word), history));
  std::printf("%-14s%8d%9.5f%9.5f\n", "all words", all, 1.0, sum);
}

// The noisy channel.

/// What a noisy channel needs: renderings, which know p(f | e), and a language model.
struct Channel {
  RenderingTable renderings;
  const NgramModel& language;
};

RenderingTable learn_renderings(const Numbered& words, const Aligner& forwards,
                                bool hmm) {
  // [renderings]
  const std::vector<TokenPair> turned = exchanged(words.pairs);
  const Cooccurrences corpus(turned);
  IbmModel1 backwards(corpus.uniform_table());  // t(f | e)
  for (int round = 1; round <= 5; ++round) em_round(backwards, corpus);
  HmmAligner backwards_hmm(backwards.table());
  for (int round = 1; hmm && round <= 5; ++round)
    em_round(backwards_hmm, corpus);
  const LexicalTable& channel = hmm ? backwards_hmm.table() : backwards.table();
  return RenderingTable(words.pairs, forwards, channel, {});
  // [renderings]
}

ChannelSearch search() {
  ChannelSearch search{.stack_size = 30};
  if (!with_reordering) search.distortion_limit = 0;
  return search;
}

ChannelWeights bayes() {
  ChannelWeights weights;  // channel 1, language 1, nothing else
  if (!with_language) weights.language = 0;
  return weights;
}

std::string written(const Numbered& words, const std::vector<Word>& ids) {
  std::vector<std::string> english;
  for (const Word id : ids) english.push_back(words.english->piece(id));
  return join_words(english);
}

void taken_apart(const Channel& learned, const Numbered& words) {
  std::cout << "\n== A score taken apart ==\n";
  // [translate]
  const NoisyChannel channel(learned.renderings, learned.language, bayes(),
                             search());
  const ChannelTranslation best =
      channel.translate(words.german->encode(ours.source));
  // [translate]
  const std::vector<std::string> german = split_words(ours.source);
  std::vector<ChannelTranslation::Step> steps = best.steps;
  if (!with_language)  // then any order is as good as this one
    std::ranges::sort(steps, {}, &ChannelTranslation::Step::source);
  const auto line = [](const std::string& name, double channel,
                       double language) {
    std::printf("%s%10.2f", padded(name, 24).c_str(), channel);
    if (with_language) std::printf("%10.2f", language);
    std::cout << "\n";
  };
  std::printf("%-24s%10s%s\n", "", "log p(f|e)",
              with_language ? "  log p(e)" : "");
  double sum = 0;
  for (const ChannelTranslation::Step& step : steps) {
    const std::string english =
        step.words.empty() ? "-" : written(words, step.words);
    line(padded(german[step.source], 10) + english, step.scores.channel,
         step.scores.language);
    sum += step.scores.channel;
  }
  const double language = learned.language.log_probability(best.words());
  line("all, with the end", sum, language);
  if (with_language) sum += language;
  std::printf("the search says %.2f, by definition %.2f\n", best.score, sum);
  if (with_language) std::cout << written(words, best.words()) << "\n";
}

void orders(const NgramModel& language, const Numbered& words) {
  std::cout << "\n== All orders of seven words ==\n";
  // [orders]
  std::vector<Word> bag = words.english->encode(ours.target);
  std::vector<std::pair<double, std::vector<Word>>> scored;
  std::sort(bag.begin(), bag.end());
  do scored.emplace_back(language.log_probability(bag), bag);
  while (std::next_permutation(bag.begin(), bag.end()));
  std::sort(scored.rbegin(), scored.rend());
  // [orders]
  std::printf("%zu orders\n", scored.size());
  for (std::size_t i = 0; i < 3; ++i)
    std::printf("%7.2f  %s\n", scored[i].first,
                written(words, scored[i].second).c_str());
  const std::vector<Word> as_german =
      words.english->encode("Today helped she the big horse.");
  std::printf("%7.2f  %s\n", language.log_probability(as_german),
              written(words, as_german).c_str());
  std::printf("%.2f less than the best\n",
              scored[0].first - language.log_probability(as_german));
}

void print_bleu(
    const char* name, const std::vector<SentencePair>& test,
    const std::function<std::string(const std::string&)>& translate) {
  std::vector<std::string> hypotheses(test.size()), references;
  for (const SentencePair& pair : test) references.push_back(pair.target);
  Stopwatch watch;
  parallel_for(std::ssize(test), 8, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i)
      hypotheses[static_cast<std::size_t>(i)] =
          translate(test[static_cast<std::size_t>(i)].source);
  });
  int right = 0;
  for (std::size_t i = 0; i < test.size(); ++i)
    right += hypotheses[i] == references[i] ? 1 : 0;
  const Interval interval =
      bootstrap_interval(count_bleu(hypotheses, {references}));
  std::printf("%-34s%5.1f ± %.1f  right %3d\n", name,
              bleu(hypotheses, {references}).score, interval.half_width, right);
}

/// A rendering; a word that was never seen passes through as it is.
std::string rendered(const Numbered& words, const std::vector<Word>& ids,
                     const std::string& source) {
  const bool passes = ids == std::vector<Word>{Tokenizer::unknown};
  return passes ? source : ids.empty() ? "-" : written(words, ids);
}

/// A sentence of one's own, by rules and through the noisy channel.
void as_you_like(const Settings& settings) {
  const std::string& sentence = settings.text("sentence");
  const std::vector<std::string> german = split_words(sentence);
  if (german.size() > 40)
    Settings::refuse("sentence",
                     text(german.size(), " words came; expected at most 40"));
  std::cout << "== By rules ==\n" << sentence << "\n";
  const RuleTranslation story = translate_by_rules(sentence);
  for (const AppliedRule& rule : story.rules)
    std::printf("%-13s%s\n", rule.name.c_str(), rule.after.c_str());
  std::cout << story.text << "\n" << std::endl;

  const Numbered words = number(make_toy_corpus().train);
  const Cooccurrences together(words.pairs);
  Likelihood curve;
  const HmmAligner hmm =
      learn_hmm(learn_model_1(together, words, curve, false), together, curve);
  const NgramModel language = learn_language(words);
  const RenderingTable renderings = learn_renderings(words, hmm, true);
  ChannelWeights weights;
  weights.language = settings.number("language");
  const ChannelSearch search{
      .stack_size = static_cast<std::size_t>(settings.whole("stack")),
      .distortion_limit =
          static_cast<std::size_t>(settings.whole("reordering"))};
  const NoisyChannel channel(renderings, language, weights, search);
  const ChannelTranslation best =
      channel.translate(words.german->encode(sentence));
  std::cout << "== Through the noisy channel: " << settings.line() << " ==\n";
  std::printf("%-28s%10s%10s\n", "", "log p(f|e)", "log p(e)");
  std::vector<std::string> said;
  for (const ChannelTranslation::Step& step : best.steps) {
    const std::string english =
        rendered(words, step.words, german[step.source]);
    if (!step.words.empty()) said.push_back(english);
    std::printf("%s%10.2f%10.2f\n",
                padded(padded(german[step.source], 14) + english, 28).c_str(),
                step.scores.channel, step.scores.language);
  }
  std::cout << join_words(said) << "\n";
  draw("hmm.svg", "The hidden Markov aligner", hmm, words,
       {sentence, join_words(said)});
}

}  // namespace

int main(int argc, char** argv) {
  const Settings settings(
      {{.name = "sentence",
        .says = "a German sentence, to be translated",
        .book = ours.source,
        .values = {"Das müde Kind kann eine Tasche wegwerfen.",
                   "Das Kind hat das Zimmer nicht gemalt."},
        .is_text = true},
       {.name = "language",
        .says = "how much log p(e) counts",
        .book = "1",
        .values = {"0", "0.2", "0.5", "1", "2", "4"}},
       {.name = "reordering",
        .says = "places that a word may be translated early",
        .book = "4",
        .values = {"0", "1", "2", "4", "8"}},
       {.name = "stack",
        .says = "beginnings that the search keeps",
        .book = "30",
        .values = {"1", "3", "10", "30", "100"}}},
      argc, argv);
  if (settings.changed()) return as_you_like(settings), 0;
  const std::string left_out = argc == 3 ? argv[2] : "";
  with_language = left_out != "language";
  with_reordering = left_out != "reordering";
  const ToyCorpus corpus = make_toy_corpus();
  if (left_out.empty()) rules(corpus), by_hand();

  const Numbered words = number(corpus.train);
  const Cooccurrences together(words.pairs);
  Likelihood curve;
  const IbmModel1 model_1 =
      learn_model_1(together, words, curve, left_out.empty());
  const HmmAligner hmm = learn_hmm(model_1, together, curve);
  const NgramModel language = learn_language(words);
  if (left_out.empty()) {
    hmm_story(hmm, words, curve);
    two_articles(model_1, hmm, words, corpus.test);
    next_word(language, words);
    orders(language, words);
  }
  const Channel by_model_1{learn_renderings(words, model_1, false), language};
  const Channel by_hmm{learn_renderings(words, hmm, true), language};
  taken_apart(by_hmm, words);

  std::cout << "\n== BLEU ==\n";
  const auto through = [&](const Channel& channel,
                           const ChannelWeights& weights) {
    return [&, weights](const std::string& german) {
      const NoisyChannel noisy(channel.renderings, channel.language, weights,
                               search());
      const auto best = noisy.translate(words.german->encode(german));
      return written(words, best.words());
    };
  };
  print_bleu("rules", corpus.test, [](const std::string& german) {
    return translate_by_rules(german).text;
  });
  print_bleu("Model 1, noisy channel", corpus.test,
             through(by_model_1, bayes()));
  print_bleu("HMM, noisy channel", corpus.test, through(by_hmm, bayes()));
  if (with_language)  // as chosen on the validation part
    print_bleu("HMM, noisy channel, chosen weights", corpus.test,
               through(by_hmm, {1, 1, 1.4, 0.6, 2.1}));
}
