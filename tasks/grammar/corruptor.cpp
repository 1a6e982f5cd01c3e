#include "tasks/grammar/corruptor.h"

#include <algorithm>

#include "tasks/grammar/english.h"
#include "tasks/grammar/spelling.h"
#include "tasks/grammar/words.h"

namespace lectern {
namespace {

const std::vector<std::string> put_in = {"the", "the", "the", "a", "an"};
const std::vector<std::string> behind_verbs = {"to", "for", "of",    "in",
                                               "at", "on",  "about", "with"};
const std::vector<std::string> before_commas = {"and",     "but",  "that", "which",
                                                "because", "when", "if"};

bool is_one_of(const std::vector<std::string>& words, const std::string& word) {
  return std::ranges::find(words, word) != words.end();
}

/// A sentence on its way from right to wrong.
class Corruption {
 public:
  Corruption(const std::vector<std::string>& words, const CorruptionRates& rates, WordDraws draws)
      : right_(words), rates_(rates), draws_(draws) {}

  Corrupted run() {
    constexpr double strengths[] = {0.5, 1.0, 1.5};
    strength_ = strengths[draws_.below(3)];
    while (at_ < right_.size()) {
      small_ = small_letters(right_[at_]);
      const ErrorKind kind = drawn_kind();
      if (kind == ErrorKind::other || !make(kind)) keep();
    }
    return {std::move(wrong_), errors_};
  }

 private:
  const std::string& word() const { return right_[at_]; }
  std::string before() const { return at_ == 0 ? "" : small_letters(right_[at_ - 1]); }
  std::string after() const {
    return at_ + 1 == right_.size() ? "" : small_letters(right_[at_ + 1]);
  }
  bool is_last() const { return at_ + 1 == right_.size(); }
  bool is_infinitive() const { return small_ == "to" && verb_form(after(), VerbForm::base); }
  static bool verb_form(const std::string& word, VerbForm form) {
    return is_one_of_forms(verb_use(word), form);
  }
  static bool is_one_of_forms(const VerbUse& use, VerbForm form) {
    return std::ranges::find(use.is, form) != use.is.end();
  }
  /// An article may be too many: a word begins a group of words that has none.
  bool opens_group() const {
    const std::string previous = before();
    return word() == small_ && is_plain_word(small_) && !is_function_word(small_) &&
           (!preposition_group(previous).empty() || verb_use(previous).forms != nullptr);
  }

  /// How often each kind happens to the word that it is about.
  double rate(ErrorKind kind) const {
    switch (kind) {
      case ErrorKind::article:
        return is_article(small_) ? rates_.article : opens_group() ? rates_.article / 8 : 0;
      case ErrorKind::preposition:
        if (is_infinitive()) return 0;
        return !preposition_group(small_).empty()    ? rates_.preposition
               : verb_use(before()).forms != nullptr ? rates_.preposition / 8
                                                     : 0;
      case ErrorKind::agreement:
        return !other_agreement(small_).empty() || agrees() ? rates_.agreement : 0;
      case ErrorKind::tense:
        return verb_use(small_).forms != nullptr || is_infinitive() ? rates_.tense : 0;
      case ErrorKind::number: return other_number(small_).empty() ? 0 : rates_.number;
      case ErrorKind::spelling:
        return small_.size() > 2 && is_plain_word(small_) ? rates_.spelling : 0;
      case ErrorKind::confusion: return confused_with(small_).empty() ? 0 : rates_.confusion;
      case ErrorKind::missing: return is_left_out(small_) ? rates_.missing : 0;
      case ErrorKind::order:
        return word() == small_ && is_plain_word(small_) && is_plain_word(after()) ? rates_.order
                                                                                   : 0;
      case ErrorKind::punctuation:
        if (small_ == "," || small_ == "'s" || small_ == ";" || (small_ == "." && is_last()))
          return rates_.punctuation;
        return is_one_of(before_commas, small_) && at_ > 0 ? rates_.punctuation / 10 : 0;
      case ErrorKind::capitals:
        return is_plain_word(small_) && is_capitalised(word()) ? rates_.capitals : 0;
      case ErrorKind::other: return 0;
    }
    return 0;
  }
  bool agrees() const {
    const VerbUse use = verb_use(small_);
    return use.forms != nullptr && (is_one_of_forms(use, VerbForm::third_person) ||
                                    (is_one_of_forms(use, VerbForm::base) && before() != "to"));
  }

  /// `other` is no error.
  ErrorKind drawn_kind() {
    double left = draws_.share() / strength_;
    for (int i = 0; i < error_kinds; ++i) {
      const auto kind = static_cast<ErrorKind>(i);
      left -= rate(kind);
      if (left < 0) return kind;
    }
    return ErrorKind::other;
  }

  /// Goes on behind the words that the error is about; false where it came to nothing.
  bool make(ErrorKind kind) {
    const bool made = try_to_make(kind);
    if (made) ++errors_[static_cast<std::size_t>(kind)];
    return made;
  }
  bool try_to_make(ErrorKind kind) {
    switch (kind) {
      case ErrorKind::article: return is_article(small_) ? wrong_article() : insert(put_in);
      case ErrorKind::preposition: return wrong_preposition();
      case ErrorKind::agreement: return wrong_agreement();
      case ErrorKind::tense: return wrong_form();
      case ErrorKind::number: return replace(other_number(small_));
      case ErrorKind::spelling: return wrong_letters();
      case ErrorKind::confusion: return replace(draws_.one_of(confused_with(small_)));
      case ErrorKind::missing: return leave_out();
      case ErrorKind::order: return change_places();
      case ErrorKind::punctuation: return wrong_mark();
      case ErrorKind::capitals:
        wrong_.push_back(small_);
        ++at_;
        return true;
      case ErrorKind::other: return false;
    }
    return false;
  }

  /// A word that now begins the sentence, since what stood before it was left out, has a capital.
  void put(const std::string& word) {
    const bool opens = wrong_.empty() && at_ > 0 && is_capitalised(right_[0]);
    wrong_.push_back(opens ? with_capital(word) : word);
  }
  void keep() {
    put(word());
    ++at_;
  }
  bool leave_out() {
    if (right_.size() < 2) return false;
    ++at_;
    return true;
  }
  bool replace(const std::string& other) {
    if (other.empty() || other == small_) return false;
    put(is_capitalised(word()) ? with_capital(other) : other);
    ++at_;
    return true;
  }
  /// Puts a word that is too many before this one.
  bool insert(const std::vector<std::string>& words) {
    const std::string& drawn = draws_.one_of(words);
    if (drawn == before() || drawn == small_) return false;
    put(drawn);
    keep();
    return true;
  }
  bool wrong_article() {
    if (draws_.share() < 0.55) return leave_out();
    if (small_ != "the") return replace(draws_.share() < 0.7 ? "the" : small_ == "a" ? "an" : "a");
    return replace(begins_with_vowel_sound(after()) ? "an" : "a");
  }
  bool wrong_preposition() {
    const std::vector<std::string>& group = preposition_group(small_);
    if (group.empty()) return insert(behind_verbs);
    return draws_.share() < 0.3 ? leave_out() : replace(draws_.one_of(group));
  }
  bool wrong_agreement() {
    if (const std::string other = other_agreement(small_); !other.empty()) return replace(other);
    const VerbUse use = verb_use(small_);
    const bool third = is_one_of_forms(use, VerbForm::third_person);
    return replace(
        use.forms->at(static_cast<std::size_t>(third ? VerbForm::base : VerbForm::third_person)));
  }
  /// "to go" becomes "go" or "to going", "went" becomes "goes".
  bool wrong_form() {
    if (is_infinitive()) return leave_out();
    return replace(verb_use(small_).forms->at(draws_.below(verb_forms)));
  }
  bool wrong_letters() {
    const std::string wrong = misspelled(small_, draws_);
    return wrong != small_ && replace(wrong);
  }
  bool change_places() {
    if (after() == small_) return false;
    put(right_[at_ + 1]);
    put(word());
    at_ += 2;
    return true;
  }
  bool wrong_mark() {
    if (!is_plain_word(small_)) return leave_out();
    return before() != "," && insert({","});
  }

  const std::vector<std::string>& right_;
  const CorruptionRates& rates_;
  WordDraws draws_;
  double strength_ = 1;
  std::size_t at_ = 0;
  std::string small_;  // the word at at_
  std::vector<std::string> wrong_;
  ErrorCounts errors_ = {};
};

}  // namespace

Corrupted corrupt(const std::vector<std::string>& words, const CorruptionRates& rates,
                  const CorruptionKey& key) {
  constexpr std::uint64_t of_corruption = 0x6772616D6D617221;  // no other draws have this seed
  WordDraws draws({.seed = key.seed ^ of_corruption, .step = key.epoch, .site = key.line});
  if (draws.share() < rates.unchanged) return {words, {}};
  Corrupted result = Corruption(words, rates, draws).run();
  if (result.words.empty()) return {words, {}};
  return result;
}

}  // namespace lectern
