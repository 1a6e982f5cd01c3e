#include "tasks/text/word_tokenizer.h"

#include <algorithm>
#include <sstream>

#include "tasks/failure.h"
#include "tasks/text/unicode.h"

namespace lectern {
namespace {

bool is_ascii_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_word_character(char c) {
  return static_cast<unsigned char>(c) >= 0x80 || (c >= '0' && c <= '9') ||
         (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool attaches_to_the_left(const std::string& word) {
  return word.size() == 1 && std::string_view(".,;:!?)]}%").find(word[0]) != std::string_view::npos;
}
bool attaches_to_the_right(const std::string& word) {
  return word.size() == 1 && std::string_view("([{").find(word[0]) != std::string_view::npos;
}

/// The words of a line, as its kind of tokenizer splits them.
std::vector<std::string> words_of(TokenizerKind kind, std::string_view line) {
  if (kind == TokenizerKind::word) return split_words(line);
  const std::vector<std::string_view> words = split_at_space(line);
  return {words.begin(), words.end()};
}

class WordTokenizer : public Tokenizer {
 public:
  WordTokenizer(TokenizerKind kind, std::vector<std::string> words, bool lowercase)
      : Tokenizer(lowercase), kind_(kind), words_(std::move(words)) {
    for (std::size_t i = special_tokens; i < words_.size(); ++i)
      numbers_.emplace(words_[i], static_cast<std::int32_t>(i));
  }

  std::string decode(const std::vector<std::int32_t>& tokens) const override {
    std::vector<std::string> words;
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      if (tokens[i] < 0 || tokens[i] >= size())
        throw Failure(ExitCode::data,
                      text("token ", i, " is ", tokens[i], ", outside the vocabulary of ", size()));
      if (tokens[i] >= unknown) words.push_back(words_[tokens[i]]);
    }
    if (kind_ == TokenizerKind::word) return join_words(words);
    std::string line;
    for (const std::string& word : words) line += (line.empty() ? "" : " ") + word;
    return line;
  }

  std::int32_t size() const override { return static_cast<std::int32_t>(words_.size()); }
  std::string piece(std::int32_t token) const override {
    return token >= 0 && token < size() ? words_[token] : "<?>";
  }
  std::string kind() const override { return std::string(name_of(kind_)); }
  std::string serialize() const override {
    std::string bytes;
    for (const std::string& word : words_) bytes += word + "\n";
    return bytes;
  }

 protected:
  std::vector<std::int32_t> split(std::string_view text) const override {
    std::vector<std::int32_t> tokens;
    for (const std::string& word : words_of(kind_, text)) {
      const auto found = numbers_.find(word);
      tokens.push_back(found == numbers_.end() ? unknown : found->second);
    }
    return tokens;
  }

 private:
  TokenizerKind kind_;
  std::vector<std::string> words_;
  std::unordered_map<std::string, std::int32_t> numbers_;
};

const std::vector<std::string> special_words = {"<pad>", "<s>", "</s>", "<unk>"};

}  // namespace

std::vector<std::string> split_words(std::string_view text) {
  std::vector<std::string> words;
  bool open = false;  // the last word may still grow
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (is_ascii_space(c)) {
      open = false;
      continue;
    }
    const bool inside_word = open && i + 1 < text.size() && is_word_character(text[i + 1]);
    if (is_word_character(c) || inside_word) {
      if (!open) words.emplace_back();
      words.back() += c;
      open = true;
    } else {
      words.emplace_back(1, c);
      open = false;
    }
  }
  return words;
}

std::string join_words(const std::vector<std::string>& words) {
  std::string result;
  bool glue = true;  // no space before the first word
  for (const std::string& word : words) {
    if (!glue && !attaches_to_the_left(word)) result += ' ';
    result += word;
    glue = attaches_to_the_right(word);
  }
  return result;
}

void WordCounter::add(std::string_view line) {
  for (std::string& word : words_of(options_.kind, line)) ++counts_[std::move(word)];
}

std::unique_ptr<Tokenizer> WordCounter::tokenizer() const {
  std::vector<std::pair<std::string, std::int64_t>> ranked(counts_.begin(), counts_.end());
  // Corpora whose rare words were replaced spell the unknown token.
  if (options_.kind == TokenizerKind::whitespace)
    std::erase_if(ranked, [](const auto& entry) { return entry.first == special_words[3]; });
  std::sort(ranked.begin(), ranked.end(), [](const auto& a, const auto& b) {
    return a.second != b.second ? a.second > b.second : a.first < b.first;
  });
  std::vector<std::string> words = special_words;
  for (const auto& [word, count] : ranked)
    if (count >= options_.min_frequency &&
        static_cast<std::int32_t>(words.size()) < options_.vocab_size)
      words.push_back(word);
  if (words.size() == special_words.size())
    throw Failure(ExitCode::data,
                  text("no word occurs tokenizer.min_frequency = ", options_.min_frequency,
                       " times, or tokenizer.vocab_size = ", options_.vocab_size,
                       " leaves no room; the text has ", ranked.size(), " different words"));
  return std::make_unique<WordTokenizer>(options_.kind, std::move(words), options_.lowercase);
}

std::unique_ptr<Tokenizer> train_word_tokenizer(const std::vector<std::string>& lines,
                                                const TokenizerOptions& options) {
  WordCounter counter(options);
  for (const std::string& line : lines) counter.add(line);
  return counter.tokenizer();
}

std::unique_ptr<Tokenizer> deserialize_word_tokenizer(TokenizerKind kind, const std::string& bytes,
                                                      bool lowercase) {
  std::vector<std::string> words;
  std::istringstream in(bytes);
  in.exceptions(std::ios::badbit);
  for (std::string word; std::getline(in, word);) words.push_back(word);
  if (words.size() < special_words.size())
    throw Failure(ExitCode::checkpoint, "the word vocabulary is empty");
  return std::make_unique<WordTokenizer>(kind, std::move(words), lowercase);
}

}  // namespace lectern
