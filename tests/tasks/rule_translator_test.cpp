#include "tasks/translation/statistical/rule_translator.h"

#include <algorithm>
#include <set>

#include "tasks/metrics/bleu.h"
#include "tasks/text/word_tokenizer.h"
#include "tasks/translation/toy_corpus.h"
#include "tests/catch.h"

using namespace lectern;

namespace {

std::string by_rules(const std::string& german) { return translate_by_rules(german).text; }

}  // namespace

TEST_CASE("the book's sentence, rule by rule", "[rule_translator]") {
  const RuleTranslation found = translate_by_rules("Heute hat sie dem großen Pferd geholfen.");
  CHECK(found.text == "Today she helped the big horse.");
  REQUIRE(found.rules.size() == 2);
  CHECK(found.rules[0].name == "perfect");
  CHECK(found.rules[0].before == "today has she the big horse helped.");
  CHECK(found.rules[0].after == "today helped she the big horse.");
  CHECK(found.rules[1].name == "verb second");
  CHECK(found.rules[1].after == "today she helped the big horse.");
}

TEST_CASE("each rule does what it says", "[rule_translator]") {
  CHECK(by_rules("Der Mann sieht den Holztisch.") == "The man sees the wooden table.");
  CHECK(by_rules("Die Frau ruft den Arzt an.") == "The woman calls the doctor.");
  CHECK(by_rules("Die Frauen machen die Tür zu.") == "The women close the door.");
  CHECK(by_rules("Wir haben im Garten gespielt.") == "We played in the garden.");
  CHECK(by_rules("Er will einen Apfel essen.") == "He wants to eat an apple.");
  CHECK(by_rules("Er sagt, dass die Katze die Maus fängt.") ==
        "He says, that the cat catches the mouse.");
  CHECK(by_rules("Am Abend schläft der alte Hund.") == "In the evening the old dog sleeps.");
}

TEST_CASE("rules break where nobody foresaw the sentence", "[rule_translator]") {
  CHECK(by_rules("Den Ball fängt die Katze.") == "The ball catches the cat.");
  CHECK(by_rules("Kann der Mann das Buch lesen?") == "Can read the man the book?");
  CHECK(by_rules("Er sieht sie nicht.") == "He sees she not.");
}

TEST_CASE("any line is translated", "[rule_translator]") {
  CHECK(by_rules("").empty());
  CHECK(by_rules(",,,") == ",,,");
  CHECK(by_rules("hat") == "Has");
  CHECK(by_rules("weil hat") == "Because has");
  CHECK(by_rules("Kubernetes läuft, obwohl Straßenbahnen Äpfel") ==
        "Kubernetes runs away, although Straßenbahnen apples");
  for (const SentencePair& pair : make_toy_corpus().test)
    for (std::size_t length = 0; length <= pair.source.size(); length += 3)
      CHECK_NOTHROW(translate_by_rules(pair.source.substr(0, length)));
}

TEST_CASE("rules have names of their own, and all of them are used", "[rule_translator]") {
  std::set<std::string> names, used;
  for (const RuleSummary& rule : translation_rules()) {
    CHECK(names.insert(rule.name).second);
    CHECK_FALSE(rule.says.empty());
  }
  Lines hypotheses, references;
  for (const SentencePair& pair : make_toy_corpus().test) {
    const RuleTranslation found = translate_by_rules(pair.source);
    for (const AppliedRule& rule : found.rules) {
      used.insert(rule.name);
      CHECK(rule.before != rule.after);
    }
    hypotheses.push_back(found.text);
    references.push_back(pair.target);
  }
  CHECK(used == names);
  CHECK(bleu(hypotheses, {references}).score > 60.0);
}

TEST_CASE("words are joined as they were split", "[rule_translator]") {
  for (const std::string line : {"Ein Hund, rennt.", "(Ja!) it's 1,000 [x]: 5%"})
    CHECK(join_words(split_words(line)) == line);
}
