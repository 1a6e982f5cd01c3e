#include "tasks/language_model/data.h"

#include "tasks/failure.h"
#include "tasks/task/stored_tokenizer.h"
#include "tasks/text/lines.h"
#include "tasks/text/word_tokenizer.h"

namespace lectern {
namespace {

constexpr const char* vocabulary_entry = "tokenizer";

const std::string& path_of(const DataConfig& data, Split split) {
  switch (split) {
    case Split::train: return data.train;
    case Split::valid: return data.valid;
    case Split::test: break;
  }
  return data.test;
}

/// Calls `use` for every line of the part until it says that it has enough.
template <class Use>
void for_each_line(const TextPart& part, bool strict, Use use) {
  LineReader reader(part.path, {.strict = strict});
  for (std::string line; reader.lines() < part.end && reader.next(line);)
    if (reader.lines() > part.first && !use(line)) return;
}

std::unique_ptr<Tokenizer> learn_words(const TokenizerOptions& options, const TextPart& part,
                                       bool strict) {
  WordCounter counter(options);
  for_each_line(part, strict, [&](std::string& line) {
    prepare_for_tokenizer(line, options.lowercase);
    counter.add(line);
    return true;
  });
  return counter.tokenizer();
}

std::unique_ptr<Tokenizer> learn_subwords(const TokenizerOptions& options, const TextPart& part,
                                          bool strict, Journal& journal) {
  constexpr std::size_t most = std::size_t{64} << 20;
  std::vector<std::string> lines;
  std::size_t bytes = 0;
  for_each_line(part, strict, [&](std::string& line) {
    bytes += line.size() + 1;
    if (bytes <= most) lines.push_back(std::move(line));
    return bytes <= most;
  });
  if (bytes > most)
    journal.note(text("the vocabulary is learned from the first ", lines.size(),
                      " lines of data.train, which are 64 MiB"));
  return train_tokenizer(std::move(lines), options);
}

/// `2088628 tokens (0 unknown)`, or `1115394 bytes`.
std::string described(const TokenText& opened, const Tokenizer* tokenizer) {
  std::string words = text(opened.size(), " ", unit_of(tokenizer));
  if (tokenizer) words += text(" (", opened.counts().unknown, " unknown)");
  return words;
}

std::string name_of_byte(std::int32_t byte) {
  if (byte == ' ') return "␣";
  return byte > ' ' && byte < 0x7f ? std::string(1, static_cast<char>(byte)) : text("byte ", byte);
}

}  // namespace

TextPart part_of(const Config& config, Split split, double valid_share) {
  const bool held_out = config.data.valid.empty() && valid_share > 0.0;
  const bool part_of_train = held_out && split == Split::valid;
  const Split file = part_of_train ? Split::train : split;
  const std::string& path = path_of(config.data, file);
  if (path.empty())
    throw Failure(ExitCode::usage, text("data.", name_of(file),
                                        " is not set; name a text file, plain or .gz, for "
                                        "example --set data.",
                                        name_of(file), "=book.txt",
                                        split == Split::test ? ", or choose --split valid" : ""));
  TextPart part{.path = path};
  if (!held_out || split == Split::test) return part;
  const std::int64_t length = text_length(path, config.tokenizer.kind == TokenizerKind::byte);
  const auto learned = static_cast<std::int64_t>(static_cast<double>(length) * (1.0 - valid_share));
  (part_of_train ? part.first : part.end) = learned;
  return part;
}

std::shared_ptr<const Tokenizer> learn_vocabulary(const Config& config, const TextPart& part,
                                                  bool strict, Journal& journal) {
  const TokenizerOptions options = tokenizer_options(config);
  if (options.kind == TokenizerKind::byte) return nullptr;
  try {
    if (is_of_words(options.kind)) return learn_words(options, part, strict);
    return learn_subwords(options, part, strict, journal);
  } catch (const Failure& failure) {
    if (std::string(failure.what()).starts_with(part.path)) throw;
    throw Failure(failure.code, text(part.path, ": ", failure.what()));
  }
}

void store_vocabulary(const Tokenizer* tokenizer, Checkpoint& checkpoint) {
  if (tokenizer)
    store_tokenizer(*tokenizer, vocabulary_entry, checkpoint);
  else
    checkpoint.metadata["tokenizer.kind"] = name_of(TokenizerKind::byte);
}

std::shared_ptr<const Tokenizer> stored_vocabulary(const Checkpoint& checkpoint,
                                                   const Config& config) {
  if (config.tokenizer.kind == TokenizerKind::byte) return nullptr;
  if (checkpoint.metadata.contains("imported") && !has_tokenizer(checkpoint, vocabulary_entry))
    throw Failure(ExitCode::checkpoint,
                  checkpoint.path +
                      ": was imported without a vocabulary, so that no text can be read with it; "
                      "`lectern export` gives it back to its own library");
  return stored_tokenizer(checkpoint, vocabulary_entry, config.data.lowercase);
}

TokenText open_text(const Config& config, Split split, double valid_share,
                    std::shared_ptr<const Tokenizer> tokenizer, const TokenText::Options& options) {
  const char* unit = unit_of(tokenizer.get());
  TokenText opened(part_of(config, split, valid_share), std::move(tokenizer), options);
  if (opened.size() < 2)
    throw Failure(ExitCode::data,
                  text(opened.path(), ": ", opened.size(), " ", unit, " for the part \"",
                       name_of(split), "\" are too few; try a longer text"));
  return opened;
}

OpenedTexts open_texts(const TaskContext& context, const WindowedText& options) {
  const Config& config = context.config;
  std::shared_ptr<const Tokenizer> tokenizer =
      context.resumed ? stored_vocabulary(*context.resumed, config)
                      : learn_vocabulary(config, part_of(config, Split::train, options.valid_share),
                                         context.strict, context.journal);
  const auto open = [&](Split split) {
    TokenText opened = open_text(config, split, options.valid_share, tokenizer,
                                 {.piece = options.piece, .strict = context.strict});
    if (const std::string summary = opened.report().summary(); !summary.empty())
      context.journal.note("warning: " + summary);
    return opened;
  };
  TrainingTexts texts{.train = open(Split::train)};
  if (!config.data.valid.empty() || options.valid_share > 0.0) texts.valid = open(Split::valid);
  context.journal.note(text("data: ", described(texts.train, tokenizer.get()), " to learn from, ",
                            described(texts.valid, tokenizer.get()),
                            " to validate on, in windows of ", options.length,
                            tokenizer ? text(", vocabulary ", tokenizer->size()) : ""));
  if (texts.train.pieces() > 1)
    context.journal.note(text("data.train is read in ", texts.train.pieces(),
                              " pieces, each of which is shuffled by itself: see task.piece"));
  return {std::move(tokenizer), std::move(texts)};
}

ExampleTokens example_tokens(const ExampleRequest& request,
                             const std::shared_ptr<const Tokenizer>& tokenizer,
                             const WindowedText& options) {
  const Config& config = request.config;
  ExampleTokens example;
  const char* unit = unit_of(tokenizer.get());
  if (request.text.empty()) {
    const Split split = config.data.test.empty() ? Split::valid : Split::test;
    TokenText opened = open_text(config, split, options.valid_share, tokenizer,
                                 {.piece = options.piece, .strict = request.strict});
    example.ids = opened.read(0, options.length);
    example.source =
        text("the first ", example.ids.size(), " ", unit, " of the ", name_of(split), " text");
  } else {
    example.source = "the text given";
    if (tokenizer)
      example.ids = tokenizer->encode(request.text);
    else
      for (const char byte : request.text) example.ids.push_back(static_cast<unsigned char>(byte));
  }
  if (example.ids.empty()) refuse_text_without_words();
  if (std::ssize(example.ids) > config.model.max_length)
    throw Failure(ExitCode::usage,
                  text("the text has ", example.ids.size(), " ", unit, ", but the model reads ",
                       config.model.max_length, "; try a shorter one"));
  for (const std::int32_t id : example.ids)
    example.names.push_back(tokenizer ? tokenizer->piece(id) : name_of_byte(id));
  return example;
}

}  // namespace lectern
