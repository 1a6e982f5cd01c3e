#include "models/span_reader.h"

#include "autograd/ops/arithmetic.h"
#include "autograd/ops/concatenate.h"
#include "autograd/ops/permute.h"

namespace lectern {

SpanReader::SpanReader(const Options& options, Initializer& init)
    : options_(options),
      encoder_(options.encoder, init),
      marks_(options.marks, options.encoder.layer.d_model, init, options.encoder.embedding),
      output_(options.encoder.layer.d_model, 2, init) {
  check(
      !options.encoder.causal,
      "the question stands in front of the passage, and must see it: a span reader is not causal");
}

Variable SpanReader::operator()(const MarkedTokens& input, const Tensor& hidden,
                                Where where) const {
  check(
      input.tokens.ids.rank() == 2 && input.tokens.ids.dim(1) > options_.room,
      [&] {
        return text("a span reader has room for ", options_.room,
                    " tokens of the question, and then a passage; got ids ",
                    input.tokens.ids.shape());
      },
      where);
  // [batch, length, d_model]
  const Variable states = encoder_(input.tokens, marks_(input.marks, where), where);
  const Variable passage = slice(states, 1, options_.room, states.dim(1));
  return add(permute(output_(passage), {0, 2, 1}), Variable(hidden), where);  // [batch, 2, passage]
}

void SpanReader::visit(Visitor& visitor) {
  visitor("encoder", encoder_);
  visitor("marks", marks_);
  visitor("output", output_);
}

}  // namespace lectern
