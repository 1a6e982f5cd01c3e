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

template <class Layer>
Group stack(std::vector<Layer>& layers, LayerNorm* norm) {
  return Group([&layers, norm](Visitor& visitor) {
    Group list = numbered(layers);
    visitor("layers", list);
    if (norm) visitor("norm", *norm);
  });
}

/// The pattern of layer i; none where every pair meets.
std::unique_ptr<AttentionPattern> encoder_pattern(const TransformerOptions& options, int i,
                                                  Initializer& init) {
  check(!options.attention.empty(), "a model needs at least one pattern of attention");
  const PatternOptions& pattern = options.attention[i % options.attention.size()];
  if (pattern.kind == PatternKind::exact) return nullptr;
  return make_pattern(pattern, options.d_model, options.nhead, init);
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

Transformer::Transformer(const TransformerOptions& options, Initializer& init)
    : options_(options),
      source_embedding_(options.source_vocab, options.d_model, init),
      target_embedding_(make_target_embedding(options, source_embedding_, init)),
      positions_(options.positions, options.max_length, options.d_model, init),
      source_dropout_(options.dropout),
      target_dropout_(options.dropout),
      output_(make_output(options, target_embedding_, init)) {
  check(!options.reversible || options.norm_first,
        "reversible layers need norm_first: their sums must not be normalised");
  for (int i = 0; i < options.num_encoder_layers; ++i)
    encoder_layers_.emplace_back(options.layer(), encoder_pattern(options, i, init), init);
  for (int i = 0; i < options.num_decoder_layers; ++i)
    decoder_layers_.emplace_back(options.layer(), init);
  // The sums of a pre-norm stack were never normalised; post-norm layers end with a norm.
  if (options.norm_first)
    for (int i = 0; i < 2; ++i) final_norms_.emplace_back(options.d_model, init);
}

Variable Transformer::operator()(const Tokens& source, const Tensor& target) const {
  return decode(target, encode(source));
}

Variable Transformer::embed(const Embedding& table, const Tensor& tokens) const {
  return positions_(table(tokens));
}

EncoderOutput Transformer::encode(const Tokens& source) const {
  const Mask mask = padding_mask(source.lengths);
  Variable x = source_dropout_(embed(source_embedding_, source.ids));  // [batch, source, d_model]
  if (options_.reversible)
    x = run_reversibly(stream_functions(encoder_layers_, mask), x);
  else
    for (const EncoderLayer& layer : encoder_layers_) x = layer(x, mask);
  if (options_.norm_first) x = final_norms_[0](x);
  return {x, source.lengths};
}

Variable Transformer::decode(const Tensor& target, const EncoderOutput& memory) const {
  return logits(decode_states(target, memory));  // [batch, target, vocab]
}

Variable Transformer::decode_states(const Tensor& target, const EncoderOutput& memory) const {
  const Mask mask = padding_mask(memory.lengths);
  Variable x = target_dropout_(embed(target_embedding_, target));  // [batch, target, d_model]
  if (options_.reversible)
    x = run_reversibly(stream_functions(decoder_layers_, mask), x, {memory.states});
  else
    for (const DecoderLayer& layer : decoder_layers_) x = layer(x, memory.states, mask);
  if (options_.norm_first) x = final_norms_[1](x);
  return x;  // [batch, target, d_model]
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
  const Tensor position = positions_.find(state.steps);  // refuses one too many, before all changes
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
  Variable x = target_dropout_(positions_.at(target_embedding_(inputs.tokens.reshape({rows, 1})),
                                             inputs.position));  // [row, 1, d_model]
  if (options_.reversible) {
    StreamPair streams(x);
    for (std::size_t i = 0; i < decoder_layers_.size(); ++i)
      decoder_layers_[i].step(streams, state.layers[i], newest);
    x = streams.mean();
  } else {
    for (std::size_t i = 0; i < decoder_layers_.size(); ++i)
      x = decoder_layers_[i].step(x, state.layers[i], newest);
  }
  if (options_.norm_first) x = final_norms_[1](x);
  return output_(x).value().reshape({rows, -1});  // [row, vocab]
}

void Transformer::visit(Visitor& visitor) {
  Group encoder = stack(encoder_layers_, options_.norm_first ? &final_norms_[0] : nullptr);
  Group decoder = stack(decoder_layers_, options_.norm_first ? &final_norms_[1] : nullptr);
  visitor("source_embedding", source_embedding_);
  visitor("target_embedding", target_embedding_);
  visitor("positions", positions_);
  visitor("source_dropout", source_dropout_);
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
