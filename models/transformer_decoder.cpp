#include "models/transformer_decoder.h"

#include <numeric>

#include "tensor/ops/gather.h"

namespace lectern {
namespace {

Tensor integers(const std::vector<std::int32_t>& numbers) {
  return tensor_of<std::int32_t>({static_cast<std::int64_t>(numbers.size())}, numbers);
}

std::vector<std::int32_t> counted(std::int64_t count) {
  std::vector<std::int32_t> numbers(static_cast<std::size_t>(count));
  std::iota(numbers.begin(), numbers.end(), 0);
  return numbers;
}

/// numbers[places[i]]
Tensor pick(const Tensor& numbers, const Tensor& places) {
  return gather_rows(numbers.reshape({-1, 1}), places).reshape({-1});
}

}  // namespace

TransformerDecoder::TransformerDecoder(const Transformer& model, const Tokens& source)
    : model_(model), place_(counted(source.ids.dim(0))) {
  const NoGradient no_gradient;
  state_ = model.start(model.encode(source));
}

Tensor TransformerDecoder::step(const Tensor& tokens, const Tensor& order) {
  const Tensor continued = rows_of_last_step_.defined() ? pick(rows_of_last_step_, order) : order;
  if (sentences() < state_.sources.count()) return step_with_idle_rows(tokens, continued);
  rows_of_last_step_ = {};
  return run(model_.prepare(state_, tokens, continued));
}

Tensor TransformerDecoder::step_with_idle_rows(const Tensor& tokens, const Tensor& order) {
  const std::int64_t group = tokens.dim(0) / sentences();
  std::vector<std::int32_t> own;  // the state's row of each row
  for (const std::int32_t place : place_)
    for (std::int64_t i = 0; i < group; ++i)
      own.push_back(static_cast<std::int32_t>(place * group + i));
  // Which row each of the state's repeats: its own, or where it idles, one of the first sentence.
  std::vector<std::int32_t> repeated;
  for (std::int64_t row = 0; row < state_.sources.count() * group; ++row)
    repeated.push_back(static_cast<std::int32_t>(row % group));
  for (std::size_t row = 0; row < own.size(); ++row)
    repeated[static_cast<std::size_t>(own[row])] = static_cast<std::int32_t>(row);

  rows_of_last_step_ = integers(own);
  const Tensor from = integers(repeated);
  const Tensor logits = run(model_.prepare(state_, pick(tokens, from), pick(order, from)));
  return gather_rows(logits, rows_of_last_step_);
}

Tensor TransformerDecoder::run(const DecoderInputs& inputs) {
  const Device device = inputs.tokens.device();
  if (device == cpu) return model_.step(state_, inputs);
  if (state_.moved) {
    state_.moved = false;
    logits_ = Tensor({inputs.tokens.dim(0), model_.options().target_vocab},
                     state_.layers[0].keys.dtype(), device);
    work_ = std::make_unique<RecordedWork>(device, [this](const RecordedWork::Inputs& in) {
      logits_.copy_from(model_.step(state_, {in[0], in[1], in[2], in[3]}));
    });
  }
  work_->run({inputs.tokens, inputs.order, inputs.numbers, inputs.position});
  return logits_;
}

void TransformerDecoder::select(const Tensor& kept) {
  std::vector<std::int32_t> place;
  for (const std::int32_t sentence : kept.to_vector<std::int32_t>())
    place.push_back(place_.at(static_cast<std::size_t>(sentence)));
  place_ = std::move(place);
  const bool on_gpu = kept.device() != cpu;
  if (on_gpu && 2 * sentences() > state_.sources.count()) return;
  select_sentences(state_, integers(place_));
  place_ = counted(sentences());
}

}  // namespace lectern
