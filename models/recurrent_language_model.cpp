#include "models/recurrent_language_model.h"

#include "models/output_layer.h"
#include "models/sequence_encoder.h"

namespace lectern {
RecurrentLanguageModel::RecurrentLanguageModel(const Options& options, Initializer& init)
    : options_(options),
      embedding_(options.vocab, options.d_model, init, options.embedding),
      dropout_(options.dropout),
      recurrent_({.cell = options.cell,
                  .input_size = options.d_model,
                  .hidden_size = options.d_model,
                  .num_layers = options.num_layers,
                  .dropout = options.dropout},
                 init),
      output_dropout_(options.dropout),
      output_(make_head(options.head, embedding_, init)) {}

void RecurrentLanguageModel::check_length(std::int64_t length, Where where) const {
  check(
      length <= options_.max_length,
      [&] {
        return text("a sequence of ", length, " tokens, but this model reads at most ",
                    options_.max_length, "; cut it, or raise max_length");
      },
      where);
}

Variable RecurrentLanguageModel::states(const Tokens& tokens, Where where) const {
  check_token_ids(tokens.ids, where);
  check_length(tokens.ids.dim(1), where);
  const Variable x = dropout_(embedding_(tokens.ids, where));  // [batch, length, d_model]
  return output_dropout_(recurrent_(x, tokens.lengths));
}

DecoderState RecurrentLanguageModel::start(std::int64_t length) const {
  check_length(length, Where::current());
  return {};  // cells that remember nothing
}

Tensor RecurrentLanguageModel::step(DecoderState& state, const DecoderInputs& inputs) const {
  const NoGradient no_gradient;
  const Variable x = dropout_(embedding_(inputs.tokens));  // [row, n, d_model]
  const auto [states, last] = recurrent_.read(x, {}, variables_of(state.cells));
  state.cells = values_of(last);
  return (*output_)(last_of(states)).value();  // [row, vocab]
}

void RecurrentLanguageModel::visit(Visitor& visitor) {
  visitor("embedding", embedding_);
  visitor("dropout", dropout_);
  visitor("recurrent", recurrent_);
  visitor("output_dropout", output_dropout_);
  visitor("generator", *output_);
}

}  // namespace lectern
