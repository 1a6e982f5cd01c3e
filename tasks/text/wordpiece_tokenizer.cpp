#include "tasks/text/wordpiece_tokenizer.h"

#include <algorithm>
#include <array>
#include <sstream>
#include <unordered_map>

#include "tasks/failure.h"
#include "tasks/text/unicode.h"
#include "tasks/text/word_tokenizer.h"

namespace lectern {
namespace {

/// The special tokens: numbers 0 … 3 here, and the mask, which comes last.
constexpr std::array<const char*, 4> special_names = {"[PAD]", "[CLS]", "[SEP]", "[UNK]"};
constexpr const char *mask_name = "[MASK]", *continuation = "##";
constexpr std::size_t longest_word = 100;  // characters

bool is_chinese(char32_t c) {
  return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) ||
         (c >= 0x20000 && c <= 0x2A6DF) || (c >= 0x2A700 && c <= 0x2B73F) ||
         (c >= 0x2B740 && c <= 0x2B81F) || (c >= 0x2B820 && c <= 0x2CEAF) ||
         (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x2F800 && c <= 0x2FA1F);
}

/// Unicode's punctuation marks, and everything in ASCII that is no letter, number or space.
bool is_mark(char32_t c) {
  const bool ascii = (c >= '!' && c <= '/') || (c >= ':' && c <= '@') || (c >= '[' && c <= '`') ||
                     (c >= '{' && c <= '~');
  return ascii || kind_of(c) == CharacterKind::punctuation;
}

/// The words of a text, and each mark and Chinese character by itself.
std::vector<std::u32string> words_of(std::string_view text) {
  std::vector<std::u32string> words;
  bool open = false;  // the last word may still grow
  for (const char32_t c : code_points(text)) {
    const bool space =
        c == '\t' || c == '\n' || c == '\r' || c == ' ' || kind_of(c) == CharacterKind::separator;
    if (space) {
      open = false;
    } else if (c == 0xFFFD || kind_of(c) == CharacterKind::other) {
      continue;  // a control character
    } else if (is_mark(c) || is_chinese(c)) {
      words.push_back({c});
      open = false;
    } else {
      if (!open) words.emplace_back();
      words.back() += c;
      open = true;
    }
  }
  return words;
}

class WordPieceTokenizer : public Tokenizer {
 public:
  /// \param pieces  in our order, without the mask
  WordPieceTokenizer(std::string vocabulary, std::vector<std::string> pieces, bool lowercase)
      : Tokenizer(lowercase),
        lowercase_(lowercase),
        vocabulary_(std::move(vocabulary)),
        pieces_(std::move(pieces)) {
    for (std::int32_t i = special_tokens; i < size(); ++i) numbers_.emplace(pieces_[i], i);
  }

  std::string decode(const std::vector<std::int32_t>& tokens) const override {
    std::vector<std::string> words;
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      if (tokens[i] < 0 || tokens[i] >= size())
        throw Failure(ExitCode::data,
                      text("token ", i, " is ", tokens[i], ", outside the vocabulary of ", size()));
      if (tokens[i] < unknown) continue;
      const std::string& piece = pieces_[tokens[i]];
      if (piece.starts_with(continuation) && !words.empty())
        words.back() += piece.substr(2);
      else
        words.push_back(piece);
    }
    return join_words(words);
  }

  std::int32_t size() const override { return static_cast<std::int32_t>(pieces_.size()); }
  std::string piece(std::int32_t token) const override {
    return token >= 0 && token < size() ? pieces_[token] : "<?>";
  }
  std::string kind() const override { return std::string(name_of(TokenizerKind::wordpiece)); }
  std::string serialize() const override { return vocabulary_; }

 protected:
  std::vector<std::int32_t> split(std::string_view text) const override {
    std::vector<std::int32_t> tokens;
    for (const std::u32string& word :
         words_of(lowercase_ ? strip_accents(text) : std::string(text)))
      add_pieces(tokens, word);
    return tokens;
  }

 private:
  void add_pieces(std::vector<std::int32_t>& tokens, const std::u32string& word) const {
    const std::size_t before = tokens.size();
    for (std::size_t begin = 0; begin < word.size();) {
      std::size_t end = word.size() > longest_word ? begin : word.size();
      auto found = numbers_.end();
      for (; end > begin && found == numbers_.end(); --end)
        found = numbers_.find((begin > 0 ? continuation : "") +
                              utf8_text(std::u32string_view(word).substr(begin, end - begin)));
      if (found == numbers_.end()) {
        tokens.resize(before);
        tokens.push_back(unknown);
        return;
      }
      tokens.push_back(found->second);
      begin = end + 1;  // the loop went one further
    }
  }

  bool lowercase_;
  std::string vocabulary_;
  std::vector<std::string> pieces_;
  std::unordered_map<std::string, std::int32_t> numbers_;
};

}  // namespace

ImportedTokenizer read_wordpiece(const std::string& vocabulary, bool lowercase) {
  std::vector<std::string> theirs;
  std::unordered_map<std::string, std::int32_t> lines;
  std::istringstream in(vocabulary);
  in.exceptions(std::ios::badbit);
  for (std::string piece; std::getline(in, piece);) {
    if (piece.ends_with('\r')) piece.pop_back();
    if (!lines.emplace(piece, static_cast<std::int32_t>(theirs.size())).second)
      throw Failure(ExitCode::checkpoint, text("line ", theirs.size() + 1, " has the piece \"",
                                               piece, "\" a second time"));
    theirs.push_back(piece);
  }
  std::vector<std::int32_t> order;
  std::vector<bool> is_special(theirs.size());
  const auto take = [&](const char* name) {
    const auto found = lines.find(name);
    if (found == lines.end())
      throw Failure(ExitCode::checkpoint, text("the special token ", name, " is missing"));
    is_special[found->second] = true;
    return found->second;
  };
  for (const char* name : special_names) order.push_back(take(name));
  const std::int32_t mask = take(mask_name);
  for (std::int32_t i = 0; i < std::ssize(theirs); ++i)
    if (!is_special[i]) order.push_back(i);
  std::vector<std::string> pieces;
  for (const std::int32_t number : order) pieces.push_back(theirs[number]);
  order.push_back(mask);
  return {std::make_unique<WordPieceTokenizer>(vocabulary, std::move(pieces), lowercase),
          std::move(order)};
}

}  // namespace lectern
