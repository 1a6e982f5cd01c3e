#include "models/transformer.h"

#include <algorithm>
#include <numeric>

#include "attention/ops/paths/extend_paths.h"
#include "models/group.h"
#include "tensor/ops/gather.h"

namespace lectern {
namespace {

Embedding make_target_embedding(const TransformerOptions& options, const Embedding& source,
                                Initializer& init) {
  if (options.tie_embeddings != TiedEmbeddings::all)
    return Embedding(options.target_vocab, options.d_model, init);
  check(options.source_vocab == options.target_vocab, [&] {
    return text("tied embeddings need one vocabulary; the source has ", options.source_vocab,
                " tokens and the target ", options.target_vocab);
  });
  return source;  // a copy shares the weight
}

OutputLayer make_output(const TransformerOptions& options, const Embedding& target,
                        Initializer& init) {
  if (options.tie_embeddings == TiedEmbeddings::none)
    return OutputLayer(options.d_model, options.target_vocab, init);
  return OutputLayer(target.weight(), init);
}

/// 0, 1, 2, … in row-major order.
Tensor count_up(const Shape& shape, Device device) {
  Tensor numbers(shape, DType::i32, cpu);
  std::iota(numbers.data<std::int32_t>(), numbers.data<std::int32_t>() + numbers.size(), 0);
  return numbers.to(device);
}

/// A table with more rows, which begins as `table` does.
Tensor longer(const Tensor& table, std::int64_t rows) {
  Tensor result({rows, table.dim(1)}, table.dtype(), table.device());
  result.slice(0, table.dim(0)).copy_from(table);
  return result;
}

/// Lets the next step of `rows` hypotheses find room for `tokens` tokens in all. Twice as much as
/// before, so that this is rare. True when it changed something.
bool make_room(DecoderState& state, std::int64_t tokens, std::int64_t rows) {
  constexpr std::int64_t steps_at_first = 32;
  bool changed = false;
  if (state.steps == state.room) {
    state.room = std::max(steps_at_first, 2 * state.room);
    changed = true;
  }
  for (LayerCache& layer : state.layers)
    for (Tensor* table : {&layer.keys, &layer.values})
      if (table->dim(0) < tokens) {
        *table = longer(*table, std::max(2 * table->dim(0), steps_at_first * rows));
        changed = true;
      }
  return changed;
}

/// Adds the newest tokens to the paths; in place where as many go on.
void extend(Paths& paths, const DecoderInputs& inputs, std::int64_t room) {
  const Paths longer = extend_paths(paths, inputs.order, inputs.numbers, room);
  const bool same = paths.tokens.defined() && paths.tokens.shape() == longer.tokens.shape();
  if (!same) {
    paths = longer;
  } else {
    paths.tokens.copy_from(longer.tokens);
    paths.lengths.copy_from(longer.lengths);
  }
}

}  // namespace

Transformer::Tables Transformer::make_tables(const TransformerOptions& options, Initializer& init) {
  const Embedding source(options.source_vocab, options.d_model, init);
  const Embedding target = make_target_embedding(options, source, init);
  const Positions positions(options.positions, options.max_length, options.d_model, init);
  return {source, target, positions, make_output(options, target, init)};
}

Transformer::Transformer(const TransformerOptions& options, Initializer& init)
    : Transformer(options, make_tables(options, init), init) {}

Transformer::Transformer(const TransformerOptions& options, const Tables& tables, Initializer& init)
    : options_(options),
      encoder_(options.encoder(), {tables.source, tables.positions}, init),
      target_embedding_(tables.target),
      target_dropout_(options.dropout),
      output_(tables.output) {
  for (int i = 0; i < options.num_decoder_layers; ++i)
    decoder_layers_.emplace_back(options.layer(), init);
  // The sums of a pre-norm stack were never normalised; post-norm layers end with a norm.
  if (options.norm_first) final_norm_.emplace_back(options.d_model, init);
}

Variable Transformer::operator()(const Tokens& source, const Tensor& target) const {
  return decode(target, encode(source));
}

EncoderOutput Transformer::encode(const Tokens& source) const {
  return {encoder_(source), source.lengths};
}

Variable Transformer::decode(const Tensor& target, const EncoderOutput& memory) const {
  return logits(decode_states(target, memory));  // [batch, target, vocab]
}

Variable Transformer::decode_states(const Tensor& target, const EncoderOutput& memory) const {
  check_token_ids(target);
  const Mask mask = padding_mask(memory.lengths);
  // [batch, target, d_model]
  Variable x = target_dropout_(encoder_.positions()(target_embedding_(target)));
  if (options_.reversible)
    x = run_reversibly(stream_functions(decoder_layers_, mask), x, {memory.states});
  else
    for (const DecoderLayer& layer : decoder_layers_) x = layer(x, memory.states, mask);
  return final_norm_.empty() ? x : final_norm_[0](x);  // [batch, target, d_model]
}

DecoderState Transformer::start(const EncoderOutput& memory) const {
  const std::int64_t batch = memory.states.dim(0), source = memory.states.dim(1);
  DecoderState state;
  state.sources = {count_up({batch, source}, memory.states.value().device()), memory.lengths};
  for (const DecoderLayer& layer : decoder_layers_)
    state.layers.push_back(layer.start(memory.states));
  return state;
}

DecoderInputs Transformer::prepare(DecoderState& state, const Tensor& tokens,
                                   const Tensor& order) const {
  const std::int64_t rows = tokens.dim(0), first = state.tokens_read;
  const Tensor position =
      encoder_.positions().find(state.steps);  // refuses one too many, before all changes
  const bool other_rows = !state.targets.tokens.defined() || state.targets.count() != rows;
  state.moved = make_room(state, first + rows, rows) || other_rows || state.moved;
  state.tokens_read += rows;
  state.steps += 1;
  std::vector<std::int32_t> numbers(static_cast<std::size_t>(rows));
  std::iota(numbers.begin(), numbers.end(), static_cast<std::int32_t>(first));
  return {tokens, order, tensor_of<std::int32_t>({rows}, numbers), position};
}

Tensor Transformer::step(DecoderState& state, const DecoderInputs& inputs) const {
  const NoGradient no_gradient;
  const std::int64_t rows = inputs.tokens.dim(0);
  extend(state.targets, inputs, state.room);
  const NewestTokens newest{inputs.numbers, state.targets, state.sources};
  const Variable embedded = target_embedding_(inputs.tokens.reshape({rows, 1}));
  Variable x = target_dropout_(encoder_.positions().at(embedded, inputs.position));
  EXPECT_SHAPE(x, rows, 1, options_.d_model);
  x = run_layers(decoder_layers_.size(), options_.reversible, x,
                 [&](std::size_t i, const auto& sums) {
                   return decoder_layers_[i].step(sums, state.layers[i], newest);
                 });
  if (!final_norm_.empty()) x = final_norm_[0](x);
  return output_(x).value().reshape({rows, -1});  // [row, vocab]
}

void Transformer::visit(Visitor& visitor) {
  Group encoder([this](Visitor& inside) { encoder_.visit_layers(inside); });
  Group decoder([this](Visitor& inside) {
    Group layers = numbered(decoder_layers_);
    inside("layers", layers);
    if (!final_norm_.empty()) inside("norm", final_norm_[0]);
  });
  visitor("source_embedding", encoder_.embedding());
  visitor("target_embedding", target_embedding_);
  visitor("positions", encoder_.positions());
  visitor("source_dropout", encoder_.dropout());
  visitor("target_dropout", target_dropout_);
  visitor("encoder", encoder);
  visitor("decoder", decoder);
  visitor("generator", output_);
}

void select_sentences(DecoderState& state, const Tensor& kept) {
  state.sources = {gather_rows(state.sources.tokens, kept),
                   gather_rows(state.sources.lengths.reshape({-1, 1}), kept).reshape({-1})};
  state.moved = true;
}

}  // namespace lectern
