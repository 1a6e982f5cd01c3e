#include "tasks/grammar/speller.h"
#include "tests/catch.h"
#include "tests/tensor/helpers.h"

using namespace lectern;

namespace {

using Words = std::vector<std::string>;

/// "wine" stands behind "red" and "fine" before "day", each as often.
std::vector<Words> sentences() {
  std::vector<Words> all;
  for (int i = 0; i < 6; ++i) {
    all.push_back({"We", "like", "red", "wine", "."});
    all.push_back({"It", "was", "a", "fine", "day", "in", "Rome", "."});
    all.push_back({"The", "government", "was", "late", "."});
  }
  all.push_back({"We", "saw", "rome", "."});
  return all;
}

std::string corrected(const Speller& speller, const Words& words) {
  return with_blanks(with_edits(words, speller.edits(words)));
}

}  // namespace

TEST_CASE("changes of letters are counted as Damerau counted them", "[grammar]") {
  CHECK(letter_changes("word", "word") == 0);
  CHECK(letter_changes("wrod", "word") == 1);
  CHECK(letter_changes("wod", "word") == 1);
  CHECK(letter_changes("woord", "word") == 1);
  CHECK(letter_changes("ward", "word") == 1);
  CHECK(letter_changes("becuase", "because") == 1);
  CHECK(letter_changes("goverment", "government") == 1);
  CHECK(letter_changes("enviroment", "environments") == 2);
  CHECK(letter_changes("", "abc") == 3);
  CHECK(letter_changes("für", "fur") == 1);
}

TEST_CASE("a misspelt word becomes the one that is likely in its place", "[grammar]") {
  const Speller speller(sentences());
  CHECK(corrected(speller, {"We", "like", "red", "wune", "."}) == "We like red wine .");
  // Both are one change from it: the word before, or the one behind, decides.
  CHECK(corrected(speller, {"We", "like", "red", "vine", "."}) == "We like red wine .");
  CHECK(corrected(speller, {"It", "was", "a", "vine", "day", "."}) == "It was a fine day .");
  CHECK(corrected(speller, {"The", "govermnet", "was", "late", "."}) ==
        "The government was late .");
}

TEST_CASE("a speller leaves alone what it does not understand", "[grammar]") {
  const Speller speller(sentences());
  for (const Words& words : {Words{"We", "like", "Wune", "."},    // a name, for all it knows
                             Words{"We", "like", "w1ne", "."},    // more than letters
                             Words{"We", "like", "wünee", "."},   // other letters than English
                             Words{"We", "like", "zzzzzz", "."},  // nothing is near
                             Words{"We", "like", "WUNE", "."},    // an abbreviation
                             Words{"It", "sa", "a", "day", "."},  // two letters say nothing
                             Words{}})
    CHECK(corrected(speller, words) == with_blanks(words));
  // At the beginning of a sentence everything has a capital.
  CHECK(corrected(speller, {"Goverment", "was", "late", "."}) == "Government was late .");
  CHECK(speller.edits({"rome"}).empty());  // seen seven times, mostly with a capital
}

TEST_CASE("a speller is the same after it was stored", "[grammar]") {
  const Speller speller(sentences());
  const Speller again(speller.serialize());
  CHECK(again.size() == speller.size());
  CHECK(again.serialize() == speller.serialize());
  CHECK(corrected(again, {"It", "was", "a", "vine", "day", "."}) == "It was a fine day .");
  CHECK(contains(message_of([] { Speller("3 1 0\nword 0\n"); }), "this is no speller"));
  CHECK(contains(message_of([] { Speller(""); }), "this is no speller"));
  CHECK(contains(message_of([&] {
                   const std::string stored = speller.serialize();
                   Speller(stored.substr(0, stored.size() / 2));
                 }),
                 "this is no speller"));
}
