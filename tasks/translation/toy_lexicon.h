#pragma once

#include <initializer_list>
#include <string_view>
#include <vector>

/// The words of the toy corpus, German and English side by side.
namespace lectern::toy {

enum class Gender { masculine, feminine, neuter };

/// What a noun can do or suffer, so that nobody reads a soup. Kinds are joined with `|`.
enum Kind : unsigned {
  nothing = 0,
  person = 1 << 0,
  animal = 1 << 1,
  readable = 1 << 2,
  edible = 1 << 3,
  wearable = 1 << 4,
  portable = 1 << 5,
  catchable = 1 << 6,
  openable = 1 << 7,
  buildable = 1 << 8,
  room = 1 << 9,      // can be tidied up
  inside = 1 << 10,   // one can be in it
  beside = 1 << 11,   // one can be in front of it
  beneath = 1 << 12,  // one can be under it
  living = person | animal,
  durable = readable | wearable | portable | openable | buildable | inside | beside,
  thing = durable | edible,
  ware = readable | edible | wearable | portable,
  anything = living | thing,
};

/// Peculiarities of a word, joined with `|`.
enum Habit : unsigned {
  plain = 0,
  moves = 1 << 0,            // a verb that makes its perfect with `sein`, not `haben`
  takes_place = 1 << 1,      // a verb that goes well with `im Garten`
  opens_sentences = 1 << 2,  // an adverb that can stand first
  denies = 1 << 3,           // an adverb that says no
  needs_present = 1 << 4,    // a conjunction for clauses in the present
  needs_action = 1 << 5,     // a conjunction for what happens, not for what is or is not
  passes = 1 << 6,           // a quality of today, perhaps not of tomorrow
  many = 1 << 7,             // a pronoun in the plural
};

struct Noun {
  Gender gender;
  std::string_view german, german_plural;
  std::string_view english, english_plural;
  unsigned kinds;
};

/// The first half of compounds: `Holz` + `Tisch` = `Holztisch`, a wooden table.
struct Modifier {
  std::string_view german, english;
  std::vector<std::string_view> heads;  ///< the German nouns it goes with
};

struct Adjective {
  std::string_view stem;       ///< endings are added: `müd` + `er`
  std::string_view predicate;  ///< `müde`
  std::string_view english;
  unsigned kinds;  ///< of nouns it goes with
  unsigned habits;
};

/// A verb; of a separable one, `particle` goes to the end of a main clause: `steht … auf`.
struct Verb {
  std::string_view particle;              ///< empty for most
  std::string_view singular, infinitive;  ///< without it; the plural is like the infinitive
  std::string_view participle;            ///< with it: `aufgestanden`
  std::string_view english, third_person, past;
  unsigned subject, recipient, object;  ///< kinds; `nothing` where the verb takes none
  unsigned habits;
};

struct Modal {
  std::string_view singular, plural;
};

/// Where an English adverb stands.
enum class AdverbPlace { end, before_verb };

enum class Tense { present, past, modal };

struct Adverb {
  std::string_view german, english;
  AdverbPlace place;
  std::vector<Tense> tenses;  ///< those it goes with
  unsigned habits;
};

struct Preposition {
  std::string_view german, english;
  unsigned kind;  ///< of nouns it goes with
};

struct Conjunction {
  std::string_view german, english;
  unsigned habits;
};

/// A verb that is followed by `dass`.
struct Report {
  std::string_view singular, plural, third_person, english;
};

struct Pronoun {
  std::string_view german, english;
  unsigned habits;
};

const std::vector<Noun>& nouns();
const std::vector<Modifier>& modifiers();
const std::vector<Adjective>& adjectives();
const std::vector<Verb>& verbs();
const std::vector<Adverb>& adverbs();
const std::vector<Preposition>& prepositions();
const std::vector<Conjunction>& conjunctions();
const std::vector<Report>& reports();
const std::vector<Pronoun>& pronouns();

inline constexpr Modal can{"kann", "können"}, want{"will", "wollen"}, must{"muss", "müssen"};

}  // namespace lectern::toy
