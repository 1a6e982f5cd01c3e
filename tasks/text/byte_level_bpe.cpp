#include "tasks/text/byte_level_bpe.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <sstream>
#include <unordered_map>

#include "tasks/failure.h"
#include "tasks/text/unicode.h"

namespace lectern {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char *end_of_text = "<|endoftext|>", *end_of_line = "\n";

[[noreturn]] void refuse(const std::string& problem) {
  throw Failure(ExitCode::checkpoint, problem);
}

/// Which letter stands for a byte: itself where it can be seen, else one from U+0100 on.
std::array<char32_t, 256> letters_of_bytes() {
  std::array<char32_t, 256> letters{};
  char32_t next = 256;
  for (char32_t byte = 0; byte < 256; ++byte) {
    const bool seen = (byte >= '!' && byte <= '~') || (byte >= 0xA1 && byte != 0xAD);
    letters[byte] = seen ? byte : next++;
  }
  return letters;
}

/// The bytes of a token, from its letters. Special tokens are spelled by themselves.
class Alphabet {
 public:
  Alphabet() {
    const auto letters = letters_of_bytes();
    for (std::size_t byte = 0; byte < letters.size(); ++byte)
      bytes_.emplace(letters[byte], static_cast<char>(byte));
  }
  std::string bytes(const std::string& token) const {
    std::string spelled;
    for (const char32_t letter : code_points(token)) {
      const auto found = bytes_.find(letter);
      if (found == bytes_.end())
        refuse(text("vocab.json or merges.txt: the token \"", token,
                    "\" has a letter that stands for no byte"));
      spelled += found->second;
    }
    return spelled;
  }

 private:
  std::unordered_map<char32_t, char> bytes_;
};

/// White space of the regular expressions that others split by.
bool is_white(char32_t c) { return is_space(c) && !(c >= 0x1C && c <= 0x1F); }

/// A character, where it begins, and its kind: equal kinds run together.
struct Character {
  enum class Kind { letter, number, white, other };
  char32_t character;
  std::size_t begin;
  Kind kind;
};

Character::Kind run_of(char32_t c) {
  if (is_white(c)) return Character::Kind::white;
  switch (kind_of(c)) {
    case CharacterKind::letter: return Character::Kind::letter;
    case CharacterKind::number: return Character::Kind::number;
    case CharacterKind::mark:
    case CharacterKind::punctuation:
    case CharacterKind::symbol:
    case CharacterKind::separator:
    case CharacterKind::other: break;
  }
  return Character::Kind::other;
}

std::vector<Character> characters_of(std::string_view text) {
  std::vector<Character> characters;
  std::size_t begin = 0;
  for (const char32_t c : code_points(text)) {
    characters.push_back({c, begin, run_of(c)});
    begin += utf8_text({&c, 1}).size();
  }
  return characters;
}

/// How many characters an ending of a contraction has that `text` begins with.
std::size_t contraction(std::string_view text) {
  for (const std::string_view ending : {"'s", "'t", "'re", "'ve", "'m", "'ll", "'d"})
    if (text.starts_with(ending)) return ending.size();
  return 0;
}

class ByteLevelBpe : public Tokenizer {
 public:
  struct Merge {
    std::int32_t rank, token;
  };
  using Merges = std::unordered_map<std::uint64_t, Merge>;

  ByteLevelBpe(std::string files, std::vector<std::string> pieces, Merges merges, bool lowercase)
      : Tokenizer(lowercase),
        files_(std::move(files)),
        pieces_(std::move(pieces)),
        merges_(std::move(merges)) {
    bytes_.fill(unknown);
    for (std::int32_t i = 0; i < size(); ++i)
      if (pieces_[i].size() == 1) bytes_[static_cast<unsigned char>(pieces_[i][0])] = i;
  }

  static std::uint64_t pair(std::int32_t left, std::int32_t right) {
    return std::uint64_t{static_cast<std::uint32_t>(left)} << 32 |
           static_cast<std::uint32_t>(right);
  }

  std::string decode(const std::vector<std::int32_t>& tokens) const override {
    std::string spelled;
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      if (tokens[i] < 0 || tokens[i] >= size())
        throw Failure(ExitCode::data,
                      text("token ", i, " is ", tokens[i], ", outside the vocabulary of ", size()));
      if (tokens[i] >= unknown) spelled += pieces_[tokens[i]];
    }
    mend_utf8(spelled);  // a character may lie in several tokens
    return spelled;
  }

  std::int32_t size() const override { return static_cast<std::int32_t>(pieces_.size()); }
  std::string piece(std::int32_t token) const override {
    if (token < 0 || token >= size()) return "<?>";
    std::string shown;
    for (const char byte : pieces_[token]) shown += byte == ' ' ? "␣" : std::string(1, byte);
    mend_utf8(shown);
    return shown;
  }
  std::string kind() const override { return std::string(name_of(TokenizerKind::byte_level_bpe)); }
  std::string serialize() const override { return files_; }

 protected:
  std::vector<std::int32_t> split(std::string_view text) const override {
    std::vector<std::int32_t> tokens;
    for (const std::string_view part : split_as_gpt2(text)) {
      const std::vector<std::int32_t> joined = join(part);
      tokens.insert(tokens.end(), joined.begin(), joined.end());
    }
    return tokens;
  }

 private:
  std::vector<std::int32_t> join(std::string_view part) const {
    std::vector<std::int32_t> tokens;
    for (const char byte : part) tokens.push_back(bytes_[static_cast<unsigned char>(byte)]);
    while (true) {
      std::uint64_t first = 0;
      Merge best{-1, 0};
      for (std::size_t i = 0; i + 1 < tokens.size(); ++i) {
        const auto found = merges_.find(pair(tokens[i], tokens[i + 1]));
        if (found != merges_.end() && (best.rank < 0 || found->second.rank < best.rank))
          first = found->first, best = found->second;
      }
      if (best.rank < 0) return tokens;
      std::size_t kept = 0;
      for (std::size_t i = 0; i < tokens.size(); ++i) {
        const bool joins = i + 1 < tokens.size() && pair(tokens[i], tokens[i + 1]) == first;
        tokens[kept++] = joins ? best.token : tokens[i];
        i += joins;
      }
      tokens.resize(kept);
    }
  }

  std::string files_;
  std::vector<std::string> pieces_;  // their bytes
  std::array<std::int32_t, 256> bytes_{};
  Merges merges_;
};

/// vocab.json: the tokens in the order of their numbers, which are 0, 1, 2 ….
std::vector<std::string> read_tokens(const std::string& vocabulary) {
  const Json json = Json::parse(vocabulary, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) refuse("vocab.json: is no JSON object of tokens and their numbers");
  std::vector<std::string> tokens(json.size());
  std::vector<bool> is_there(json.size());
  for (const auto& [token, number] : json.items()) {
    if (!number.is_number_integer() || number.get<std::int64_t>() < 0 ||
        number.get<std::int64_t>() >= std::ssize(tokens) || is_there[number.get<std::size_t>()])
      refuse(text("vocab.json: the token \"", token, "\" has the number ", number.dump(),
                  ", but the ", tokens.size(), " tokens have 0 … ", tokens.size() - 1,
                  ", each one once"));
    tokens[number.get<std::size_t>()] = token;
    is_there[number.get<std::size_t>()] = true;
  }
  return tokens;
}

ByteLevelBpe::Merges read_merges(const std::string& merges,
                                 const std::vector<std::string>& pieces) {
  const Alphabet alphabet;
  std::unordered_map<std::string, std::int32_t> numbers;
  for (std::int32_t i = Tokenizer::special_tokens; i < std::ssize(pieces); ++i)
    numbers.emplace(pieces[i], i);
  numbers.emplace(end_of_line, Tokenizer::end);  // there is a token for two of them
  ByteLevelBpe::Merges found;
  std::istringstream in(merges);
  in.exceptions(std::ios::badbit);
  std::int64_t number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (line.ends_with('\r')) line.pop_back();
    if (line.empty() || (number == 1 && line.starts_with("#version"))) continue;
    const std::size_t space = line.find(' ');
    if (space == std::string::npos)
      refuse(
          text("merges.txt:", number, ": \"", line, "\" is not two tokens with a space between"));
    const auto token = [&](const std::string& bytes) {
      const auto known = numbers.find(bytes);
      if (known == numbers.end())
        refuse(text("merges.txt:", number, ": \"", line, "\" joins to or from a token that ",
                    "vocab.json has not"));
      return known->second;
    };
    const std::string left = alphabet.bytes(line.substr(0, space)),
                      right = alphabet.bytes(line.substr(space + 1));
    found.emplace(
        ByteLevelBpe::pair(token(left), token(right)),
        ByteLevelBpe::Merge{static_cast<std::int32_t>(found.size()), token(left + right)});
  }
  return found;
}

}  // namespace

std::vector<std::string_view> split_as_gpt2(std::string_view text) {
  using Kind = Character::Kind;
  const std::vector<Character> characters = characters_of(text);
  std::vector<std::string_view> parts;
  const auto begin_of = [&](std::size_t i) {
    return i < characters.size() ? characters[i].begin : text.size();
  };
  for (std::size_t i = 0; i < characters.size();) {
    std::size_t end = i + contraction(text.substr(characters[i].begin));
    if (end == i) {
      // One space may belong to what follows it.
      const bool space = characters[i].character == ' ' && i + 1 < characters.size();
      end = i + (space && characters[i + 1].kind != Kind::white);
      const Kind kind = characters[end].kind;
      while (end < characters.size() && characters[end].kind == kind) ++end;
      // The last of several spaces stays with the word behind them.
      if (kind == Kind::white && end < characters.size() && end - i > 1) --end;
    }
    parts.push_back(text.substr(characters[i].begin, begin_of(end) - characters[i].begin));
    i = end;
  }
  return parts;
}

ImportedTokenizer read_byte_level_bpe(const std::string& vocabulary, const std::string& merges,
                                      bool lowercase) {
  const std::vector<std::string> theirs = read_tokens(vocabulary);
  const Alphabet alphabet;
  std::int32_t text_end = ImportedTokenizer::absent, line_end = ImportedTokenizer::absent;
  std::vector<std::string> bytes;
  for (std::int32_t i = 0; i < std::ssize(theirs); ++i) {
    if (theirs[i] == end_of_text) text_end = i;
    bytes.push_back(theirs[i] == end_of_text ? theirs[i] : alphabet.bytes(theirs[i]));
    if (bytes.back() == end_of_line) line_end = i;
  }
  std::vector<std::int32_t> order = {ImportedTokenizer::absent, text_end, line_end,
                                     ImportedTokenizer::absent};
  std::vector<std::string> pieces = {"<pad>", "<s>", "</s>", "<unk>"};
  for (std::int32_t i = 0; i < std::ssize(theirs); ++i) {
    if (i == text_end || i == line_end) continue;
    order.push_back(i);
    pieces.push_back(bytes[i]);
  }
  const std::string files = Json{{"vocab.json", vocabulary}, {"merges.txt", merges}}.dump();
  ByteLevelBpe::Merges found = read_merges(merges, pieces);
  return {std::make_unique<ByteLevelBpe>(files, std::move(pieces), std::move(found), lowercase),
          std::move(order)};
}

ByteLevelBpeFiles byte_level_bpe_files(const std::string& bytes) {
  const Json json = Json::parse(bytes, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || !json.contains("vocab.json") || !json["vocab.json"].is_string() ||
      !json.contains("merges.txt") || !json["merges.txt"].is_string())
    refuse("it does not hold the files vocab.json and merges.txt");
  return {json["vocab.json"], json["merges.txt"]};
}

ImportedTokenizer deserialize_byte_level_bpe(const std::string& bytes, bool lowercase) {
  const ByteLevelBpeFiles files = byte_level_bpe_files(bytes);
  return read_byte_level_bpe(files.vocabulary, files.merges, lowercase);
}

}  // namespace lectern
