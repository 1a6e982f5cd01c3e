#include "tasks/grammar/english.h"

#include <algorithm>
#include <set>
#include <unordered_map>

#include "tasks/grammar/english_words.h"

namespace lectern {
namespace {

std::vector<std::string> list_of(std::string_view text) {
  std::vector<std::string> words;
  for (std::size_t at = text.find_first_not_of(" \n"); at != text.npos;) {
    const std::size_t end = std::min(text.find_first_of(" \n", at), text.size());
    words.emplace_back(text.substr(at, end - at));
    at = text.find_first_not_of(" \n", end);
  }
  return words;
}

std::vector<std::vector<std::string>> lines_of(std::string_view text) {
  std::vector<std::vector<std::string>> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (auto words = list_of(text.substr(0, end)); !words.empty())
      lines.push_back(std::move(words));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

bool is_vowel(char letter) {
  return std::string_view("aeiou").find(letter) != std::string_view::npos;
}

/// `s` at the end of a verb in the third person and of a noun in the plural.
std::string with_s(const std::string& word) {
  const auto ends = [&](std::string_view ending) { return word.ends_with(ending); };
  if (ends("y") && word.size() > 1 && !is_vowel(word[word.size() - 2]))
    return word.substr(0, word.size() - 1) + "ies";
  if (ends("s") || ends("x") || ends("z") || ends("ch") || ends("sh")) return word + "es";
  return word + "s";
}

/// The five forms of a regular verb; `+` at its end doubles the last letter.
std::vector<std::string> regular_forms(std::string base) {
  const bool doubles = base.ends_with('+');
  if (doubles) base.pop_back();
  const bool silent = base.ends_with('e');
  const bool with_y = base.ends_with('y') && !is_vowel(base[base.size() - 2]);
  const std::string stem = doubles ? base + base.back() : base;
  const std::string shorter = base.substr(0, base.size() - 1);
  const std::string past = silent ? base + "d" : with_y ? shorter + "ied" : stem + "ed";
  const bool ie = base.ends_with("ie"), ee = base.ends_with("ee");
  const std::string gerund = ie              ? base.substr(0, base.size() - 2) + "ying"
                             : silent && !ee ? shorter + "ing"
                                             : stem + "ing";
  return {base, with_s(base), past, past, gerund};
}

class Tables {
 public:
  Tables() {
    for (const auto& forms : lines_of(english::irregular_verbs)) add_verb(forms);
    for (const std::string& base : list_of(english::regular_verbs)) add_verb(regular_forms(base));
    for (std::size_t verb = 0; verb < verbs_.size(); ++verb)
      for (const std::string& form : verbs_[verb]) verb_of_.emplace(form, verb);
    for (const auto& pair : lines_of(english::irregular_nouns)) add_noun(pair.at(0), pair.at(1));
    for (const std::string& noun : list_of(english::regular_nouns)) add_noun(noun, with_s(noun));
    add_groups(english::confusions, confusions_);
    for (const auto& line : lines_of(english::prepositions)) prepositions_.emplace(line[0], line);
    for (const auto& pair : lines_of(english::agreements)) {
      agreements_.emplace(pair.at(0), pair.at(1));
      agreements_.emplace(pair.at(1), pair.at(0));
    }
    for (const std::string& word : list_of(english::left_out)) left_out_.insert(word);
    for (const std::string& word : list_of(english::function_words)) function_words_.insert(word);
  }

  using Groups = std::unordered_map<std::string, std::vector<std::string>>;
  std::vector<std::vector<std::string>> verbs_;
  std::unordered_map<std::string, std::size_t> verb_of_;
  std::unordered_map<std::string, std::string> numbers_, agreements_;
  Groups confusions_, prepositions_;
  std::set<std::string, std::less<>> left_out_, function_words_;

 private:
  void add_verb(const std::vector<std::string>& forms) { verbs_.push_back(forms); }
  void add_noun(const std::string& one, const std::string& many) {
    numbers_.emplace(one, many);
    numbers_.emplace(many, one);
  }
  /// A word of several groups is taken for those of all of them.
  static void add_groups(std::string_view text, Groups& groups) {
    for (const auto& line : lines_of(text))
      for (const std::string& word : line)
        for (const std::string& other : line) {
          auto& group = groups[word];
          if (std::ranges::find(group, other) == group.end()) group.push_back(other);
        }
  }
};

const Tables& tables() {
  static const Tables only;
  return only;
}

const std::vector<std::string>& found_in(const Tables::Groups& groups, const std::string& word) {
  static const std::vector<std::string> none;
  const auto found = groups.find(word);
  return found == groups.end() ? none : found->second;
}

std::string found_in(const std::unordered_map<std::string, std::string>& pairs,
                     const std::string& word) {
  const auto found = pairs.find(word);
  return found == pairs.end() ? std::string() : found->second;
}

}  // namespace

VerbUse verb_use(const std::string& word) {
  const auto found = tables().verb_of_.find(word);
  if (found == tables().verb_of_.end()) return {};
  VerbUse use{.forms = &tables().verbs_[found->second]};
  for (int form = 0; form < verb_forms; ++form)
    if ((*use.forms)[form] == word) use.is.push_back(static_cast<VerbForm>(form));
  return use;
}

std::string other_number(const std::string& word) { return found_in(tables().numbers_, word); }

const std::vector<std::string>& confused_with(const std::string& word) {
  return found_in(tables().confusions_, word);
}

const std::vector<std::string>& preposition_group(const std::string& word) {
  return found_in(tables().prepositions_, word);
}

bool is_article(std::string_view word) { return word == "a" || word == "an" || word == "the"; }

bool is_left_out(std::string_view word) { return tables().left_out_.contains(word); }

bool is_function_word(const std::string& word) { return tables().function_words_.contains(word); }

bool begins_with_vowel_sound(std::string_view word) {
  for (const std::string_view silent : {"hour", "honest", "honor", "honour", "heir"})
    if (word.starts_with(silent)) return true;
  for (const std::string_view spoken : {"uni", "use", "usu", "eur", "one", "once", "ut"})
    if (word.starts_with(spoken)) return word.starts_with("unin") || word.starts_with("unim");
  return !word.empty() && is_vowel(word.front());
}

std::string other_agreement(const std::string& word) {
  return found_in(tables().agreements_, word);
}

}  // namespace lectern
