#include <map>
#include <set>

#include "tasks/grammar/corruptor.h"
#include "tasks/grammar/english.h"
#include "tasks/grammar/sentences.h"
#include "tasks/grammar/spelling.h"
#include "tasks/grammar/words.h"
#include "tests/catch.h"

using namespace lectern;

namespace {

using Strings = std::vector<std::string>;

Strings words(const std::string& line) { return texts_of(cut_words(line, WordRule::treebank)); }

CorruptionRates no_errors() {
  return {.unchanged = 0,
          .article = 0,
          .preposition = 0,
          .agreement = 0,
          .tense = 0,
          .number = 0,
          .spelling = 0,
          .confusion = 0,
          .missing = 0,
          .order = 0,
          .punctuation = 0,
          .capitals = 0};
}

/// What a sentence becomes on 400 lines where one kind of error happens as often as it can, and no
/// other.
std::set<std::string> becomes(const std::string& line, double CorruptionRates::*rate,
                              ErrorKind kind) {
  CorruptionRates rates = no_errors();
  rates.*rate = 1;
  std::set<std::string> found;
  for (std::uint32_t number = 0; number < 400; ++number) {
    const Corrupted wrong = corrupt(words(line), rates, {.seed = 1, .line = number});
    for (int other = 0; other < error_kinds; ++other)
      if (static_cast<ErrorKind>(other) != kind)
        CHECK(wrong.errors[static_cast<std::size_t>(other)] == 0);
    const bool same = wrong.words == words(line);
    CHECK((wrong.errors[static_cast<std::size_t>(kind)] == 0) == same);
    found.insert(with_blanks(wrong.words));
  }
  return found;
}

}  // namespace

TEST_CASE("the Treebank's words are told from the marks beside them", "[grammar]") {
  CHECK(words("I don't like it.") == Strings{"I", "do", "n't", "like", "it", "."});
  CHECK(words("Mr. Smith's \"friend\" paid $1,000.50, didn't he?") ==
        Strings{"Mr.", "Smith", "'s", "\"", "friend", "\"", "paid", "$", "1,000.50", ",", "did",
                "n't", "he", "?"});
  CHECK(words("He lives in the U.S. (near 'York')...") ==
        Strings{"He", "lives", "in", "the", "U.S.", "(", "near", "'", "York", "'", ")", "..."});
  CHECK(words("at 10:30 they'll come -- perhaps.") ==
        Strings{"at", "10:30", "they", "'ll", "come", "--", "perhaps", "."});
  CHECK(words("dogs' bones") == Strings{"dogs", "'", "bones"});
  CHECK(words("  ").empty());
}

TEST_CASE("what has been cut is not cut further, and words know their places", "[grammar]") {
  for (const std::string line :
       {"I do n't like it .", "He said `` no '' , and Smith 's dog barked !", "the U.S. ."}) {
    CHECK(words(line) == texts_of(cut_words(line, WordRule::spaces)));
  }
  const std::string line = "  Stop,\tplease.";
  for (const LineWord& word : cut_words(line, WordRule::treebank))
    CHECK(line.substr(word.begin, word.end - word.begin) == word.text);
}

TEST_CASE("articles are left out, taken for one another, and put where none was", "[grammar]") {
  CHECK(becomes("She saw the apple", &CorruptionRates::article, ErrorKind::article) ==
        std::set<std::string>{"She saw the apple", "She saw apple", "She saw an apple"});
  const auto found =
      becomes("She lives in Rome and likes a dog", &CorruptionRates::article, ErrorKind::article);
  CHECK(found.contains("She lives in Rome and likes dog"));
  CHECK(found.contains("She lives in Rome and likes the dog"));
  const auto put =
      becomes("They talked about music", &CorruptionRates::article, ErrorKind::article);
  CHECK(put.contains("They talked about the music"));
  // A sentence that loses its first word still begins with a capital.
  CHECK(becomes("The dog barks", &CorruptionRates::article, ErrorKind::article)
            .contains("Dog barks"));
}

TEST_CASE("prepositions are swapped, left out, and put behind verbs", "[grammar]") {
  const auto found =
      becomes("He depends on me", &CorruptionRates::preposition, ErrorKind::preposition);
  CHECK(found.contains("He depends in me"));
  CHECK(found.contains("He depends me"));
  CHECK(becomes("We discussed it", &CorruptionRates::preposition, ErrorKind::preposition)
            .contains("We discussed about it"));
  // The "to" of an infinitive is a matter of the verb.
  CHECK(becomes("I want to go", &CorruptionRates::preposition, ErrorKind::preposition)
            .contains("I want go") == false);
}

TEST_CASE("verbs and pronouns no longer agree", "[grammar]") {
  CHECK(becomes("She is here", &CorruptionRates::agreement, ErrorKind::agreement) ==
        std::set<std::string>{"She is here", "She are here"});
  CHECK(becomes("He goes", &CorruptionRates::agreement, ErrorKind::agreement) ==
        std::set<std::string>{"He goes", "He go"});
  CHECK(becomes("They carry us", &CorruptionRates::agreement, ErrorKind::agreement) ==
        std::set<std::string>{"They carry us", "They carries us"});
  CHECK(becomes("These", &CorruptionRates::agreement, ErrorKind::agreement) ==
        std::set<std::string>{"These", "This"});
  CHECK(becomes("It has to stop", &CorruptionRates::agreement, ErrorKind::agreement)
            .contains("It has to stops") == false);
}

TEST_CASE("verbs take other forms", "[grammar]") {
  CHECK(becomes("They took it", &CorruptionRates::tense, ErrorKind::tense) ==
        std::set<std::string>{"They took it", "They take it", "They takes it", "They taken it",
                              "They taking it"});
  CHECK(becomes("I stopped", &CorruptionRates::tense, ErrorKind::tense) ==
        std::set<std::string>{"I stopped", "I stop", "I stops", "I stopping"});
  CHECK(becomes("I want to go", &CorruptionRates::tense, ErrorKind::tense).contains("I want go"));
}

TEST_CASE("nouns take the other number", "[grammar]") {
  CHECK(becomes("Two children saw a city", &CorruptionRates::number, ErrorKind::number) ==
        std::set<std::string>{"Two children saw a city", "Two child saw a city",
                              "Two children saw a cities", "Two child saw a cities"});
}

TEST_CASE("words are misspelled by their letters", "[grammar]") {
  const auto found = becomes("Because", &CorruptionRates::spelling, ErrorKind::spelling);
  CHECK(found.size() > 30);
  for (const std::string& word : found) {
    INFO(word);
    CHECK(word.front() == 'B');
    CHECK(word.size() >= 6);
    CHECK(word.size() <= 8);
  }
  // Short words, marks and numbers stay.
  CHECK(becomes("It : 1990", &CorruptionRates::spelling, ErrorKind::spelling).size() == 1);
}

TEST_CASE("each way to misspell happens", "[grammar]") {
  std::set<std::string> found;
  for (std::uint32_t i = 0; i < 4000; ++i) {
    WordDraws draws({.seed = 3, .site = i});
    found.insert(misspelled("believed", draws));
  }
  for (const std::string word : {"beleived",     // two letters change places, or ie is ei
                                 "belived",      // one is left out
                                 "bellieved",    // one is doubled
                                 "beluieved",    // one is put in
                                 "beoieved",     // struck beside its key
                                 "beliaved"}) {  // another vowel
    INFO(word);
    CHECK(found.contains(word));
  }
}

TEST_CASE("words are taken for others of their group", "[grammar]") {
  CHECK(becomes("There", &CorruptionRates::confusion, ErrorKind::confusion) ==
        std::set<std::string>{"There", "Their", "They're"});
  CHECK(becomes("better than it", &CorruptionRates::confusion, ErrorKind::confusion)
            .contains("better then it"));
}

TEST_CASE("short words of grammar are left out, and neighbours change places", "[grammar]") {
  CHECK(becomes("I think that she sleeps", &CorruptionRates::missing, ErrorKind::missing)
            .contains("I think she sleeps"));
  CHECK(becomes("we often sing", &CorruptionRates::order, ErrorKind::order) ==
        std::set<std::string>{"we often sing", "often we sing", "we sing often"});
}

TEST_CASE("marks are left out or too many, capitals become small", "[grammar]") {
  CHECK(becomes("Yes , she came .", &CorruptionRates::punctuation, ErrorKind::punctuation) ==
        std::set<std::string>{"Yes , she came .", "Yes she came .", "Yes , she came",
                              "Yes she came"});
  CHECK(becomes("I know that he came", &CorruptionRates::punctuation, ErrorKind::punctuation)
            .contains("I know , that he came"));
  CHECK(becomes("I know Rome", &CorruptionRates::capitals, ErrorKind::capitals)
            .contains("i know rome"));
}

TEST_CASE("errors are a function of seed, epoch and line, and as frequent as the rates say",
          "[grammar]") {
  const Strings sentence =
      words("The old teachers in the city have written a long letter to the president .");
  const CorruptionRates rates;
  const auto wrong = [&](const CorruptionKey& key) { return corrupt(sentence, rates, key).words; };
  std::set<Strings> of_lines, of_epochs, of_seeds;
  for (std::uint32_t i = 0; i < 50; ++i) {
    CHECK(wrong({.seed = 5, .epoch = 2, .line = i}) == wrong({.seed = 5, .epoch = 2, .line = i}));
    of_lines.insert(wrong({.line = i}));
    of_epochs.insert(wrong({.epoch = i}));
    of_seeds.insert(wrong({.seed = i}));
  }
  for (const auto& found : {of_lines, of_epochs, of_seeds}) CHECK(found.size() > 20);

  constexpr int count = 20'000;
  std::int64_t unchanged = 0, articles = 0;
  for (std::uint32_t line = 0; line < count; ++line) {
    const Corrupted made = corrupt(sentence, {.unchanged = 0.25, .article = 0.2}, {.line = line});
    unchanged += made.errors == ErrorCounts{} ? 1 : 0;
    articles += made.errors[static_cast<std::size_t>(ErrorKind::article)];
  }
  CHECK(unchanged > count / 4);
  // Three of four sentences, four articles in each, and some that are too many.
  CHECK(static_cast<double>(articles) / count > 0.75 * 4 * 0.2 * 0.9);
  CHECK(static_cast<double>(articles) / count < 0.75 * 4 * 0.2 * 1.4);
}

TEST_CASE("every sentence stays as it is where nothing may go wrong", "[grammar]") {
  const Strings sentence = words("The cats sleep , and it's a long day in their houses .");
  for (std::uint32_t line = 0; line < 100; ++line) {
    CHECK(corrupt(sentence, no_errors(), {.line = line}).words == sentence);
    CHECK(corrupt(sentence, {.unchanged = 1}, {.line = line}).words == sentence);
  }
  CHECK(corrupt({}, {}, {}).words.empty());
  CHECK(corrupt({"the"}, {.unchanged = 0, .article = 1}, {}).words.size() == 1);
}

TEST_CASE("regular forms follow the rules of spelling", "[grammar]") {
  const auto forms = [](const std::string& base) { return *verb_use(base).forms; };
  CHECK(forms("carry") == Strings{"carry", "carries", "carried", "carried", "carrying"});
  CHECK(forms("play") == Strings{"play", "plays", "played", "played", "playing"});
  CHECK(forms("stop") == Strings{"stop", "stops", "stopped", "stopped", "stopping"});
  CHECK(forms("die") == Strings{"die", "dies", "died", "died", "dying"});
  CHECK(forms("agree") == Strings{"agree", "agrees", "agreed", "agreed", "agreeing"});
  CHECK(forms("watch") == Strings{"watch", "watches", "watched", "watched", "watching"});
  CHECK(other_number("city") == "cities");
  CHECK(other_number("boxes") == "box");
  CHECK(other_number("blue").empty());
  CHECK(begins_with_vowel_sound("hour"));
  CHECK(begins_with_vowel_sound("umbrella"));
  CHECK(begins_with_vowel_sound("university") == false);
  CHECK(begins_with_vowel_sound("unimportant"));
}

TEST_CASE("paragraphs become sentences, and WikiText's marks what they stand for", "[grammar]") {
  CHECK(sentences_of(" = = Description = = ").empty());
  CHECK(sentences_of(" It weighs 5 @.@ 5 kg , a well @-@ known fact . It did n't grow ! ") ==
        Strings{"It weighs 5.5 kg , a well-known fact .", "It did n't grow !"});
  CHECK(sentences_of("It didn 't grow , did it ? \" Yes , \" said Mr. Smith of St. Ives .") ==
        Strings{"It did n't grow , did it ? \"", "Yes , \" said Mr. Smith of St. Ives ."});
  CHECK(sentences_of("An <unk> word is here . This one stays .") == Strings{"This one stays ."});
  CHECK(sentences_of("Too short. He wrote \"I am here.\" She did not see it.") ==
        Strings{"He wrote \"I am here.\"", "She did not see it."});
}
