#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace lectern {

// The English that the corruptor knows, written down in english_words.cpp: verbs with their forms,
// nouns with their plurals, and groups of words that learners take for one another.

/// The forms of a verb: go, goes, went, gone, going.
enum class VerbForm { base, third_person, past, participle, gerund };
inline constexpr int verb_forms = 5;

/// A verb as a word of a text may be it: "put" is four forms of one verb.
struct VerbUse {
  const std::vector<std::string>* forms = nullptr;  ///< five, by VerbForm
  std::vector<VerbForm> is = {};                    ///< at least one
};

/// What a word in small letters is as a verb; `forms` is null where it is none.
VerbUse verb_use(const std::string& word);

/// The other number of a noun: "child" and "children" give each other; empty for what is no noun of
/// the table.
std::string other_number(const std::string& word);

/// The group of words that this one is taken for, itself among them; empty: none. "their there they're".
const std::vector<std::string>& confused_with(const std::string& word);
/// The same for prepositions.
const std::vector<std::string>& preposition_group(const std::string& word);

bool is_article(std::string_view word);
/// Short words of grammar that a learner leaves out: be, have, do, to, that, it …
bool is_left_out(std::string_view word);
/// Words before which no article can stand, or after which none does: my, this, some, she, is …
bool is_function_word(const std::string& word);

/// Whether "an" stands before it rather than "a": by its first letter, with the usual exceptions.
bool begins_with_vowel_sound(std::string_view word);

/// The other one of a pair that agrees with its verb or noun: is/are, was/were, has/have, does/do,
/// this/these, that/those; empty: none.
std::string other_agreement(const std::string& word);

}  // namespace lectern
