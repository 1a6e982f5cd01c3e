#pragma once

#include <string>
#include <vector>

namespace lectern {

/// \addtogroup statistical
/// \{

/// What a rule did to a clause.
struct AppliedRule {
  std::string name;           ///< `verb second`
  std::string before, after;  ///< the clause in English so far
};

/// A translation by rules, with its story.
struct RuleTranslation {
  std::string text;
  std::vector<AppliedRule> rules;  ///< those that changed something, in order
};

/// A rule as a reader meets it.
struct RuleSummary {
  std::string name, says;
};

/// German to English as it was done before anything was learned: a dictionary, which is the toy
/// corpus's lexicon in all its forms, and a handful of rules that are tried on each clause in a
/// fixed order. Any line is translated: a word that the dictionary does not know passes through as
/// it is, and a rule that does not find its verb does nothing. That is where it breaks, too: each
/// rule knows the sentences it was written for.
RuleTranslation translate_by_rules(const std::string& german);

/// All rules in the order in which they are tried.
std::vector<RuleSummary> translation_rules();

/// \}

}  // namespace lectern
