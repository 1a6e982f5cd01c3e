#include "tasks/text/tokenizer.h"
#include "tasks/text/unicode.h"
#include "tasks/text/word_tokenizer.h"
#include "tests/tasks/training_testing.h"

using namespace lectern;
using Strings = std::vector<std::string>;
using Tokens = std::vector<std::int32_t>;

namespace {

const Strings text_lines = {
    "Ein Hund rennt über die Wiese.",
    "Die Katze schläft auf dem Sofa.",
    "Zwei Männer spielen im Park Fußball.",
    "Eine Frau liest ein Buch.",
    "Der Hund jagt die Katze, und sie rennt weg!",
    "Ein Mann (mit Hut) steht im Park.",
};

constexpr TokenizerKind every_kind[] = {TokenizerKind::bpe, TokenizerKind::unigram,
                                        TokenizerKind::word};

TokenizerOptions options(TokenizerKind kind) {
  return {.kind = kind, .vocab_size = kind == TokenizerKind::word ? 1000 : 60};
}

bool has_control(const Tokens& tokens) {
  for (const std::int32_t token : tokens)
    if (token < Tokenizer::unknown) return true;
  return false;
}

}  // namespace

TEST_CASE("what was encoded is decoded", "[tokenizer]") {
  for (const TokenizerKind kind : every_kind) {
    INFO(name_of(kind));
    const auto tokenizer = train_tokenizer(text_lines, options(kind));
    CHECK(tokenizer->kind() == name_of(kind));
    CHECK(tokenizer->size() > Tokenizer::special_tokens);
    for (const std::string& line : text_lines) {
      const Tokens tokens = tokenizer->encode(line);
      CHECK_FALSE(has_control(tokens));
      CHECK(tokenizer->decode(tokens) == line);
    }
    CHECK(tokenizer->encode("").empty());
    CHECK(tokenizer->encode("   ").empty());
    CHECK(tokenizer->decode({Tokenizer::begin, Tokenizer::end, Tokenizer::pad}).empty());
  }
}

TEST_CASE("a tokenizer comes back from its bytes", "[tokenizer]") {
  for (const TokenizerKind kind : every_kind) {
    const auto tokenizer = train_tokenizer(text_lines, options(kind));
    const auto again = deserialize_tokenizer(tokenizer->kind(), tokenizer->serialize());
    CHECK(again->serialize() == tokenizer->serialize());
    CHECK(again->size() == tokenizer->size());
    for (const std::string& line : text_lines)
      CHECK(again->encode(line) == tokenizer->encode(line));
  }
}

TEST_CASE("training twice gives the same vocabulary", "[tokenizer]") {
  for (const TokenizerKind kind : every_kind)
    CHECK(train_tokenizer(text_lines, options(kind))->serialize() ==
          train_tokenizer(text_lines, options(kind))->serialize());
}

TEST_CASE("no text spells a control token", "[tokenizer]") {
  Strings lines = text_lines;
  lines.emplace_back("<s> </s> <pad> <unk> a<s>b <s><s> <pad><s></s>");
  for (const TokenizerKind kind : every_kind) {
    INFO(name_of(kind));
    const auto tokenizer = train_tokenizer(lines, options(kind));
    for (const std::string spelled :
         {"<s>", "</s>", "<pad>", "Ein <s> Hund </s>", "<pad><pad>", "<<s>>", " <s>", "a<s>"}) {
      INFO(spelled);
      CHECK_FALSE(has_control(tokenizer->encode(spelled)));
    }
  }
}

TEST_CASE("NUL bytes and unknown letters are text", "[tokenizer]") {
  for (const TokenizerKind kind : every_kind) {
    const auto tokenizer = train_tokenizer(text_lines, options(kind));
    for (const std::string& odd : {std::string("Ein\0Hund", 8), std::string(3, '\0'),
                                   std::string("日本語"), std::string("\xF0\x9F\x98\x80")}) {
      const Tokens tokens = tokenizer->encode(odd);
      CHECK_FALSE(has_control(tokens));
      CHECK_NOTHROW(tokenizer->decode(tokens));
    }
  }
}

TEST_CASE("numbers outside the vocabulary are refused with their place", "[tokenizer]") {
  for (const TokenizerKind kind : every_kind) {
    const auto tokenizer = train_tokenizer(text_lines, options(kind));
    const std::int32_t size = tokenizer->size();
    for (const std::int32_t wrong : {size, -1, 1 << 30}) {
      const std::string message = failure_of(ExitCode::data, [&] {
        tokenizer->decode({4, 5, wrong});
      });
      CHECK(mentions(message, text("token 2 is ", wrong, ", outside the vocabulary of ", size)));
      CHECK(tokenizer->piece(wrong) == "<?>");
    }
  }
}

TEST_CASE("a vocabulary that the text cannot give is refused with the range", "[tokenizer]") {
  for (const TokenizerKind kind : {TokenizerKind::bpe, TokenizerKind::unigram}) {
    INFO(name_of(kind));
    const auto message = [&](std::int32_t size) {
      return failure_of(ExitCode::data,
                        [&] { train_tokenizer(text_lines, {.kind = kind, .vocab_size = size}); });
    };
    const std::string small = message(10), large = message(5000);
    CHECK(mentions(small, "tokenizer.vocab_size = 10 is too small for the training text"));
    CHECK(mentions(large, "tokenizer.vocab_size = 5000 is too large for the training text"));
    // The range that the messages give is the true one.
    const int least = std::stoi(small.substr(small.find("at least") + 9));
    const int most = std::stoi(large.substr(large.find("at most") + 8));
    CHECK(train_tokenizer(text_lines, {.kind = kind, .vocab_size = least})->size() == least);
    CHECK(train_tokenizer(text_lines, {.kind = kind, .vocab_size = most})->size() == most);
    CHECK(mentions(message(least - 1), "too small"));
    CHECK(mentions(message(most + 1), "too large"));
  }
  CHECK(mentions(failure_of(ExitCode::data,
                            [] {
                              train_tokenizer(text_lines,
                                              {.kind = TokenizerKind::word, .vocab_size = 4});
                            }),
                 "different words"));
  CHECK(mentions(failure_of(ExitCode::data, [] { train_tokenizer({}, {}); }), "is empty"));
  for (const TokenizerKind kind : every_kind)
    failure_of(ExitCode::data, [&] { train_tokenizer({"", "  "}, options(kind)); });
  for (const TokenizerKind kind :
       {TokenizerKind::bpe, TokenizerKind::unigram})  // a space that does not break lines
    failure_of(ExitCode::data, [&] { train_tokenizer({"\xC2\xA0"}, options(kind)); });
}

TEST_CASE("a word of a hundred thousand letters is cut", "[tokenizer]") {
  Strings lines = text_lines;
  lines.emplace_back(65536, 'x');
  for (const TokenizerKind kind : every_kind) {
    const auto tokenizer = train_tokenizer(lines, options(kind));
    const std::string word(100000, 'x');
    TextReport report("book");
    CHECK(tokenizer->encode("Ein " + word, {&report, 7}).size() <=
          4 * Tokenizer::max_word_characters);
    CHECK(report.summary() ==
          "book: 1 line with a word of more than 10000 characters, cut (first: line 7)");
  }
  std::string letters(10300, 'a'), whole(10000, 'a');
  letters += " b";
  CHECK(cut_long_words(letters));
  CHECK(letters == whole.append(" b"));
  std::string umlauts, expected;
  for (int i = 0; i < 10010; ++i) umlauts += "ü";
  for (int i = 0; i < 10000; ++i) expected += "ü";
  CHECK(cut_long_words(umlauts));
  CHECK(umlauts == expected);
  CHECK_FALSE(cut_long_words(expected));
}

TEST_CASE("a tokenizer of lower-cased text lower-cases what it reads", "[tokenizer]") {
  for (const TokenizerKind kind : every_kind) {
    TokenizerOptions lower = options(kind);
    lower.lowercase = true;
    lower.vocab_size = 50;
    const auto tokenizer = train_tokenizer(text_lines, lower);
    const std::string line = text_lines[0];
    const Tokens small = tokenizer->encode(lower_case(line));
    CHECK(tokenizer->encode(line) == small);
    CHECK(std::ranges::count(small, Tokenizer::unknown) == 0);
    const std::string name = tokenizer->kind(), bytes = tokenizer->serialize();
    CHECK(deserialize_tokenizer(name, bytes, /*lowercase=*/true)->encode(line) == small);
    CHECK(deserialize_tokenizer(name, bytes)->encode(line) != small);
  }
}

TEST_CASE("words are split from punctuation", "[tokenizer]") {
  CHECK(split_words("Ein Hund, rennt.") == Strings{"Ein", "Hund", ",", "rennt", "."});
  CHECK(split_words("it's 1,000") == Strings{"it's", "1,000"});
  CHECK(split_words("(a)  b!?") == Strings{"(", "a", ")", "b", "!", "?"});
  CHECK(split_words("<s>") == Strings{"<", "s", ">"});
  CHECK(split_words("").empty());
}

TEST_CASE("a word vocabulary keeps the frequent words", "[tokenizer]") {
  const Strings lines = {"a a a b b c"};
  const auto two = train_tokenizer(lines, {.kind = TokenizerKind::word, .vocab_size = 6});
  CHECK(two->size() == 6);
  CHECK(two->encode("a b c") == Tokens{4, 5, Tokenizer::unknown});
  CHECK(two->decode({4, 5, Tokenizer::unknown}) == "a b <unk>");
  CHECK(train_tokenizer(lines, {.kind = TokenizerKind::word, .min_frequency = 2})->size() == 6);
  CHECK(mentions(failure_of(ExitCode::checkpoint, [] { deserialize_tokenizer("word", "<pad>\n"); }),
                 "vocabulary"));
}
