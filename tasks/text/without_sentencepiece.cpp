#include "tasks/failure.h"
#include "tasks/text/sentencepiece_tokenizer.h"

// Takes the place of sentencepiece_tokenizer.cpp in a build for browsers.

namespace lectern {
namespace {

[[noreturn]] void refuse(std::string_view kind) {
  throw Failure(ExitCode::usage, text("tokenizer.kind = \"", kind,
                                      "\" needs SentencePiece, which this build is without; try "
                                      "tokenizer.kind=word"));
}

}  // namespace

std::unique_ptr<Tokenizer> train_sentencepiece(const std::vector<std::string>&,
                                               const TokenizerOptions& options) {
  refuse(name_of(options.kind));
}

std::unique_ptr<Tokenizer> deserialize_sentencepiece(const std::string& kind, const std::string&,
                                                     bool) {
  refuse(kind);
}

}  // namespace lectern
