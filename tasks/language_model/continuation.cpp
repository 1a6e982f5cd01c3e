#include "tasks/language_model/continuation.h"

#include <algorithm>

#include "models/decoder.h"
#include "tasks/failure.h"
#include "tasks/language_model/data.h"

namespace lectern {
namespace {

/// The tokens of a prompt; the token that ends a line stands between its lines, not behind them.
TokenList tokens_of(const Tokenizer* tokenizer, const std::string& prompt, TextReport& report) {
  TokenList tokens;
  if (!tokenizer) {
    for (const char byte : prompt) tokens.push_back(static_cast<unsigned char>(byte));
    return tokens;
  }
  std::int64_t number = 1;
  for (std::size_t begin = 0; begin <= prompt.size(); ++number) {
    const std::size_t end = std::min(prompt.find('\n', begin), prompt.size());
    const TokenList line = tokenizer->encode(prompt.substr(begin, end - begin), {&report, number});
    if (const auto unknown = std::ranges::count(line, Tokenizer::unknown); unknown > 0)
      report.add(number, unknown_tokens, text(unknown, " of ", line.size()));
    if (number > 1) tokens.push_back(Tokenizer::end);
    tokens.insert(tokens.end(), line.begin(), line.end());
    begin = end + 1;
  }
  return tokens;
}

/// The text that tokens spell.
std::string text_of(const Tokenizer* tokenizer, const TokenList& tokens) {
  std::string written;
  if (!tokenizer) {
    for (const std::int32_t token : tokens) written += static_cast<char>(token);
    return written;
  }
  for (auto begin = tokens.begin();;) {
    const auto end = std::find(begin, tokens.end(), Tokenizer::end);
    written += tokenizer->decode({begin, end});
    if (end == tokens.end()) return written;
    written += '\n';
    begin = end + 1;
  }
}

/// Refuses a model whose attention cannot go on token by token.
void expect_writer(const CausalLanguageModel& model, std::int64_t length) {
  try {
    model.start(length);
  } catch (const ProgramError& error) {
    throw Failure(ExitCode::usage, "this model cannot write: " + error.problem);
  }
}

}  // namespace

Continuation continue_text(const CausalLanguageModel& model, const Tokenizer* tokenizer,
                           const std::string& prompt, const DecodeConfig& options,
                           TextReport& report) {
  TokenList tokens = tokens_of(tokenizer, prompt, report);
  const std::int64_t read = std::ssize(tokens), most = model.max_length();
  if (read == 0)
    throw Failure(ExitCode::usage, "the prompt is empty; give at least one letter to go on from");
  const std::int64_t room = longest_continuation(most, read);
  if (room < 1)
    throw Failure(ExitCode::usage,
                  text("the prompt has ", read, " ", unit_of(tokenizer),
                       ", but the model reads at most ", most, "; try a shorter one"));
  const std::int64_t length = std::min(options.max_length, room);
  expect_writer(model, read + length - 1);
  const bool greedy = options.temperature == 0.0;
  const TokenList written = continue_tokens(model, tokens, length,
                                            {.temperature = greedy ? 1.0 : options.temperature,
                                             .top_k = greedy ? 1 : options.top_k,
                                             .top_p = options.top_p,
                                             .seed = static_cast<std::uint64_t>(options.seed)});
  // What a token spells may depend on those before it: of subwords, whether a space does.
  const std::size_t before = text_of(tokenizer, tokens).size();
  tokens.insert(tokens.end(), written.begin(), written.end());
  return {.text = text_of(tokenizer, tokens).substr(before), .prompt = read, .written = length};
}

}  // namespace lectern
