#pragma once

#include <memory>

#include "tasks/config/config.h"
#include "tasks/language_model/token_text.h"
#include "tasks/task/task_kind.h"

namespace lectern {

/// The part of the files that a split is. data.train names one file, plain or .gz; without data.valid,
/// the last `valid_share` of its bytes, or of its lines where a tokenizer reads it, is held out and
/// belongs to no other split.
/// \throws Failure (usage) where the key of the file is not set, (data) where it cannot be read
TextPart part_of(const Config& config, Split split, double valid_share);

/// Learns the vocabulary from the text that is learned from, as [tokenizer] says; null for bytes.
/// Whole words are counted while the text is read. Subwords are learned from its first 64 MiB, which
/// the journal is told where there are more.
std::shared_ptr<const Tokenizer> learn_vocabulary(const Config& config, const TextPart& part,
                                                  bool strict, Journal& journal);

/// The vocabulary's place in a checkpoint. Null: bytes.
void store_vocabulary(const Tokenizer* tokenizer, Checkpoint& checkpoint);
std::shared_ptr<const Tokenizer> stored_vocabulary(const Checkpoint& checkpoint,
                                                   const Config& config);

/// Reads a split, and counts it.
/// \throws Failure (data) where it has fewer than two tokens: there is nothing to predict
TokenText open_text(const Config& config, Split split, double valid_share,
                    std::shared_ptr<const Tokenizer> tokenizer, const TokenText::Options& options);

/// What a task whose data are texts says of how they are read.
struct WindowedText {
  std::int64_t length = 128;  ///< of a window [tokens]
  double valid_share = 0.1;
  std::int64_t piece = std::int64_t{1} << 25;
};

/// Learns the vocabulary, or takes it from the checkpoint that the run goes on from, and opens the
/// texts of the training; the journal is told what they are.
struct OpenedTexts {
  std::shared_ptr<const Tokenizer> tokenizer;  ///< null: bytes
  TrainingTexts texts;
};
OpenedTexts open_texts(const TaskContext& context, const WindowedText& options);

/// The tokens that a picture of attention shows: of the text given, or of the first window of the test
/// text.
/// \throws Failure (usage) for a text without a token, or one that the model cannot read whole
struct ExampleTokens {
  std::vector<std::int32_t> ids;
  std::vector<std::string> names;
  std::string source;  ///< which example, in a few words
};
ExampleTokens example_tokens(const ExampleRequest& request,
                             const std::shared_ptr<const Tokenizer>& tokenizer,
                             const WindowedText& options);

/// "bytes" or "tokens": what a text is counted in.
constexpr const char* unit_of(const Tokenizer* tokenizer) { return tokenizer ? "tokens" : "bytes"; }

}  // namespace lectern
