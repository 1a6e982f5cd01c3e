#include "tasks/translation/toy_grammar.h"

#include <array>
#include <utility>

namespace lectern::toy {
namespace {

// Masculine, feminine, neuter, plural.
using Forms = std::array<std::string_view, 4>;
// Nominative, dative, accusative.
using Declension = std::array<Forms, 3>;

constexpr Declension definite_article = {
    {{"der", "die", "das", "die"}, {"dem", "der", "dem", "den"}, {"den", "die", "das", "die"}}};
// Of `ein` and `kein`; two has no endings.
constexpr Declension indefinite_ending = {{{"", "e", "", "e"},  //
                                           {"em", "er", "em", "en"},
                                           {"en", "e", "", "e"}}};
// Of an adjective after `der`, after `ein` and `kein`, and after `zwei`.
constexpr Declension weak_ending = {{{"e", "e", "e", "en"},  //
                                     {"en", "en", "en", "en"},
                                     {"en", "e", "e", "en"}}};
constexpr Declension mixed_ending = {{{"er", "e", "es", "en"},  //
                                      {"en", "en", "en", "en"},
                                      {"en", "e", "es", "en"}}};
constexpr Declension strong_ending = {{{"er", "e", "es", "e"},  //
                                       {"em", "er", "em", "en"},
                                       {"en", "e", "es", "e"}}};

std::string_view form(const Declension& table, const NounPhrase& phrase, Case grammatical_case) {
  const std::size_t column = phrase.plural ? 3 : static_cast<std::size_t>(phrase.noun->gender);
  return table[static_cast<std::size_t>(grammatical_case)][column];
}

std::string together(std::string_view a, std::string_view b) {
  return std::string(a) + std::string(b);
}

std::string german_determiner(const NounPhrase& phrase, Case grammatical_case) {
  switch (phrase.determiner) {
    case Determiner::definite: return std::string(form(definite_article, phrase, grammatical_case));
    case Determiner::indefinite:
      return together("ein", form(indefinite_ending, phrase, grammatical_case));
    case Determiner::none:
      return together("kein", form(indefinite_ending, phrase, grammatical_case));
    case Determiner::two: break;
  }
  return "zwei";
}

const Declension& adjective_endings(Determiner determiner) {
  if (determiner == Determiner::definite) return weak_ending;
  return determiner == Determiner::two ? strong_ending : mixed_ending;
}

std::string german_noun(const NounPhrase& phrase) {
  const std::string_view noun = phrase.plural ? phrase.noun->german_plural : phrase.noun->german;
  if (!phrase.modifier) return std::string(noun);
  // Inside a compound the head loses its capital: Holz + Tisch = Holztisch.
  std::string head(noun);
  head[0] += 'a' - 'A';
  return together(phrase.modifier->german, head);
}

std::string german(const std::optional<Place>& place) {
  if (!place) return "";
  std::string words = join({place->preposition->german, german(place->where, Case::dative)});
  if (words.starts_with("in dem ")) words.replace(0, 6, "im");
  return words;
}

std::string english(const std::optional<Place>& place) {
  return place ? join({place->preposition->english, english(place->where)}) : "";
}

std::string german(const std::optional<NounPhrase>& phrase, Case grammatical_case) {
  return phrase ? german(*phrase, grammatical_case) : "";
}

std::string english(const std::optional<NounPhrase>& phrase) {
  return phrase ? english(*phrase) : "";
}

// The verbs of a German clause: `steht … auf`, but `aufsteht` in a subordinate clause.
struct GermanVerbs {
  std::string second, last;  // in a main clause
  std::string at_the_end;    // in a subordinate clause
};

GermanVerbs two_verbs(std::string_view finite, std::string_view other) {
  return {std::string(finite), std::string(other), join({other, finite})};
}

GermanVerbs german_verbs(const Clause& clause) {
  const bool plural = clause.subject.is_plural();
  const auto choose = [&](std::string_view one, std::string_view many) {
    return plural ? many : one;
  };
  if (clause.quality) {
    const bool past = clause.tense == Tense::past;
    return two_verbs(past ? choose("war", "waren") : choose("ist", "sind"),
                     clause.quality->predicate);
  }
  const Verb& verb = *clause.verb;
  if (clause.tense == Tense::past)
    return two_verbs(verb.habits & moves ? choose("ist", "sind") : choose("hat", "haben"),
                     verb.participle);
  if (clause.tense == Tense::modal)
    return two_verbs(choose(clause.modal->singular, clause.modal->plural),
                     together(verb.particle, verb.infinitive));
  const std::string_view finite = choose(verb.singular, verb.infinitive);
  return {std::string(finite), std::string(verb.particle), together(verb.particle, finite)};
}

// What the listener knows already comes first, what is new comes last: `das Buch im Garten`, but
// `im Garten ein Buch`.
std::string german_middle(const Clause& clause, Front front) {
  const auto unless = [&](Front here, std::string words) {
    return front == here ? std::string() : words;
  };
  const std::string object = unless(Front::object, german(clause.object, Case::accusative));
  const bool known = clause.object && clause.object->determiner == Determiner::definite;
  const bool has_kein = clause.object && clause.object->determiner == Determiner::none;
  return join({unless(Front::subject, german(clause.subject, Case::nominative)),
               unless(Front::adverb, std::string(clause.adverb ? clause.adverb->german : "")),
               unless(Front::recipient, german(clause.recipient, Case::dative)),
               known ? object : "",  //
               unless(Front::place, german(clause.place)),
               known ? "" : object,  //
               clause.negated && !has_kein ? "nicht" : ""});
}

std::string german_front(const Clause& clause, Front front) {
  switch (front) {
    case Front::subject: return german(clause.subject, Case::nominative);
    case Front::adverb: return std::string(clause.adverb->german);
    case Front::place: return german(clause.place);
    case Front::recipient: return german(clause.recipient, Case::dative);
    case Front::object: return german(clause.object, Case::accusative);
    case Front::nothing: break;
  }
  return "";
}

// The verbs of an English clause: `does not` + `look for`. A question puts the subject between.
struct EnglishVerbs {
  std::string auxiliary, main;
};

EnglishVerbs english_to_be(const Clause& clause) {
  const bool plural = clause.subject.is_plural();
  const std::string_view be =
      clause.tense == Tense::past ? (plural ? "were" : "was") : (plural ? "are" : "is");
  return {join({be, clause.negated ? "not" : ""}), std::string(clause.quality->english)};
}

EnglishVerbs english_verbs(const Clause& clause, bool question) {
  if (clause.quality) return english_to_be(clause);
  const Verb& verb = *clause.verb;
  if (clause.modal == &can) return {clause.negated ? "cannot" : "can", std::string(verb.english)};
  if (clause.modal == &must && !clause.negated) return {"must", std::string(verb.english)};

  // Forms of the verb, or of `want to` and `have to` before it.
  std::string base(verb.english), third_person(verb.third_person);
  if (clause.modal == &want) {
    base = join({"want to", verb.english});
    third_person = join({"wants to", verb.english});
  } else if (clause.modal == &must) {
    base = join({"have to", verb.english});
  }
  const bool past = clause.tense == Tense::past, plural = clause.subject.is_plural();
  if (!clause.negated && !question)
    return {"", past ? std::string(verb.past) : plural ? base : third_person};
  const std::string_view auxiliary = past ? "did" : plural ? "do" : "does";
  return {join({auxiliary, clause.negated ? "not" : ""}), base};
}

std::string english_adverb(const Clause& clause, AdverbPlace place) {
  return clause.adverb && clause.adverb->place == place ? std::string(clause.adverb->english) : "";
}

}  // namespace

std::string join(std::initializer_list<std::string_view> words) {
  std::string out;
  for (const std::string_view word : words) {
    if (word.empty()) continue;
    if (!out.empty()) out += ' ';
    out += word;
  }
  return out;
}

std::string german(const NounPhrase& phrase, Case grammatical_case) {
  if (phrase.pronoun) return std::string(phrase.pronoun->german);
  const std::string adjective =
      phrase.adjective ? together(phrase.adjective->stem, form(adjective_endings(phrase.determiner),
                                                               phrase, grammatical_case))
                       : "";
  return join({german_determiner(phrase, grammatical_case), adjective, german_noun(phrase)});
}

std::string english(const NounPhrase& phrase) {
  if (phrase.pronoun) return std::string(phrase.pronoun->english);
  const std::string words =
      join({phrase.adjective ? phrase.adjective->english : "",
            phrase.modifier ? phrase.modifier->english : "",
            phrase.plural ? phrase.noun->english_plural : phrase.noun->english});
  const bool vowel = std::string_view("aeiou").find(words[0]) != std::string_view::npos;
  switch (phrase.determiner) {
    case Determiner::definite: return join({"the", words});
    case Determiner::two: return join({"two", words});
    case Determiner::none:  // the verb says `not`
    case Determiner::indefinite: break;
  }
  return join({phrase.plural ? "any" : vowel ? "an" : "a", words});
}

std::string german_main(const Clause& clause, Front front) {
  const GermanVerbs verbs = german_verbs(clause);
  return join(
      {german_front(clause, front), verbs.second, german_middle(clause, front), verbs.last});
}

std::string german_subordinate(const Clause& clause) {
  return join({german_middle(clause, Front::nothing), german_verbs(clause).at_the_end});
}

std::string english_statement(const Clause& clause, Front front) {
  const EnglishVerbs verbs = english_verbs(clause, false);
  const bool adverb_first = front == Front::adverb, place_first = front == Front::place;
  const std::string place = english(clause.place);
  return join({adverb_first ? clause.adverb->english : "",  //
               place_first ? place : "",                    //
               english(clause.subject), verbs.auxiliary,
               adverb_first ? "" : english_adverb(clause, AdverbPlace::before_verb), verbs.main,
               english(clause.recipient), english(clause.object),  //
               place_first ? "" : place,
               adverb_first ? "" : english_adverb(clause, AdverbPlace::end)});
}

std::string english_question(const Clause& clause) {
  const EnglishVerbs verbs = english_verbs(clause, true);
  return join({verbs.auxiliary, english(clause.subject),
               english_adverb(clause, AdverbPlace::before_verb), verbs.main,
               english(clause.recipient), english(clause.object), english(clause.place),
               english_adverb(clause, AdverbPlace::end)});
}

}  // namespace lectern::toy
