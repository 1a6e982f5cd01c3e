#include "models/transformer.h"

#include "models/group.h"
#include "models/target_tables.h"

namespace lectern {

Transformer::Tables Transformer::make_tables(const TransformerOptions& options, Initializer& init) {
  const Embedding source(options.source_vocab, options.d_model, init, options.embedding);
  const Embedding target = make_target_embedding(options, source, init);
  const Positions positions(options.positions, options.max_length, options.d_model, init);
  return {source, target, positions,
          make_output(options.tie_embeddings != TiedEmbeddings::none, target, init)};
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
  if (options.norm_first) final_norm_.emplace_back(options.d_model, init, options.layer_norm_eps);
}

EncoderOutput Transformer::encode(const Tokens& source, Where where) const {
  return {encoder_(source, where), source.lengths};
}

Variable Transformer::decode_states(const Tensor& target, const EncoderOutput& memory,
                                    Where where) const {
  check_token_ids(target, where);
  const Mask mask = padding_mask(memory.lengths);
  // [batch, target, d_model]
  const Variable embedded = target_embedding_(target, where);
  Variable x = target_dropout_(encoder_.positions()(embedded, 0, where));
  if (options_.reversible)
    x = run_reversibly(stream_functions(decoder_layers_, mask), x, {memory.states});
  else
    for (const DecoderLayer& layer : decoder_layers_) x = layer(x, memory.states, mask);
  return final_norm_.empty() ? x : final_norm_[0](x);  // [batch, target, d_model]
}

DecoderState Transformer::start(const EncoderOutput& memory) const {
  DecoderState state;
  for (const DecoderLayer& layer : decoder_layers_)
    state.layers.push_back(layer.start(memory.states, memory.lengths, options_.max_length));
  return state;
}

Tensor Transformer::step(DecoderState& state, const DecoderInputs& inputs) const {
  const NoGradient no_gradient;
  const NewestTokens newest = state.paths.extend(inputs.call);
  const Variable embedded = target_embedding_(inputs.tokens);  // [row, n, d_model]
  Variable x = target_dropout_(encoder_.positions().at(embedded, inputs.positions));
  x = run_layers(decoder_layers_.size(), options_.reversible, x,
                 [&](std::size_t i, const auto& sums) {
                   return decoder_layers_[i].step(sums, state.layers[i], newest);
                 });
  if (!final_norm_.empty()) x = final_norm_[0](x);
  return output_(last_of(x)).value();  // [row, vocab]
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

}  // namespace lectern
