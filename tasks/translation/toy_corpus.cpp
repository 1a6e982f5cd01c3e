#include "tasks/translation/toy_corpus.h"

#include <algorithm>
#include <cstdint>
#include <random>
#include <unordered_set>

#include "tasks/translation/toy_grammar.h"

namespace lectern {
namespace {

using namespace toy;

struct Sentence {
  SentencePair pair;
  bool shows_much = false;  // see ToyCorpus::show_case
};

enum class Polarity { positive, negative };

/// Draws sentences one after the other. No function here is called with two drawn arguments:
/// compilers differ in which they would draw first.
class Author {
 public:
  explicit Author(unsigned seed) : random_(seed) {}
  Sentence sentence();

 private:
  // Chances. The standard's own distributions differ from library to library; its generators do
  // not.
  std::size_t below(std::size_t count) {
    return static_cast<std::size_t>(static_cast<std::uint64_t>(random_()) * count >> 32);
  }
  bool percent(std::size_t chance) { return below(100) < chance; }
  template <class T>
  const T& one_of(const std::vector<T>& table) {
    return table[below(table.size())];
  }
  template <class T, class Fits>
  const T* one_that(const std::vector<T>& table, Fits fits);

  const Noun* noun(unsigned kinds);
  NounPhrase phrase(unsigned kinds, Determiner determiner = Determiner::definite);
  Determiner determiner();
  NounPhrase subject(unsigned kinds);
  NounPhrase object(unsigned kinds, bool negated);

  Clause event(Tense tense, Polarity polarity);
  Clause state(Tense tense, Polarity polarity);
  Clause event_or_state(Tense tense, Polarity polarity);
  Clause clause(Polarity polarity);
  void add_adverb(Clause& clause);
  Polarity polarity() { return percent(15) ? Polarity::negative : Polarity::positive; }
  Tense tense();
  Tense tense_beside(Tense other);
  Front front(const Clause& clause);

  Sentence statement();
  Sentence question();
  Sentence with_subordinate();
  Sentence with_report();

  std::mt19937 random_;
  std::vector<const Noun*> used_;  // in this sentence; where possible, none is used twice
};

template <class T, class Fits>
const T* Author::one_that(const std::vector<T>& table, Fits fits) {
  std::vector<const T*> fitting;
  for (const T& entry : table)
    if (fits(entry)) fitting.push_back(&entry);
  return fitting.empty() ? nullptr : fitting[below(fitting.size())];
}

const Noun* Author::noun(unsigned kinds) {
  const auto fits = [&](const Noun& noun) { return (noun.kinds & kinds) != 0; };
  const Noun* drawn = one_that(nouns(), [&](const Noun& noun) {
    return fits(noun) && std::find(used_.begin(), used_.end(), &noun) == used_.end();
  });
  if (!drawn) drawn = one_that(nouns(), fits);
  used_.push_back(drawn);
  return drawn;
}

NounPhrase Author::phrase(unsigned kinds, Determiner determiner) {
  NounPhrase phrase{.noun = noun(kinds), .determiner = determiner};
  if (percent(45))
    phrase.modifier = one_that(modifiers(), [&](const Modifier& modifier) {
      return std::find(modifier.heads.begin(), modifier.heads.end(), phrase.noun->german) !=
             modifier.heads.end();
    });
  if (percent(30))
    phrase.adjective = one_that(adjectives(), [&](const Adjective& adjective) {
      return adjective.kinds & phrase.noun->kinds;
    });
  return phrase;
}

Determiner Author::determiner() {
  return percent(65) ? Determiner::definite : Determiner::indefinite;
}

// Compounds stay in the singular, so that each form is seen often enough to be learnt.
void make_plural(NounPhrase& phrase) {
  phrase.plural = true;
  phrase.modifier = nullptr;
  if (phrase.determiner == Determiner::indefinite) phrase.determiner = Determiner::two;
}

NounPhrase Author::subject(unsigned kinds) {
  if ((kinds & person) && percent(15)) return {.pronoun = &one_of(pronouns())};
  NounPhrase drawn = phrase(kinds, determiner());
  if (percent(25)) make_plural(drawn);
  return drawn;
}

NounPhrase Author::object(unsigned kinds, bool negated) {
  NounPhrase drawn = phrase(kinds, percent(50) ? Determiner::definite : Determiner::indefinite);
  const bool definite = drawn.determiner == Determiner::definite;
  if (percent(20)) make_plural(drawn);
  if (negated && !definite) drawn.determiner = Determiner::none;
  return drawn;
}

// Who does what, without an adverb.
Clause Author::event(Tense tense, Polarity polarity) {
  const Modal* const modals[] = {&can, &want, &must};
  Clause drawn;
  drawn.tense = tense;
  if (tense == Tense::modal) drawn.modal = modals[below(3)];
  drawn.negated = polarity == Polarity::negative;
  drawn.verb = &one_of(verbs());
  const Verb& verb = *drawn.verb;
  drawn.subject = subject(verb.subject);
  if (verb.recipient) drawn.recipient = phrase(verb.recipient, determiner());
  if (verb.object) drawn.object = object(verb.object, drawn.negated);
  if ((verb.habits & takes_place) && percent(35)) {
    const Preposition& preposition = one_of(prepositions());
    drawn.place = Place{&preposition, phrase(preposition.kind)};
  }
  return drawn;
}

// Who is how.
Clause Author::state(Tense tense, Polarity polarity) {
  Clause drawn;
  drawn.tense = tense;
  drawn.negated = polarity == Polarity::negative;
  drawn.subject = subject(percent(60) ? living : thing);
  drawn.subject.adjective = nullptr;
  const unsigned kinds = drawn.subject.pronoun ? unsigned{person} : drawn.subject.noun->kinds;
  drawn.quality = one_that(adjectives(), [&](const Adjective& a) { return a.kinds & kinds; });
  return drawn;
}

Clause Author::event_or_state(Tense tense, Polarity polarity) {
  return tense != Tense::modal && percent(12) ? state(tense, polarity) : event(tense, polarity);
}

void Author::add_adverb(Clause& clause) {
  clause.adverb = one_that(adverbs(), [&](const Adverb& adverb) {
    const auto& tenses = adverb.tenses;
    const bool fits = std::find(tenses.begin(), tenses.end(), clause.tense) != tenses.end();
    const bool frequency = adverb.place == AdverbPlace::before_verb;
    return fits && !(frequency && clause.negated) &&
           !((adverb.habits & denies) && clause.object &&
             clause.object->determiner != Determiner::definite);
  });
}

Clause Author::clause(Polarity polarity) {
  Clause drawn = event_or_state(tense(), polarity);
  const bool lasts = drawn.quality && !(drawn.quality->habits & passes);
  if (!lasts && percent(50)) add_adverb(drawn);
  return drawn;
}

Tense Author::tense() {
  if (percent(45)) return Tense::present;
  return percent(55) ? Tense::past : Tense::modal;
}

// A tense that goes with another clause's.
Tense Author::tense_beside(Tense other) {
  if (other == Tense::past) return Tense::past;
  return percent(70) ? Tense::present : Tense::modal;
}

Front Author::front(const Clause& clause) {
  std::vector<Front> choices{Front::subject};
  if (clause.adverb && (clause.adverb->habits & opens_sentences)) choices.push_back(Front::adverb);
  if (clause.place) choices.push_back(Front::place);
  // An object can stand first where its article alone tells that it is one.
  const auto tells = [&](const std::optional<NounPhrase>& phrase) {
    return phrase && !phrase->plural && phrase->noun->gender == Gender::masculine &&
           phrase->determiner == Determiner::definite && !clause.negated;
  };
  if (tells(clause.object)) choices.push_back(Front::object);
  if (tells(clause.recipient)) choices.push_back(Front::recipient);
  return one_of(choices);
}

// Gives a sentence its capital and its end.
std::string finish(std::string words, char end) {
  const std::size_t letter = words[0] == '\xC3' ? 1 : 0;  // of ä, ö, ü the second byte tells
  words[letter] -= 'a' - 'A';
  return words + end;
}

Sentence finish(const std::string& german, const std::string& english, char end = '.') {
  return {.pair = {finish(german, end), finish(english, end)}};
}

Sentence Author::statement() {
  const Clause said = clause(polarity());
  const Front first = front(said);
  return finish(german_main(said, first), english_statement(said, first));
}

Sentence Author::question() {
  const Clause asked = clause(Polarity::positive);
  return finish(german_main(asked, Front::nothing), english_question(asked), '?');
}

Sentence Author::with_subordinate() {
  const Clause main = clause(polarity());
  const Conjunction& conjunction = *one_that(conjunctions(), [&](const Conjunction& conjunction) {
    return !((conjunction.habits & needs_present) && main.tense == Tense::past) &&
           !((conjunction.habits & needs_action) && main.quality);
  });
  const Tense beside =
      (conjunction.habits & needs_present) ? Tense::present : tense_beside(main.tense);
  const Clause condition = (conjunction.habits & needs_action) ? event(beside, Polarity::positive)
                                                               : event_or_state(beside, polarity());
  const std::string german = join({conjunction.german, german_subordinate(condition)});
  const std::string english = join({conjunction.english, english_statement(condition)});
  if (percent(35))
    return finish(german + ", " + german_main(main, Front::nothing),
                  english + ", " + english_statement(main));
  const Front first = front(main);
  Sentence result = finish(german_main(main, first) + ", " + german,
                           english_statement(main, first) + " " + english);
  const bool frame = main.tense != Tense::present && main.object && first == Front::adverb;
  const bool short_end = condition.verb && !condition.verb->particle.empty() && !condition.object;
  result.shows_much = frame && short_end && !main.subject.pronoun;
  return result;
}

Sentence Author::with_report() {
  const Report& report = one_of(reports());
  const NounPhrase speaker = subject(person);
  const Clause told = clause(polarity());
  const bool plural = speaker.is_plural();
  return finish(
      join({toy::german(speaker, Case::nominative), plural ? report.plural : report.singular}) +
          ", dass " + german_subordinate(told),
      join({toy::english(speaker), plural ? report.english : report.third_person, "that",
            english_statement(told)}));
}

Sentence Author::sentence() {
  used_.clear();
  const std::size_t kind = below(100);
  if (kind < 48) return statement();
  if (kind < 60) return question();
  return kind < 90 ? with_subordinate() : with_report();
}

bool has_good_length(const std::string& sentence) {
  const auto spaces = std::count(sentence.begin(), sentence.end(), ' ');
  return spaces >= 3 && spaces <= 13;
}

}  // namespace

ToyCorpus make_toy_corpus(const ToyCorpusOptions& options) {
  const std::size_t wanted = options.test + options.valid + options.train;
  Author author(options.seed);
  std::unordered_set<std::string> german, english;
  std::vector<Sentence> sentences;
  while (sentences.size() < wanted) {
    Sentence drawn = author.sentence();
    if (!has_good_length(drawn.pair.source)) continue;
    if (german.contains(drawn.pair.source) || english.contains(drawn.pair.target)) continue;
    german.insert(drawn.pair.source);
    english.insert(drawn.pair.target);
    sentences.push_back(std::move(drawn));
  }

  // The first to come are the test: later ones are rarer, as the frequent ones are taken.
  ToyCorpus corpus;
  for (std::size_t i = 0; i < wanted; ++i) {
    auto& part = i < options.test                   ? corpus.test
                 : i < options.test + options.valid ? corpus.valid
                                                    : corpus.train;
    part.push_back(sentences[i].pair);
  }
  const auto test_end = sentences.begin() + static_cast<std::ptrdiff_t>(options.test);
  const auto telling = std::find_if(sentences.begin(), test_end,
                                    [](const Sentence& sentence) { return sentence.shows_much; });
  if (options.test > 0)
    corpus.show_case = telling != test_end ? telling->pair : corpus.test.front();
  return corpus;
}

}  // namespace lectern
