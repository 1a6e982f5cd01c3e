#include "tasks/text/sentencepiece_tokenizer.h"

#include <sentencepiece_processor.h>
#include <sentencepiece_trainer.h>

#include <unordered_map>

#include "tasks/failure.h"

namespace lectern {
namespace {

class SentencePieceTokenizer : public Tokenizer {
 public:
  SentencePieceTokenizer(std::string kind, std::string bytes, bool lowercase)
      : Tokenizer(lowercase), kind_(std::move(kind)), bytes_(std::move(bytes)) {
    const auto status = processor_.LoadFromSerializedProto(bytes_);
    if (!status.ok())
      throw Failure(ExitCode::checkpoint,
                    text("the tokenizer cannot be loaded: ", status.ToString()));
  }

  std::string decode(const std::vector<std::int32_t>& tokens) const override {
    std::vector<int> ids;
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      // The library aborts the process on a number outside its vocabulary.
      if (tokens[i] < 0 || tokens[i] >= size())
        throw Failure(ExitCode::data,
                      text("token ", i, " is ", tokens[i], ", outside the vocabulary of ", size()));
      if (tokens[i] != pad && tokens[i] != begin && tokens[i] != end) ids.push_back(tokens[i]);
    }
    std::string result;
    processor_.Decode(ids, &result);
    return result;
  }

  std::int32_t size() const override { return processor_.GetPieceSize(); }
  std::string piece(std::int32_t token) const override {
    return token >= 0 && token < size() ? processor_.IdToPiece(token) : "<?>";
  }
  std::string kind() const override { return kind_; }
  std::string serialize() const override { return bytes_; }

 protected:
  std::vector<std::int32_t> split(std::string_view text) const override {
    std::vector<int> ids;
    processor_.Encode({text.data(), text.size()}, &ids);
    return {ids.begin(), ids.end()};
  }

 private:
  std::string kind_;
  std::string bytes_;
  sentencepiece::SentencePieceProcessor processor_;
};

/// Hands the training lines over one by one.
class Lines : public sentencepiece::SentenceIterator {
 public:
  explicit Lines(const std::vector<std::string>& lines) : lines_(lines) { skip_empty(); }
  bool done() const override { return at_ >= lines_.size(); }
  void Next() override {
    ++at_;
    skip_empty();
  }
  const std::string& value() const override { return current_; }
  sentencepiece::util::Status status() const override { return {}; }

 private:
  void skip_empty() {
    while (at_ < lines_.size() && lines_[at_].empty()) ++at_;
    if (at_ < lines_.size()) current_ = lines_[at_];
  }
  const std::vector<std::string>& lines_;
  std::string current_;
  std::size_t at_ = 0;
};

using Arguments = std::unordered_map<std::string, std::string>;

/// What the library made of a text, or why it could not.
struct Learned {
  std::string bytes;
  std::string problem;
};

/// \param changes  arguments that take the place of what the options say
Learned learn(const std::vector<std::string>& lines, const TokenizerOptions& options,
              const Arguments& changes = {}) {
  Arguments arguments = changes;
  arguments.insert({
      {"model_type", std::string(name_of(options.kind))},
      {"vocab_size", std::to_string(options.vocab_size)},
      {"character_coverage", text(options.character_coverage)},
      {"pad_id", std::to_string(Tokenizer::pad)},
      {"bos_id", std::to_string(Tokenizer::begin)},
      {"eos_id", std::to_string(Tokenizer::end)},
      {"unk_id", std::to_string(Tokenizer::unknown)},
      {"num_threads", "1"},                   // the vocabulary must not depend on the machine
      {"max_sentence_length", "1073741824"},  // a longer line would be left out without a word
      {"minloglevel", "3"},
  });
  Lines iterator(lines);
  Learned learned;
  const auto status =
      sentencepiece::SentencePieceTrainer::Train(arguments, &iterator, &learned.bytes);
  if (!status.ok()) learned.problem = status.ToString();
  return learned;
}

/// How large a vocabulary becomes that need not have the wished size; 0 if there is none at all.
std::int32_t size_without_limit(const std::vector<std::string>& lines,
                                const TokenizerOptions& options, Arguments changes) {
  changes["hard_vocab_limit"] = "false";
  const Learned learned = learn(lines, options, changes);
  if (!learned.problem.empty()) return 0;
  const std::string kind(name_of(options.kind));
  return SentencePieceTokenizer(kind, learned.bytes, options.lowercase).size();
}

/// The smallest vocabulary: every character is a token.
std::int32_t least_size(const std::vector<std::string>& lines, const TokenizerOptions& options) {
  return size_without_limit(lines, options, {{"model_type", "char"}, {"vocab_size", "2000000"}});
}

[[noreturn]] void explain_failure(const std::vector<std::string>& lines,
                                  const TokenizerOptions& options, const std::string& problem) {
  const std::int32_t least = least_size(lines, options);
  const std::string wish = text("tokenizer.vocab_size = ", options.vocab_size);
  if (options.vocab_size < least)
    throw Failure(ExitCode::data, text(wish, " is too small for the training text; try at least ",
                                       least, ", or a smaller tokenizer.character_coverage"));
  const std::int32_t most = size_without_limit(lines, options, {});
  if (most > 0 && options.vocab_size > most)
    throw Failure(ExitCode::data, text(wish, " is too large for the training text; try at most ",
                                       most, " and at least ", least));
  throw Failure(ExitCode::data, text("no tokenizer can be learnt from the training text with ",
                                     wish, ": ", problem, "; check data.train"));
}

}  // namespace

std::unique_ptr<Tokenizer> train_sentencepiece(const std::vector<std::string>& lines,
                                               const TokenizerOptions& options) {
  // On a text of nothing but spaces the library's unigram trainer ends the process.
  if (options.kind == TokenizerKind::unigram &&
      least_size(lines, options) <= Tokenizer::special_tokens)
    throw Failure(ExitCode::data, "the training text has no letters; check data.train");
  const Learned learned = learn(lines, options);
  if (!learned.problem.empty()) explain_failure(lines, options, learned.problem);
  return deserialize_sentencepiece(std::string(name_of(options.kind)), learned.bytes,
                                   options.lowercase);
}

std::unique_ptr<Tokenizer> deserialize_sentencepiece(const std::string& kind,
                                                     const std::string& bytes, bool lowercase) {
  return std::make_unique<SentencePieceTokenizer>(kind, bytes, lowercase);
}

}  // namespace lectern
