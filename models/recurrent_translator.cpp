#include "models/recurrent_translator.h"

#include "autograd/ops/concatenate.h"
#include "autograd/ops/permute.h"
#include "autograd/ops/pointwise.h"
#include "models/sequence_encoder.h"
#include "models/target_tables.h"

namespace lectern {
namespace {

void check_options(const RecurrentTranslatorOptions& options) {
  check(options.num_encoder_layers == options.num_decoder_layers, [&] {
    return text("a recurrent decoder of ", options.num_decoder_layers,
                " layers cannot start from an encoder of ", options.num_encoder_layers,
                ": each layer begins with what the encoder's remembers; make them equal");
  });
  check(!options.bidirectional || options.d_model % 2 == 0, [&] {
    return text("a bidirectional encoder gives each direction half of d_model = ", options.d_model,
                "; make it even");
  });
}

std::optional<ScoreAttention> make_attention(const RecurrentTranslatorOptions& options,
                                             Initializer& init) {
  if (options.attention_score == ScoreKind::none) return std::nullopt;
  return ScoreAttention(options.attention_score,
                        {.d_query = options.d_model,
                         .d_key = options.d_model,
                         .d_hidden = options.d_model,
                         .max_length = options.max_length},
                        init);
}

std::optional<Linear> make_combination(const RecurrentTranslatorOptions& options,
                                       Initializer& init) {
  if (options.attention_score == ScoreKind::none) return std::nullopt;
  return Linear(2 * options.d_model, options.d_model, init);
}

}  // namespace

RecurrentOptions RecurrentTranslatorOptions::encoder() const {
  return {.cell = cell,
          .input_size = d_model,
          .hidden_size = bidirectional ? d_model / 2 : d_model,
          .num_layers = num_encoder_layers,
          .dropout = dropout,
          .bidirectional = bidirectional};
}

RecurrentOptions RecurrentTranslatorOptions::decoder() const {
  return {.cell = cell,
          .input_size = d_model,
          .hidden_size = d_model,
          .num_layers = num_decoder_layers,
          .dropout = dropout};
}

RecurrentTranslator::RecurrentTranslator(const RecurrentTranslatorOptions& options,
                                         Initializer& init)
    : options_((check_options(options), options)),
      source_embedding_(options.source_vocab, options.d_model, init, options.embedding),
      target_embedding_(make_target_embedding(options, source_embedding_, init)),
      source_dropout_(options.dropout),
      target_dropout_(options.dropout),
      encoder_(options.encoder(), init),
      decoder_(options.decoder(), init),
      attention_(make_attention(options, init)),
      combine_(make_combination(options, init)),
      output_dropout_(options.dropout),
      output_(
          make_output(options.tie_embeddings != TiedEmbeddings::none, target_embedding_, init)) {}

EncoderOutput RecurrentTranslator::encode(const Tokens& source, Where where) const {
  check_token_ids(source.ids, where);
  const Variable x =
      source_dropout_(source_embedding_(source.ids, where));  // [batch, source, d_model]
  const auto [states, last] = encoder_.read(x, source.lengths);
  return {states, source.lengths, last};
}

Variable RecurrentTranslator::decode_states(const Tensor& target, const EncoderOutput& memory,
                                            Where where) const {
  check_token_ids(target, where);
  const Variable x = target_dropout_(target_embedding_(target, where));  // [batch, target, d_model]
  const Variable states = decoder_.read(x, {}, start_of(memory)).y;
  return output_dropout_(look_back(states, memory.states, memory.lengths));
}

RecurrentState RecurrentTranslator::start_of(const EncoderOutput& memory) const {
  if (!options_.bidirectional) return memory.last;
  RecurrentState start;
  for (std::size_t i = 0; i < memory.last.size(); i += 2) {
    const CellState<Variable>&forward = memory.last[i], &backward = memory.last[i + 1];
    start.push_back({concatenate({forward.h, backward.h}, -1)});  // [batch, d_model]
    if (forward.c.defined()) start.back().c = concatenate({forward.c, backward.c}, -1);
  }
  return start;
}

Variable RecurrentTranslator::look_back(const Variable& states, const Variable& source,
                                        const Tensor& lengths) const {
  if (!attention_) return states;
  const Variable context = (*attention_)(states, source, padding_mask(lengths));
  return tanh((*combine_)(concatenate({context, states}, -1)));
}

DecoderState RecurrentTranslator::start(const EncoderOutput& memory) const {
  DecoderState state;
  state.cells = values_of(start_of(memory));
  if (attention_) state.source = {memory.states.value(), memory.lengths};
  return state;
}

Tensor RecurrentTranslator::step(DecoderState& state, const DecoderInputs& inputs) const {
  const NoGradient no_gradient;
  const Variable x = target_dropout_(target_embedding_(inputs.tokens));  // [row, n, d_model]
  const auto [states, last] = decoder_.read(x, {}, variables_of(state.cells));
  state.cells = values_of(last);
  if (!attention_) return output_(last_of(states)).value();

  // Rows are grouped by sentence, so that those of one look at its source together.
  const std::int64_t sentences = state.source.states.dim(0), rows = states.dim(0);
  const Variable queries = reshape(states, {sentences, -1, options_.d_model});
  const Variable seen = look_back(queries, Variable(state.source.states), state.source.lengths);
  return output_(last_of(reshape(seen, {rows, -1, options_.d_model}))).value();  // [row, vocab]
}

void RecurrentTranslator::visit(Visitor& visitor) {
  visitor("source_embedding", source_embedding_);
  visitor("target_embedding", target_embedding_);
  visitor("source_dropout", source_dropout_);
  visitor("target_dropout", target_dropout_);
  visitor("encoder", encoder_);
  visitor("decoder", decoder_);
  if (attention_) visitor("cross_attention", *attention_);
  if (combine_) visitor("combine", *combine_);
  visitor("output_dropout", output_dropout_);
  visitor("generator", output_);
}

}  // namespace lectern
