#pragma once

#include <optional>
#include <string>

#include "tasks/translation/toy_lexicon.h"

/// What a sentence of the toy corpus says, and how German and English say it.
namespace lectern::toy {

enum class Case { nominative, dative, accusative };
enum class Determiner { definite, indefinite, two, none };  ///< der, ein, zwei, kein

/// `der alte Holztisch`, or a pronoun.
struct NounPhrase {
  const Pronoun* pronoun = nullptr;  ///< if set, nothing below counts
  const Noun* noun = nullptr;
  const Modifier* modifier = nullptr;    ///< may be null
  const Adjective* adjective = nullptr;  ///< may be null
  Determiner determiner = Determiner::definite;
  bool plural = false;

  bool is_plural() const { return pronoun ? (pronoun->habits & many) != 0 : plural; }
};

/// `im alten Garten`.
struct Place {
  const Preposition* preposition;
  NounPhrase where;
};

/// Who does what to whom, where and when. Either `verb` or `quality` is set.
struct Clause {
  NounPhrase subject;
  const Verb* verb = nullptr;
  const Adjective* quality = nullptr;  ///< `ist müde`
  std::optional<NounPhrase> recipient, object;
  std::optional<Place> place;
  const Adverb* adverb = nullptr;
  Tense tense = Tense::present;
  const Modal* modal = nullptr;  ///< when the tense is Tense::modal
  bool negated = false;
};

/// What stands before the finite verb of a German main clause. It always is one thing, so that the
/// verb is second; in a question, and after a subordinate clause, it is nothing.
enum class Front { nothing, subject, adverb, place, recipient, object };

/// `Heute steht der Mann nicht auf`, without capital and full stop.
std::string german_main(const Clause& clause, Front front);

/// `der Mann heute nicht aufsteht`: the verbs go to the end.
std::string german_subordinate(const Clause& clause);

/// `the man does not get up today`; an adverb or a place that opens the German sentence opens the
/// English one.
std::string english_statement(const Clause& clause, Front front = Front::subject);

/// `does the man get up today`.
std::string english_question(const Clause& clause);

std::string german(const NounPhrase& phrase, Case grammatical_case);
std::string english(const NounPhrase& phrase);

/// Joins what is not empty by spaces.
std::string join(std::initializer_list<std::string_view> words);

}  // namespace lectern::toy
