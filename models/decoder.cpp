#include "models/decoder.h"

#include <algorithm>
#include <numeric>

#include "models/sequence_encoder.h"
#include "tensor/ops/gather.h"

namespace lectern {
namespace {

Tensor as_tensor(const TokenList& numbers) {
  return tensor_of<std::int32_t>({static_cast<std::int64_t>(numbers.size())}, numbers);
}

TokenList counted(std::int64_t count) {
  TokenList numbers(static_cast<std::size_t>(count));
  std::iota(numbers.begin(), numbers.end(), 0);
  return numbers;
}

/// numbers[places[i]]
TokenList pick(const TokenList& numbers, const TokenList& places) {
  TokenList result;
  for (const std::int32_t place : places)
    result.push_back(numbers.at(static_cast<std::size_t>(place)));
  return result;
}

DecoderState read_source(const EncoderDecoder& model, const Tokens& source) {
  const NoGradient no_gradient;
  return model.start(model.encode(source));
}

}  // namespace

Decoder::Decoder(const EncoderDecoder& model, const Tokens& source, std::int32_t begin)
    : Decoder([&model](auto& state, const auto& inputs) { return model.step(state, inputs); },
              model.positions(), read_source(model, source),
              full({source.ids.dim(0), 1}, begin, DType::i32)) {}

Decoder::Decoder(const CausalLanguageModel& model, const Tensor& prompts, std::int64_t longest)
    : Decoder([&model](auto& state, const auto& inputs) { return model.step(state, inputs); },
              model.positions(), model.start(longest), prompts) {}

Decoder::Decoder(Step step, const Positions* positions, DecoderState state, const Tensor& prompts)
    : step_(std::move(step)),
      positions_(positions),
      state_(std::move(state)),
      prompts_(prompts),
      sentences_(prompts.dim(0)),
      place_(counted(prompts.dim(0))) {
  check_token_ids(prompts);
  check(prompts.dim(1) > 0, "an empty prompt; a model needs one token at least to go on from");
}

Tensor Decoder::start() {
  last_rows_ = counted(sentences_);
  return run(prompts_, last_rows_);
}

Tensor Decoder::step(const TokenList& tokens, const TokenList& order) {
  const TokenList continued = pick(last_rows_, order);
  if (sentences() < sentences_) return step_with_idle_rows(tokens, continued);
  last_rows_ = counted(static_cast<std::int64_t>(tokens.size()));
  return run(as_tensor(tokens).reshape({-1, 1}), continued);
}

Tensor Decoder::read(const Tensor& tokens) {
  check_token_ids(tokens);
  check(sentences() == sentences_ && tokens.dim(0) == state_.paths.rows(), [&] {
    return text("tokens to read on ", tokens.shape(), " for ", state_.paths.rows(),
                " rows that have begun; start() first, and read on before sentences are dropped");
  });
  last_rows_ = counted(tokens.dim(0));
  return run(tokens, last_rows_);
}

Tensor Decoder::step_with_idle_rows(const TokenList& tokens, const TokenList& order) {
  const std::int64_t group = static_cast<std::int64_t>(tokens.size()) / sentences();
  TokenList own;  // the state's row of each row
  for (const std::int32_t place : place_)
    for (std::int64_t i = 0; i < group; ++i)
      own.push_back(static_cast<std::int32_t>(place * group + i));
  // Which row each of the state's repeats: its own, or where it idles, one of the first sentence.
  TokenList repeated;
  for (std::int64_t row = 0; row < sentences_ * group; ++row)
    repeated.push_back(static_cast<std::int32_t>(row % group));
  for (std::size_t row = 0; row < own.size(); ++row)
    repeated[static_cast<std::size_t>(own[row])] = static_cast<std::int32_t>(row);

  last_rows_ = own;
  const Tensor logits =
      run(as_tensor(pick(tokens, repeated)).reshape({-1, 1}), pick(order, repeated));
  return gather_rows(logits, as_tensor(own));
}

Tensor Decoder::run(const Tensor& tokens, const TokenList& order) {
  const NoGradient no_gradient;
  const Tensor places = as_tensor(order);
  const std::int64_t rows = state_.paths.rows();
  if (rows > 0 && order != counted(rows)) state_.reorder(places);
  const DecoderInputs inputs = prepare(state_, positions_, tokens, places);
  const bool records = tokens.device() != cpu && tokens.dim(1) == 1 && state_.is_recordable();
  return records ? run_recorded(inputs) : step_(state_, inputs);
}

Tensor Decoder::run_recorded(const DecoderInputs& inputs) {
  if (!work_ || state_.paths.moved()) {
    logits_ = Tensor();
    work_ = std::make_unique<RecordedWork>(
        inputs.tokens.device(), [this](const RecordedWork::Inputs& in) {
          const Tensor logits = step_(state_, {in[0], {in[1], in[2]}, in[3]});
          if (!logits_.defined()) logits_ = empty_like(logits);  // the first time, not recorded
          logits_.copy_from(logits);
        });
  }
  work_->run({inputs.tokens, inputs.call.order, inputs.call.numbers, inputs.positions});
  return logits_;
}

void Decoder::select(const TokenList& kept) {
  place_ = pick(place_, kept);
  const bool on_gpu = prompts_.device() != cpu;
  if (on_gpu && 2 * sentences() > sentences_) return;
  state_.keep(as_tensor(place_));
  sentences_ = sentences();
  place_ = counted(sentences_);
  work_ = nullptr;
}

std::vector<std::int32_t> continue_tokens(const CausalLanguageModel& model,
                                          const std::vector<std::int32_t>& prompt,
                                          std::int64_t count, const SamplingOptions& options) {
  const auto read = static_cast<std::int64_t>(prompt.size());
  const std::int64_t longest = model.max_length();
  const std::int64_t most = std::max<std::int64_t>(longest_continuation(longest, read), 0);
  check(count <= most, [&] {
    return text("a prompt of ", read, " tokens can be continued by ", most, ", not by ", count,
                ": this model reads at most ", longest, " tokens");
  });
  if (count < 1) return {};
  Decoder decoder(model, as_tensor(prompt).reshape({1, -1}), read + count - 1);
  SamplingOptions every_token = options;
  every_token.draws = 1;
  every_token.max_lengths = {count};
  every_token.special = {.pad = -1, .begin = -1, .end = -1};
  return sample(decoder, every_token)[0][0].tokens;
}

}  // namespace lectern
