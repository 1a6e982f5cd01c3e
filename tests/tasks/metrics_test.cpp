#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>

#include "tasks/failure.h"
#include "tasks/metrics/bleu.h"
#include "tasks/metrics/bootstrap.h"
#include "tasks/metrics/chrf.h"
#include "tasks/metrics/gleu.h"
#include "tasks/metrics/tokenize_13a.h"
#include "tasks/text/unicode.h"
#include "tests/catch.h"

using namespace lectern;

namespace {

// What sacreBLEU said: tests/reference/make_metrics_golden.py.
const nlohmann::json& golden() {
  static const auto contents = nlohmann::json::parse(
      std::ifstream(std::string(LECTERN_TEST_DATA) + "/reference/metrics_golden.json"));
  return contents;
}

struct Case {
  Lines hypotheses;
  References references;
};

// The sentences that a case of the golden file names.
Case sentences(const nlohmann::json& golden_case) {
  Case result;
  result.references.resize(golden_case["references"]);
  for (const std::size_t line : golden_case["lines"]) {
    const nlohmann::json& sentence = golden()["sentences"][line];
    result.hypotheses.push_back(sentence[0]);
    for (std::size_t i = 0; i < result.references.size(); ++i)
      result.references[i].push_back(sentence[i + 1]);
  }
  return result;
}

// The golden text with our name in the place of the version.
std::string with_version(std::string text) {
  const std::size_t end = text.find(" = ");
  return text.insert(end, std::string("|version:") + metric_version);
}

std::string joined(const std::vector<std::string_view>& words) {
  std::string out;
  for (const std::string_view word : words) out.append(out.empty() ? "" : " ").append(word);
  return out;
}

std::string message_of(const Lines& hypotheses, const References& references) {
  try {
    bleu(hypotheses, references);
  } catch (const Failure& failure) {
    CHECK(failure.code == ExitCode::data);
    return failure.what();
  }
  return "no error";
}

// Sentences of six words; the hypotheses get about `wrong` words in ten wrong.
Case noisy_text(int sentences, unsigned wrong) {
  std::mt19937 random(7);
  Case result{.hypotheses = {}, .references = {Lines{}}};
  for (int i = 0; i < sentences; ++i) {
    std::string hypothesis, reference;
    for (int word = 0; word < 6; ++word) {
      const std::string number = std::to_string(random() % 50);
      reference += "w" + number + " ";
      hypothesis += (random() % 10 < wrong ? "x" : "w") + number + " ";
    }
    result.hypotheses.push_back(hypothesis);
    result.references[0].push_back(reference);
  }
  return result;
}

}  // namespace

TEST_CASE("BLEU of one sentence, by hand", "[metrics]") {
  // Matches: 4 of 5 words, 3 of 4 pairs, 2 of 3 triples, 1 of 2 runs of four; one word too short.
  const BleuScore score = bleu({"the dog sees the cat"}, {{"the dog sees the small ball"}},
                               {.tokenizer = BleuTokenizer::none});
  CHECK(score.brevity_penalty == Approx(std::exp(1 - 6.0 / 5)));
  CHECK(score.precisions == std::array<double, 4>{80, 75, 100 * 2.0 / 3, 50});
  CHECK(score.score == Approx(100 * std::exp(-0.2) * std::pow(0.8 * 0.75 * 2 / 3 * 0.5, 0.25)));
}

TEST_CASE("BLEU and chrF equal sacreBLEU", "[metrics]") {
  for (const auto& expected : golden()["bleu"]) {
    const auto [hypotheses, references] = sentences(expected);
    const BleuOptions options = {
        .tokenizer =
            expected["tokenize"] == "13a" ? BleuTokenizer::mteval_13a : BleuTokenizer::none,
        .smoothing = expected["smooth"] == "exp" ? BleuSmoothing::exponential : BleuSmoothing::none,
        .lowercase = expected["lowercase"]};
    const BleuScore score = bleu(hypotheses, references, options);
    CAPTURE(hypotheses, references);
    CHECK(score.score == Approx(expected["score"].get<double>()).margin(1e-9));
    CHECK(bleu_text(score, options, {.width = 2}) == with_version(expected["text"]));
  }
  for (const auto& expected : golden()["chrf"]) {
    const auto [hypotheses, references] = sentences(expected);
    const ChrfOptions options = {.word_order = expected["word_order"],
                                 .lowercase = expected["lowercase"]};
    const ChrfScore score = chrf(hypotheses, references, options);
    CAPTURE(hypotheses, references);
    CHECK(score.score == Approx(expected["score"].get<double>()).margin(1e-9));
    CHECK(chrf_text(score, options, {.width = 2}) == with_version(expected["text"]));
  }
}

TEST_CASE("the 13a tokenizer equals sacreBLEU's", "[metrics]") {
  CHECK(joined(split_at_space(tokenize_13a("It's 1,000.5, well-known (3-4)."))) ==
        "It's 1,000.5 , well-known ( 3 - 4 ) .");
  for (const auto& pair : golden()["tokenized"])
    CHECK(joined(split_at_space(tokenize_13a(pair[0].get<std::string>()))) ==
          pair[1].get<std::string>());
  const std::string long_line(1 << 20, '.');
  CHECK(split_at_space(tokenize_13a(long_line)).size() == long_line.size());
}

TEST_CASE("case is ignored in every script, as sacreBLEU's", "[metrics]") {
  for (const auto& pair : golden()["lowered"])
    CHECK(lower_case(pair[0].get<std::string>()) == pair[1].get<std::string>());
  const BleuOptions options{.lowercase = true};
  for (const std::string line : {"Բարև ձեզ իմ սիրելի ընկեր", "Ο Μ.Σ. ΕΊΠΕ ΝΑΙ ΣΉΜΕΡΑ"})
    CHECK(bleu({line}, {{lower_case(line)}}, options).score == Approx(100));
}

TEST_CASE("bytes that are no UTF-8 differ from each other", "[metrics]") {
  CHECK(bleu({"a b c d \xFF"}, {{"a b c d \xFE"}}).score < 100);
  CHECK(chrf({"a b c d \xFF"}, {{"a b c d \xFE"}}).score < 100);
  CHECK(chrf({"a b c d \xFF"}, {{"a b c d \xFF"}}).score == Approx(100));
}

TEST_CASE("laws of the scores", "[metrics]") {
  const auto [hypotheses, references] = noisy_text(50, 3);
  CHECK(bleu(references[0], references).score == Approx(100));
  CHECK(chrf(references[0], references).score == Approx(100));
  CHECK(bleu(Lines(50, "nothing"), references).score == 0);
  const double score = bleu(hypotheses, references).score;
  CHECK(score > 0);
  CHECK(bleu(hypotheses, {references[0], references[0]}).score == score);
  CHECK(bleu(hypotheses, {references[0], hypotheses}).score == Approx(100));
}

TEST_CASE("different numbers of lines are refused with both numbers", "[metrics]") {
  const std::string message = message_of({"a", "b", "c"}, {{"a", "b", "c"}, {"a", "b"}});
  CHECK(message.find("hypotheses have 3 lines, but reference 2 has 2") != std::string::npos);
  CHECK(message_of({}, {{}}).find("0 lines") != std::string::npos);
  CHECK(message_of({"a"}, {}).find("no reference") != std::string::npos);
  CHECK_THROWS_AS(chrf({"a"}, {{}}), Failure);
}

TEST_CASE("bootstrap intervals", "[metrics]") {
  const auto [hypotheses, references] = noisy_text(200, 3);
  const CountedText text = count_bleu(hypotheses, references);
  const double score = text.score(total(text));
  const Interval interval = bootstrap_interval(text);
  CHECK(interval.mean == Approx(score).margin(1));
  CHECK(interval.half_width > 0);
  CHECK(interval.half_width < 10);
  CHECK(bootstrap_interval(text).mean == interval.mean);
  CHECK(bootstrap_interval(text, {.seed = 1}).mean != interval.mean);

  // Four times as many sentences make the interval half as wide.
  const auto [more, more_references] = noisy_text(800, 3);
  const Interval narrow = bootstrap_interval(count_bleu(more, more_references));
  CHECK(narrow.half_width == Approx(interval.half_width / 2).epsilon(0.25));

  // A text of equal sentences has no uncertainty.
  const CountedText equal = count_chrf(Lines(9, "a b c"), {Lines(9, "a b d")});
  CHECK(bootstrap_interval(equal).half_width == 0);

  const std::string shown = bleu_text(
      bleu(hypotheses, references), {},
      {.width = 2, .interval = Interval{.mean = 1, .half_width = 0.25, .resamples = 9, .seed = 7}});
  CHECK(shown.find("BLEU|nrefs:1|bs:9|seed:7|case:mixed") == 0);
  CHECK(shown.find(" (μ = 1.00 ± 0.25) ") != std::string::npos);
}

TEST_CASE("paired comparison of systems", "[metrics]") {
  const auto [worse, references] = noisy_text(200, 4);
  const Lines better = noisy_text(200, 2).hypotheses;
  const CountedText baseline = count_bleu(worse, references);
  const CountedText system = count_bleu(better, references);

  const Comparison clear = compare_systems(baseline, system);
  CHECK(clear.difference == Approx(system.score(total(system)) - baseline.score(total(baseline))));
  CHECK(clear.difference > 0);
  CHECK(clear.p_value < 0.01);
  CHECK(clear.system.mean == bootstrap_interval(system).mean);

  // The same system twice: no difference is larger than none.
  CHECK(compare_systems(baseline, baseline).difference == 0);

  CHECK_THROWS_AS(compare_systems(baseline, count_bleu({"a"}, {{"a"}})), Failure);
}

TEST_CASE("GLEU is what the published scorer says", "[metrics]") {
  // From the steps of gleu.py (keisks/jfleg) with Python 2's random numbers.
  const Lines source = {
      "New and new technology has been introduced to the society .",
      "One possible outcome is that an environmentally-induced reduction in motorization levels in "
      "the richer countries will outweigh any rise in motorization levels in the poorer countries "
      ".",
      "I going to school every days .", "He like cats ."};
  const Lines first = {"New technology has been introduced to society .", source[1],
                       "I go to school every day .", "He likes cats ."};
  const Lines second = {
      "New technologies have been introduced into society .",
      "One possible outcome is that an environmentally-induced reduction in motorization levels in "
      "richer countries will outweigh any rise in motorization levels in the poorer countries .",
      "I am going to school every day .", "He likes cats a lot ."};
  const Lines corrected = {
      "New technology has been introduced to the society .",
      "One possible outcome is that an environmentally-induced reduction in motorization levels in "
      "the richer countries will outweigh any rise in motorization levels in poorer countries .",
      "I go to school every days .", "He likes cats ."};
  CHECK(gleu(source, corrected, {first, second}) == Approx(62.5313).margin(5e-5));
  CHECK(gleu(source, source, {first, second}) == Approx(58.4738).margin(5e-5));
  CHECK(gleu(source, corrected, {first}) == Approx(74.2030).margin(5e-5));
  const CountedText counted = count_gleu(source, corrected, {first, second});
  CHECK(counted.score(total(counted)) == Approx(62.8349).margin(5e-5));

  CHECK(gleu(source, first, {first}) == Approx(100));
  CHECK(gleu({"a b"}, {"c d"}, {{"e f"}}) == 0);
  const auto message = [&](const Lines& sources, const Lines& corrections) {
    try {
      gleu(sources, corrections, {first});
    } catch (const Failure& failure) {
      return std::string(failure.what());
    }
    return std::string();
  };
  CHECK(message(source, {"one"}).find("1 lines, but reference 1 has 4") != std::string::npos);
  CHECK(message({"one"}, first).find("sources have 1 lines, but the corrections have 4") !=
        std::string::npos);
}
