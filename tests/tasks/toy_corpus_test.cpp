#include "tasks/translation/toy_corpus.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>

#include "tasks/translation/toy_grammar.h"
#include "tests/catch.h"

using namespace lectern;
using namespace lectern::toy;

namespace {

std::vector<SentencePair> everything(const ToyCorpus& corpus) {
  std::vector<SentencePair> all = corpus.test;
  all.insert(all.end(), corpus.valid.begin(), corpus.valid.end());
  all.insert(all.end(), corpus.train.begin(), corpus.train.end());
  return all;
}

// FNV-1a, 64 bits.
std::uint64_t checksum(const std::vector<SentencePair>& pairs) {
  std::uint64_t sum = 14695981039346656037u;
  for (const auto& [source, target, line] : pairs)
    for (const char c : source + "\t" + target + "\n")
      sum = (sum ^ static_cast<unsigned char>(c)) * 1099511628211u;
  return sum;
}

const Noun& noun(std::string_view german) {
  return *std::find_if(nouns().begin(), nouns().end(),
                       [&](const Noun& entry) { return entry.german == german; });
}

const Verb& verb(std::string_view english) {
  return *std::find_if(verbs().begin(), verbs().end(),
                       [&](const Verb& entry) { return entry.english == english; });
}

const Adjective& adjective(std::string_view english) {
  return *std::find_if(adjectives().begin(), adjectives().end(),
                       [&](const Adjective& entry) { return entry.english == english; });
}

const Adverb& adverb(std::string_view german) {
  return *std::find_if(adverbs().begin(), adverbs().end(),
                       [&](const Adverb& entry) { return entry.german == german; });
}

// The four cases' worth of one noun with an adjective: "der alte Mann", "dem …", "den …".
std::string declined(std::string_view name, Determiner determiner) {
  const NounPhrase phrase{
      .noun = &noun(name), .adjective = &adjective("old"), .determiner = determiner};
  return german(phrase, Case::nominative) + ", " + german(phrase, Case::dative) + ", " +
         german(phrase, Case::accusative);
}

// The man calls the doctor.
Clause call() {
  Clause clause;
  clause.subject.noun = &noun("Mann");
  clause.verb = &verb("call");
  clause.object = NounPhrase{.noun = &noun("Arzt")};
  return clause;
}

}  // namespace

TEST_CASE("articles and adjectives agree", "[toy_corpus]") {
  CHECK(declined("Mann", Determiner::definite) == "der alte Mann, dem alten Mann, den alten Mann");
  CHECK(declined("Frau", Determiner::definite) == "die alte Frau, der alten Frau, die alte Frau");
  CHECK(declined("Kind", Determiner::definite) == "das alte Kind, dem alten Kind, das alte Kind");
  CHECK(declined("Mann", Determiner::indefinite) ==
        "ein alter Mann, einem alten Mann, einen alten Mann");
  CHECK(declined("Frau", Determiner::none) ==
        "keine alte Frau, keiner alten Frau, keine alte Frau");
  CHECK(declined("Kind", Determiner::indefinite) ==
        "ein altes Kind, einem alten Kind, ein altes Kind");

  NounPhrase phrase{.noun = &noun("Ei"), .adjective = &adjective("old"), .plural = true};
  CHECK(german(phrase, Case::accusative) == "die alten Eier");
  phrase.determiner = Determiner::two;
  CHECK(german(phrase, Case::accusative) == "zwei alte Eier");
  phrase = {.noun = &noun("Ei"), .determiner = Determiner::indefinite};
  CHECK(english(phrase) == "an egg");
  phrase = {.noun = &noun("Kuchen"), .modifier = &modifiers()[8]};
  CHECK(german(phrase, Case::dative) == "dem Apfelkuchen");
  CHECK(english(phrase) == "the apple cake");
}

TEST_CASE("verbs find their places", "[toy_corpus]") {
  Clause clause = call();
  CHECK(german_main(clause, Front::subject) == "der Mann ruft den Arzt an");
  CHECK(english_statement(clause) == "the man calls the doctor");
  CHECK(german_main(clause, Front::object) == "den Arzt ruft der Mann an");
  CHECK(german_main(clause, Front::nothing) == "ruft der Mann den Arzt an");
  CHECK(english_question(clause) == "does the man call the doctor");
  CHECK(german_subordinate(clause) == "der Mann den Arzt anruft");

  clause.negated = true;
  clause.adverb = &adverb("heute");
  CHECK(german_main(clause, Front::adverb) == "heute ruft der Mann den Arzt nicht an");
  CHECK(english_statement(clause, Front::adverb) == "today the man does not call the doctor");

  clause.tense = Tense::past;
  CHECK(german_main(clause, Front::subject) == "der Mann hat heute den Arzt nicht angerufen");
  CHECK(english_statement(clause) == "the man did not call the doctor today");

  clause.tense = Tense::modal;
  clause.modal = &must;
  clause.subject.plural = true;
  CHECK(german_subordinate(clause) == "die Männer heute den Arzt nicht anrufen müssen");
  CHECK(english_statement(clause) == "the men do not have to call the doctor today");
  clause.modal = &can;
  CHECK(english_statement(clause) == "the men cannot call the doctor today");
}

TEST_CASE("what is new comes last, and kein is a not", "[toy_corpus]") {
  Clause clause = call();
  clause.verb = &verb("see");
  clause.place = Place{&prepositions()[0], {.noun = &noun("Garten")}};
  CHECK(german_main(clause, Front::subject) == "der Mann sieht den Arzt im Garten");
  clause.object->determiner = Determiner::indefinite;
  CHECK(german_main(clause, Front::subject) == "der Mann sieht im Garten einen Arzt");
  clause.negated = true;
  clause.object->determiner = Determiner::none;
  CHECK(german_main(clause, Front::place) == "im Garten sieht der Mann keinen Arzt");
  CHECK(english_statement(clause, Front::place) == "in the garden the man does not see a doctor");
}

TEST_CASE("the toy corpus is distinct, of ordinary length, and leaks nothing", "[toy_corpus]") {
  const ToyCorpus corpus = make_toy_corpus();
  CHECK(corpus.train.size() == 12000);
  CHECK(corpus.valid.size() == 500);
  CHECK(corpus.test.size() == 500);
  std::set<std::string> german, english;
  for (const auto& [source, target, line] : everything(corpus)) {
    CHECK(german.insert(source).second);
    CHECK(english.insert(target).second);
    const auto words = std::count(source.begin(), source.end(), ' ') + 1;
    CHECK((words >= 4 && words <= 14));
    CHECK((source.back() == '.' || source.back() == '?'));
    CHECK(source.back() == target.back());
    CHECK(source.find("  ") == std::string::npos);
  }
}

TEST_CASE("one German sentence has one English translation", "[toy_corpus]") {
  std::map<std::string, std::string> translation;
  for (unsigned seed = 0; seed < 20; ++seed)
    for (const auto& [source, target, line] :
         everything(make_toy_corpus({.seed = seed, .train = 10000})))
      REQUIRE(translation.try_emplace(source, target).first->second == target);
}

TEST_CASE("the toy corpus is a function of its seed", "[toy_corpus]") {
  const ToyCorpus corpus = make_toy_corpus({.train = 2000});
  CHECK(checksum(everything(corpus)) == 0xe77e8b021b1c0ebb);
  CHECK(checksum(make_toy_corpus({.train = 5}).test) == checksum(corpus.test));
  CHECK(checksum(make_toy_corpus({.seed = 43}).test) != checksum(corpus.test));
}

TEST_CASE("the sentence to show is a long one from the test", "[toy_corpus]") {
  const ToyCorpus corpus = make_toy_corpus();
  const auto is_shown = [&](const SentencePair& pair) {
    return pair.source == corpus.show_case.source && pair.target == corpus.show_case.target;
  };
  CHECK(std::any_of(corpus.test.begin(), corpus.test.end(), is_shown));
  CHECK(corpus.show_case.source.find(", ") != std::string::npos);
}

TEST_CASE("parts of the toy corpus may be empty", "[toy_corpus]") {
  CHECK(make_toy_corpus({.train = 0, .valid = 0, .test = 1}).show_case.source.size() > 0);
  CHECK(make_toy_corpus({.train = 3, .valid = 0, .test = 0}).train.size() == 3);
}

TEST_CASE("the grammar says the book's sentence, and the corpus has it", "[toy_corpus]") {
  Clause clause;
  for (const Pronoun& pronoun : pronouns())
    if (pronoun.german == "sie") clause.subject.pronoun = &pronoun;
  clause.verb = &verb("help");
  clause.recipient = NounPhrase{.noun = &noun("Pferd"), .adjective = &adjective("big")};
  clause.adverb = &adverb("heute");
  clause.tense = Tense::past;
  CHECK(german_main(clause, Front::adverb) == "heute hat sie dem großen Pferd geholfen");
  CHECK(english_statement(clause, Front::adverb) == "today she helped the big horse");
  CHECK(make_toy_corpus().test[2].source == "Heute hat sie dem großen Pferd geholfen.");
}
