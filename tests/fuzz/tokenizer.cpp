#include "tasks/text/tokenizer.h"

#include <memory>
#include <stdexcept>
#include <vector>

#include "tests/fuzz/fuzz.h"

namespace lectern {
namespace {

/// Learned once, from a few sentences.
const Tokenizer& learned(TokenizerKind kind) {
  const auto learn = [](TokenizerKind wanted, std::int32_t size) {
    const std::vector<std::string> lines = {"Der Hund rennt.", "Ein Mann liest ein Buch.",
                                            "▁ zwei  Leerzeichen", "<s> </s> <pad> ½ ﬁ"};
    return train_tokenizer(lines, {.kind = wanted, .vocab_size = size});
  };
  static const std::unique_ptr<Tokenizer> word = learn(TokenizerKind::word, 40);
  static const std::unique_ptr<Tokenizer> bpe = learn(TokenizerKind::bpe, 60);
  return kind == TokenizerKind::word ? *word : *bpe;
}

/// Any text becomes tokens of the vocabulary, none of them a control token, and text again.
void round_trip(const Tokenizer& tokenizer, const std::string& sentence) {
  const std::vector<std::int32_t> tokens = tokenizer.encode(sentence);
  for (const std::int32_t token : tokens)
    if (token < Tokenizer::unknown || token >= tokenizer.size())
      throw std::logic_error("token " + std::to_string(token));
  tokenizer.decode(tokens);
}

}  // namespace

/// The first byte decides what the others are: a text, token numbers, or a word vocabulary.
void try_input(const std::string& bytes) {
  const std::string rest = bytes.empty() ? "" : bytes.substr(1);
  switch (bytes.empty() ? 0 : bytes[0] % 4) {
    case 0: return round_trip(learned(TokenizerKind::word), rest);
    case 1: return round_trip(learned(TokenizerKind::bpe), rest);
    case 2: {
      std::vector<std::int32_t> tokens;
      for (const char c : rest) tokens.push_back(c);
      learned(TokenizerKind::bpe).decode(tokens);
      return;
    }
    default: round_trip(*deserialize_tokenizer("word", rest), rest);
  }
}

}  // namespace lectern
