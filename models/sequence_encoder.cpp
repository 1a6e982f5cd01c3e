#include "models/sequence_encoder.h"

#include "attention/patterns.h"
#include "autograd/ops/arithmetic.h"
#include "models/group.h"

namespace lectern {

void check_token_ids(const Tensor& ids, Where where) {
  check(
      ids.rank() == 2,
      [&] {
        return text("a model reads tokens as [batch, length], got ", ids.shape(),
                    "; a single sequence is a batch of one: ids.reshape({1, -1})");
      },
      where);
}

SequenceEncoder::SequenceEncoder(const SequenceEncoderOptions& options, Initializer& init)
    : SequenceEncoder(options,
                      Tables{{options.vocab, options.layer.d_model, init, options.embedding},
                             {options.positions, options.max_length, options.layer.d_model, init}},
                      init) {}

SequenceEncoder::SequenceEncoder(const SequenceEncoderOptions& options, const Tables& tables,
                                 Initializer& init)
    : options_(options),
      embedding_(tables.embedding),
      positions_(tables.positions),
      dropout_(options.layer.dropout) {
  check(!options.attention.empty(), "a model needs at least one pattern of attention");
  check(!options.reversible || options.layer.norm_first,
        "reversible layers need norm_first: their sums must not be normalised");
  const double epsilon = options.layer.layer_norm_eps;
  if (options.embedding_norm) embedding_norm_.emplace_back(options.layer.d_model, init, epsilon);
  for (int i = 0; i < options.num_layers; ++i) {
    const PatternOptions& pattern = options.attention[i % options.attention.size()];
    const PatternEntry* entry = find_pattern(pattern.name);
    check(!options.causal || !entry || entry->causal, [&] {
      return text("the pattern \"", pattern.name,
                  "\" has no causal form, but this model reads from left to right; take it for an "
                  "encoder or a masked language model");
    });
    layers_.emplace_back(options.layer,
                         make_pattern(pattern, options.layer.d_model, options.layer.nhead, init),
                         init);
  }
  if (options.layer.norm_first) final_norm_.emplace_back(options.layer.d_model, init, epsilon);
}

Variable SequenceEncoder::operator()(const Tokens& tokens, Where where) const {
  check_token_ids(tokens.ids, where);
  return read(embed(tokens.ids, where), tokens);
}

Variable SequenceEncoder::operator()(const Tokens& tokens, const Variable& known,
                                     Where where) const {
  check_token_ids(tokens.ids, where);
  return read(add(embed(tokens.ids, where), known, where), tokens);
}

Variable SequenceEncoder::read(const Variable& embedded, const Tokens& tokens) const {
  const Mask mask{.causal = options_.causal, .key_lengths = tokens.lengths};
  Variable x = enter(embedded);  // [batch, length, d_model]
  if (options_.reversible)
    x = run_reversibly(stream_functions(layers_, mask), x);
  else
    for (const EncoderLayer& layer : layers_) x = layer(x, mask);
  return final_norm_.empty() ? x : final_norm_[0](x);
}

DecoderState SequenceEncoder::start(std::int64_t length) const {
  check(options_.causal, "only a causal model can read on");
  DecoderState state;
  for (const EncoderLayer& layer : layers_) state.layers.push_back({layer.start(length)});
  return state;
}

Variable SequenceEncoder::step(DecoderState& state, const DecoderInputs& inputs) const {
  const NewestTokens newest = state.paths.extend(inputs.call);
  Variable x = enter(positions_.at(embedding_(inputs.tokens), inputs.positions));
  x = run_layers(layers_.size(), options_.reversible, x, [&](std::size_t i, const auto& sums) {
    return layers_[i].step(sums, *state.layers[i].target, newest);
  });
  return final_norm_.empty() ? x : final_norm_[0](x);
}

void SequenceEncoder::visit(Visitor& visitor) {
  visitor("embedding", embedding_);
  visitor("positions", positions_);
  if (!embedding_norm_.empty()) visitor("embedding_norm", embedding_norm_[0]);
  visitor("dropout", dropout_);
  visit_layers(visitor);
}

void SequenceEncoder::visit_layers(Visitor& visitor) {
  Group layers = numbered(layers_);
  visitor("layers", layers);
  if (!final_norm_.empty()) visitor("norm", final_norm_[0]);
}

}  // namespace lectern
