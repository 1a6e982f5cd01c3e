#include "tasks/language_model/continuation.h"

#include <algorithm>

#include "models/decoding.h"
#include "tasks/failure.h"
#include "tensor/out_of_memory.h"

namespace lectern {
namespace {

/// A language model that has read all of a prompt but its last byte, with which a search begins.
class PromptedModel : public StepDecoder {
 public:
  PromptedModel(const LanguageModel& model, SequenceEncoder::State state, const std::string& prompt)
      : model_(model), state_(std::move(state)), last_byte_(byte(prompt.back())) {
    for (std::size_t i = 0; i + 1 < prompt.size(); ++i) model_.step(state_, one(byte(prompt[i])));
  }

  std::int64_t sentences() const override { return 1; }

  Tensor step(const Tensor& tokens, const Tensor&) override {
    // What a search says first, its sign for "begin", stands for the end of the prompt.
    if (!begun_) {
      begun_ = true;
      return model_.step(state_, one(last_byte_));
    }
    return model_.step(state_, tokens);
  }

  void select(const Tensor&) override {}  // there is one text only

 private:
  static std::int32_t byte(char letter) { return static_cast<unsigned char>(letter); }
  static Tensor one(std::int32_t token) { return tensor_of<std::int32_t>({1}, {token}); }

  const LanguageModel& model_;
  SequenceEncoder::State state_;
  std::int32_t last_byte_;
  bool begun_ = false;
};

SequenceEncoder::State start(const LanguageModel& model, std::int64_t length) {
  try {
    return model.start(1, length);
  } catch (const OutOfMemory&) {
    throw;
  } catch (const Error& error) {
    throw Failure(ExitCode::usage, text("this model cannot write: ", error.what()));
  }
}

}  // namespace

std::string continue_text(const LanguageModel& model, const std::string& prompt,
                          const DecodeConfig& options) {
  const auto read = static_cast<std::int64_t>(prompt.size());
  const std::int64_t most = model.options().max_length;
  if (read == 0)
    throw Failure(ExitCode::usage, "the prompt is empty; give at least one letter to go on from");
  if (read >= most)
    throw Failure(ExitCode::usage,
                  text("the prompt has ", read, " bytes, but the model reads only ", most,
                       " with what it writes; try a shorter one"));
  // The last byte written is never read.
  const std::int64_t length = std::min(options.max_length, most - read + 1);
  PromptedModel decoder(model, start(model, read + length - 1), prompt);
  const bool greedy = options.temperature == 0.0;
  const auto written =
      sample(decoder, {.temperature = greedy ? 1.0 : options.temperature,
                       .top_k = greedy ? 1 : options.top_k,
                       .top_p = options.top_p,
                       .seed = static_cast<std::uint64_t>(options.seed),
                       .max_lengths = {length},
                       .special = {.pad = -1, .begin = -1, .end = -1}});  // every byte is text
  std::string bytes;
  for (const std::int32_t token : written[0][0].tokens) bytes += static_cast<char>(token);
  return bytes;
}

}  // namespace lectern
