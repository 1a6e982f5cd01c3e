#include "tasks/grammar/edits.h"
#include "tests/catch.h"

using namespace lectern;

namespace {

using Strings = std::vector<std::string>;

Strings words(const std::string& line) { return texts_of(cut_words(line, WordRule::spaces)); }

std::vector<Edit> edits(const std::string& before, const std::string& after) {
  return edits_between(words(before), words(after));
}

/// A line as the Treebank cuts it, corrected to `after`, and put together again.
std::string rewritten(const std::string& line, const std::string& after) {
  const std::vector<LineWord> cut = cut_words(line, WordRule::treebank);
  return line_with_edits(line, cut, edits_between(texts_of(cut), words(after)));
}

ErrorKind kind(const std::string& before, const std::string& after) {
  const auto found = edits(before, after);
  REQUIRE(found.size() == 1);
  return kind_of(words(before), found[0]);
}

}  // namespace

TEST_CASE("edits are the smallest changes", "[grammar]") {
  CHECK(edits("a b c", "a b c").empty());
  CHECK(edits("He go to school", "He goes to school") == std::vector<Edit>{{1, 2, {"goes"}}});
  CHECK(edits("I saw dog", "I saw the dog") == std::vector<Edit>{{2, 2, {"the"}}});
  CHECK(edits("I saw the a dog", "I saw a dog") == std::vector<Edit>{{2, 3, {}}});
  CHECK(edits("What you did see", "What did you see") == std::vector<Edit>{{1, 3, {"did", "you"}}});
  CHECK(edits("", "a") == std::vector<Edit>{{0, 0, {"a"}}});
  CHECK(edits("a", "") == std::vector<Edit>{{0, 1, {}}});
  // A word is replaced by the one that is like it, not by its neighbour.
  CHECK(edits("teh dog", "the big dog") == std::vector<Edit>{{0, 1, {"the", "big"}}});
  CHECK(edits("I like musics loud", "I like loud music") ==
        std::vector<Edit>{{2, 3, {}}, {4, 4, {"music"}}});
  // Two misspelled words beside each other are two edits.
  CHECK(edits("thier freinds came", "their friends came") ==
        std::vector<Edit>{{0, 1, {"their"}}, {1, 2, {"friends"}}});
}

TEST_CASE("all edits make the corrected sentence, each alone a part of it", "[grammar]") {
  const std::string before = "She go in school yesterday with hers friend",
                    after = "She went to school yesterday with her friends";
  const auto found = edits(before, after);
  REQUIRE(found.size() == 3);
  CHECK(with_edits(words(before), found) == words(after));
  CHECK(with_edits(words(before), {found[1]}) ==
        words("She go in school yesterday with her friend"));
  CHECK(with_edits(words(before), {}) == words(before));
}

TEST_CASE("a line keeps what no edit touches, byte for byte", "[grammar]") {
  CHECK(rewritten(" I  dont know.\t", "I dont know .") == " I  dont know.\t");
  CHECK(rewritten("He go  home.", "He goes home .") == "He goes  home.");
  CHECK(rewritten("I saw dog.", "I saw the dog .") == "I saw the dog.");
  CHECK(rewritten("Dog came.", "The dog came .") == "The dog came.");
  CHECK(rewritten("The the dog came.", "The dog came .") == "The dog came.");
  CHECK(rewritten("Well I like cats of.", "Well , I like cats .") == "Well, I like cats.");
  CHECK(rewritten("I know it", "I know it .") == "I know it.");
  CHECK(rewritten("I know it . ", "I know it ! ") == "I know it ! ");
  CHECK(rewritten("Yes she did .", "Yes , she did .") == "Yes , she did .");
  CHECK(rewritten("You donot see", "You do n't see") == "You don't see");
  CHECK(rewritten("a lot of of cats", "cats") == "cats");
  CHECK(rewritten("", "Hello") == "Hello");
}

TEST_CASE("edits have kinds", "[grammar]") {
  CHECK(kind("I saw dog", "I saw a dog") == ErrorKind::article);
  CHECK(kind("in Monday", "on Monday") == ErrorKind::preposition);
  CHECK(kind("she go", "she goes") == ErrorKind::agreement);
  CHECK(kind("they is", "they are") == ErrorKind::agreement);
  CHECK(kind("he take", "he took") == ErrorKind::tense);
  CHECK(kind("two cat", "two cats") == ErrorKind::number);
  CHECK(kind("teh", "the") == ErrorKind::spelling);
  CHECK(kind("their is", "there is") == ErrorKind::confusion);
  CHECK(kind("I happy", "I am happy") == ErrorKind::missing);
  CHECK(kind("he can not always", "he can always not") == ErrorKind::order);
  CHECK(kind("yes I", "yes , I") == ErrorKind::punctuation);
  CHECK(kind("rome", "Rome") == ErrorKind::capitals);
  CHECK(kind("some stuff", "some furniture") == ErrorKind::other);
}

TEST_CASE("edits are shown between marks", "[grammar]") {
  const auto as_it_is = [](std::string_view word) { return std::string(word); };
  const EditMarks marks{"[-", "-]", "{+", "+}"};
  CHECK(marked_edits(words("He go to the school"),
                     edits("He go to the school", "He goes to school"), marks,
                     as_it_is) == "He [-go-] {+goes+} to [-the-] school");
  const EditMarks colours = terminal_marks();
  CHECK(colours.deleted_begin == "\x1B[31;9m");
  CHECK(colours.inserted_begin == "\x1B[32m");
}
