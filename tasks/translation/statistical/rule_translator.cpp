#include "tasks/translation/statistical/rule_translator.h"

#include <algorithm>
#include <cctype>
#include <map>

#include "tasks/text/unicode.h"
#include "tasks/text/word_tokenizer.h"
#include "tasks/translation/toy_lexicon.h"
#include "tensor/check.h"

namespace lectern {
namespace {

enum class Part {
  article,
  adjective,
  noun,
  pronoun,
  finite,
  participle,
  infinitive,
  particle,
  have,
  modal,
  be,
  adverb,
  preposition,
  conjunction,
  mark,
  unknown
};

/// A word of the clause: German still to look at, English to be written.
struct Token {
  std::string german, english;
  Part part = Part::unknown;
  const toy::Verb* verb = nullptr;
};
using Clause = std::vector<Token>;
using Place = std::size_t;

/// Every form of every word, in small letters; of words that are written the same, the first.
using Dictionary = std::map<std::string, Token>;

std::string together(std::string_view a, std::string_view b) {
  return std::string(a) + std::string(b);
}

/// Forms of verbs, with `add(german, english, part, verb)`.
template <class Add>
void add_verbs(Add add) {
  for (const toy::Verb& verb : toy::verbs()) {
    add(together(verb.particle, verb.singular), verb.third_person, Part::finite, &verb);
    add(together(verb.particle, verb.infinitive), verb.english, Part::infinitive, &verb);
    add(verb.participle, verb.past, Part::participle, &verb);
  }
  // `macht … zu`: what is left of a verb without its particle.
  for (const toy::Verb& verb : toy::verbs()) {
    add(verb.singular, verb.third_person, Part::finite, &verb);
    add(verb.infinitive, verb.english, Part::infinitive, &verb);
  }
  const auto add_modal = [&](const toy::Modal& modal, const char* one, const char* many) {
    add(modal.singular, one, Part::modal, nullptr);
    add(modal.plural, many, Part::modal, nullptr);
  };
  add_modal(toy::can, "can", "can");
  add_modal(toy::want, "wants to", "want to");
  add_modal(toy::must, "must", "must");
  for (const toy::Report& report : toy::reports()) {
    add(report.singular, report.third_person, Part::finite, nullptr);
    add(report.plural, report.english, Part::finite, nullptr);
  }
  for (const char* form : {"hat", "haben"}) add(form, "has", Part::have, nullptr);
  add("ist", "is", Part::be, nullptr);
  add("sind", "are", Part::be, nullptr);
  add("war", "was", Part::be, nullptr);
  add("waren", "were", Part::be, nullptr);
}

/// Nouns, and what stands before them.
template <class Add>
void add_noun_phrases(Add add) {
  for (const char* form : {"der", "die", "das", "dem", "den"}) add(form, "the", Part::article);
  for (const char* ending : {"", "e", "em", "er", "en"}) {
    add(together("ein", ending), "a", Part::article);
    add(together("kein", ending), "no", Part::article);
  }
  add("zwei", "two", Part::article);
  for (const toy::Noun& noun : toy::nouns()) {
    add(noun.german, noun.english, Part::noun);
    add(noun.german_plural, noun.english_plural, Part::noun);
  }
  for (const toy::Adjective& adjective : toy::adjectives()) {
    for (const char* ending : {"e", "er", "es", "en", "em"})
      add(together(adjective.stem, ending), adjective.english, Part::adjective);
    add(adjective.predicate, adjective.english, Part::adjective);
  }
}

/// What has one form only.
template <class Add>
void add_small_words(Add add) {
  for (const toy::Adverb& adverb : toy::adverbs()) add(adverb.german, adverb.english, Part::adverb);
  for (const toy::Preposition& word : toy::prepositions())
    add(word.german, word.english, Part::preposition);
  add("im", "in the", Part::preposition);
  for (const toy::Conjunction& word : toy::conjunctions())
    add(word.german, word.english, Part::conjunction);
  add("dass", "that", Part::conjunction);
  for (const toy::Pronoun& pronoun : toy::pronouns())
    add(pronoun.german, pronoun.english, Part::pronoun);
  add("nicht", "not", Part::adverb);
}

Dictionary make_dictionary() {
  Dictionary dictionary;
  const auto add = [&](std::string_view german, std::string_view english, Part part,
                       const toy::Verb* verb = nullptr) {
    const std::string small = lower_case(german);
    dictionary.emplace(small, Token{small, std::string(english), part, verb});
  };
  add_noun_phrases(add);
  add_verbs(add);
  add_small_words(add);
  return dictionary;
}

const Token* look_up(const std::string& german) {
  static const Dictionary dictionary = make_dictionary();
  const auto found = dictionary.find(lower_case(german));
  return found == dictionary.end() ? nullptr : &found->second;
}

// What the rules ask about places of a clause.

Place find_part(const Clause& clause, std::initializer_list<Part> parts, Place from = 0) {
  while (from < clause.size() && std::ranges::find(parts, clause[from].part) == parts.end()) ++from;
  return from;
}

/// Behind the noun phrase that begins at `place`; `place` itself where there is none.
Place after_noun_phrase(const Clause& clause, Place place) {
  Place end = place;
  if (end < clause.size() && clause[end].part == Part::pronoun) return end + 1;
  while (end < clause.size() &&
         (clause[end].part == Part::article || clause[end].part == Part::adjective))
    ++end;
  const bool noun =
      end < clause.size() && (clause[end].part == Part::noun || clause[end].part == Part::unknown);
  return noun ? end + 1 : place;
}

/// Behind what opens a main clause, be it who does it, when, or where.
Place after_front(const Clause& clause) {
  if (clause.empty()) return 0;
  if (clause[0].part == Part::adverb) return 1;
  return after_noun_phrase(clause, clause[0].part == Part::preposition ? 1 : 0);
}

bool is_verb(const Token& token) {
  return token.part == Part::finite || token.part == Part::infinitive ||
         token.part == Part::participle || token.part == Part::have || token.part == Part::modal ||
         token.part == Part::be;
}

/// The last word before the full stop.
Place last_word(const Clause& clause) {
  Place end = clause.size();
  while (end > 0 && clause[end - 1].part == Part::mark) --end;
  return end == 0 ? 0 : end - 1;
}

void move_token(Clause& clause, Place from, Place to) {
  if (from < to)
    std::rotate(clause.begin() + from, clause.begin() + from + 1, clause.begin() + to);
  else
    std::rotate(clause.begin() + to, clause.begin() + from, clause.begin() + from + 1);
}

void erase(Clause& clause, Place place) { clause.erase(clause.begin() + place); }

// The rules. Each changes the clause, or leaves it as it is.

/// `Holztisch` → `wooden table`
void split_compound(Clause& clause) {
  for (Token& token : clause)
    for (const toy::Modifier& modifier : toy::modifiers()) {
      if (token.part != Part::unknown || !token.german.starts_with(modifier.german)) continue;
      const Token* head = look_up(token.german.substr(modifier.german.size()));
      if (head == nullptr || head->part != Part::noun) continue;
      token.english = together(modifier.english, " ") + head->english;
      token.part = Part::noun;
    }
}

/// `ruft den Arzt an` → `calls the doctor`
void join_particle(Clause& clause) {
  const Place end = last_word(clause);
  const Place finite = find_part(clause, {Part::finite, Part::infinitive});
  if (end == 0 || finite >= end || clause[finite].verb == nullptr) return;
  const Token* whole = look_up(clause[end].german + clause[finite].german);
  if (whole == nullptr || whole->verb == nullptr) return;
  clause[finite] = *whole;
  erase(clause, end);
}

/// `hat … geholfen` → `helped`
void past_from_perfect(Clause& clause) {
  const Place have = find_part(clause, {Part::have, Part::be});
  if (have == clause.size()) return;
  for (Place place = 0; place < clause.size(); ++place) {
    const toy::Verb* verb = clause[place].verb;
    if (verb == nullptr || lower_case(clause[place].german) != verb->participle) continue;
    clause[have].english = verb->past;
    clause[have].part = Part::participle;
    clause[have].verb = verb;
    erase(clause, place);
    return;
  }
}

/// `kann … lesen` → `can read`
void join_modal(Clause& clause) {
  const Place modal = find_part(clause, {Part::modal});
  const Place infinitive = find_part(clause, {Part::infinitive});
  if (modal == clause.size() || infinitive == clause.size()) return;
  clause[modal].english += " " + std::string(clause[infinitive].verb->english);
  erase(clause, infinitive);
}

/// `because the man the book reads` → `because the man reads the book`
void verb_after_subject(Clause& clause) {
  if (clause.empty() || clause[0].part != Part::conjunction) return;
  const Place subject_end = after_noun_phrase(clause, 1), end = last_word(clause);
  if (subject_end == 1 || end <= subject_end || !is_verb(clause[end])) return;
  move_token(clause, end, subject_end);
}

/// `today helped she` → `today she helped`
void subject_before_verb(Clause& clause) {
  const bool asks = !clause.empty() && clause.back().german == "?";
  const Place verb = asks ? clause.size() : after_front(clause);
  const bool opened =
      verb == 0 || clause[0].part == Part::adverb || clause[0].part == Part::preposition;
  if (verb >= clause.size() || !opened || !is_verb(clause[verb])) return;
  const Place subject_end = after_noun_phrase(clause, verb + 1);
  if (subject_end == verb + 1) return;
  move_token(clause, verb, subject_end);
}

/// `a old man` → `an old man`
void an_before_vowel(Clause& clause) {
  for (Place place = 0; place + 1 < clause.size(); ++place) {
    const std::string& next = clause[place + 1].english;
    if (clause[place].english != "a" || next.find_first_of("aeiou") != 0) continue;
    clause[place].english = "an";
  }
}

struct Rule {
  const char* name;
  const char* says;
  void (*apply)(Clause&);
};

constexpr Rule rules[] = {
    {"compound", "a noun made of two becomes two words", split_compound},
    {"particle", "what was split off a verb goes back to it", join_particle},
    {"perfect", "have and a participle become the past", past_from_perfect},
    {"modal", "the infinitive goes behind can, want or must", join_modal},
    {"verb last", "after a conjunction the verb goes from the end to its subject",
     verb_after_subject},
    {"verb second", "after a time or a place the subject goes before the verb",
     subject_before_verb},
    {"an", "a before a vowel is an", an_before_vowel},
};

std::string shown(const Clause& clause) {
  std::vector<std::string> words;
  for (const Token& token : clause)
    if (!token.english.empty()) words.push_back(token.english);
  return join_words(words);
}

/// The words of a line in the dictionary's English, `am Abend` as one.
Clause look_up_all(const std::vector<std::string>& words) {
  Clause clause;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const Token* two = i + 1 < words.size() ? look_up(words[i] + " " + words[i + 1]) : nullptr;
    const Token* found = two ? two : look_up(words[i]);
    Token token = found ? *found : Token{words[i], words[i]};
    token.german = words[i];
    const bool mark = words[i].size() == 1 && std::ispunct(static_cast<unsigned char>(words[i][0]));
    if (!found && mark) token.part = Part::mark;
    clause.push_back(token);
    if (two) ++i;
  }
  return clause;
}

}  // namespace

RuleTranslation translate_by_rules(const std::string& german) {
  RuleTranslation result;
  std::vector<std::string> english;
  const Clause sentence = look_up_all(split_words(german));
  for (auto begin = sentence.begin(); begin != sentence.end();) {
    auto end = std::find_if(begin, sentence.end(), [](const Token& t) { return t.german == ","; });
    if (end != sentence.end()) ++end;  // the comma closes its clause
    Clause clause(begin, end);
    for (const Rule& rule : rules) {
      const std::string before = shown(clause);
      rule.apply(clause);
      if (const std::string after = shown(clause); after != before)
        result.rules.push_back({rule.name, before, after});
    }
    for (const Token& token : clause) english.push_back(token.english);
    begin = end;
  }
  result.text = join_words(english);
  if (!result.text.empty() && result.text[0] >= 'a' && result.text[0] <= 'z')
    result.text[0] = static_cast<char>(result.text[0] - 'a' + 'A');
  return result;
}

std::vector<RuleSummary> translation_rules() {
  std::vector<RuleSummary> summaries;
  for (const Rule& rule : rules) summaries.push_back({rule.name, rule.says});
  return summaries;
}

}  // namespace lectern
