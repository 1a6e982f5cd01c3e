#include "tasks/language_model/continuation.h"

#include <algorithm>

#include "models/decoder.h"
#include "tasks/failure.h"

namespace lectern {
namespace {

std::vector<std::int32_t> tokens_of(const std::string& bytes) {
  std::vector<std::int32_t> tokens;
  for (const char byte : bytes) tokens.push_back(static_cast<unsigned char>(byte));
  return tokens;
}

/// Refuses a model whose attention cannot go on token by token.
void expect_writer(const LanguageModel& model, std::int64_t length) {
  try {
    model.start(length);
  } catch (const ProgramError& error) {
    throw Failure(ExitCode::usage, "this model cannot write: " + error.problem);
  }
}

}  // namespace

std::string continue_text(const LanguageModel& model, const std::string& prompt,
                          const DecodeConfig& options) {
  const auto read = static_cast<std::int64_t>(prompt.size());
  const std::int64_t most = model.options().max_length;
  if (read == 0)
    throw Failure(ExitCode::usage, "the prompt is empty; give at least one letter to go on from");
  const std::int64_t room = longest_continuation(most, read);
  if (room < 1)
    throw Failure(ExitCode::usage,
                  text("the prompt has ", read, " bytes, but the model reads at most ", most,
                       "; try a shorter one"));
  const std::int64_t length = std::min(options.max_length, room);
  expect_writer(model, read + length - 1);
  const bool greedy = options.temperature == 0.0;
  const std::vector<std::int32_t> tokens =
      continue_tokens(model, tokens_of(prompt), length,
                      {.temperature = greedy ? 1.0 : options.temperature,
                       .top_k = greedy ? 1 : options.top_k,
                       .top_p = options.top_p,
                       .seed = static_cast<std::uint64_t>(options.seed)});
  std::string bytes;
  for (const std::int32_t token : tokens) bytes += static_cast<char>(token);
  return bytes;
}

}  // namespace lectern
