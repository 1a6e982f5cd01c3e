#pragma once

#include <string_view>

namespace lectern::english {

// Lists of words, a blank or a line end between each two.

/// A verb a line, with its five forms. The most frequent verbs of English are here, all irregular ones
/// among them that a learner is taught.
extern const std::string_view irregular_verbs;
/// The base form alone; a `+` says that the last letter is doubled: stop+, stopped.
extern const std::string_view regular_verbs;
/// The singular alone.
extern const std::string_view regular_nouns;
/// A noun a line, singular and plural.
extern const std::string_view irregular_nouns;
/// A group a line.
extern const std::string_view confusions;
extern const std::string_view prepositions;
extern const std::string_view agreements;
extern const std::string_view left_out;
extern const std::string_view function_words;

}  // namespace lectern::english
