#include "tasks/zoo/patient.h"

#include "autograd/ops/arithmetic.h"
#include "autograd/ops/concatenate.h"

namespace lectern {
namespace {

MultiHeadAttention::Options attention_options(const PatientOptions& options) {
  return {.d_model = options.d_model,
          .heads = options.heads,
          .scale = options.bug == Bug::missing_scale ? 1.0 : 0.0};  // 0: 1/√d_head
}

FeedForward::Options feed_forward_options(const PatientOptions& options) {
  return {.d_model = options.d_model, .d_ff = options.d_ff, .dropout = 0.0};
}

EmbeddingOptions embedding_options(const PatientOptions& options) {
  return {.init = options.bug == Bug::xavier_embeddings ? EmbeddingInit::xavier_uniform
                                                        : EmbeddingInit::normal};
}

}  // namespace

PatientEncoderLayer::PatientEncoderLayer(const PatientOptions& options, Initializer& init)
    : attention(attention_options(options), init),
      feed_forward(feed_forward_options(options), init),
      norm1(options.d_model, init),
      norm2(options.d_model, init),
      dropout(options.dropout) {}

void PatientEncoderLayer::visit(Visitor& visitor) {
  visitor("attention", attention);
  visitor("feed_forward", feed_forward);
  visitor("norm1", norm1);
  visitor("norm2", norm2);
  visitor("dropout", dropout);
}

PatientDecoderLayer::PatientDecoderLayer(const PatientOptions& options, Initializer& init)
    : self_attention(attention_options(options), init),
      cross_attention(attention_options(options), init),
      feed_forward(feed_forward_options(options), init),
      norm1(options.d_model, init),
      norm2(options.d_model, init),
      norm3(options.d_model, init),
      dropout(options.dropout) {}

void PatientDecoderLayer::visit(Visitor& visitor) {
  visitor("self_attention", self_attention);
  visitor("cross_attention", cross_attention);
  visitor("feed_forward", feed_forward);
  visitor("norm1", norm1);
  visitor("norm2", norm2);
  visitor("norm3", norm3);
  visitor("dropout", dropout);
}

Patient::Patient(const PatientOptions& options, Initializer& init)
    : options_(options),
      source_embedding_(options.source_vocab, options.d_model, init, embedding_options(options)),
      target_embedding_(options.target_vocab, options.d_model, init, embedding_options(options)),
      positions_(PositionKind::sinusoidal, options.max_length, options.d_model, init),
      dropout_(options.dropout),
      output_(target_embedding_.weight(), init) {
  for (int i = 0; i < options.layers; ++i) encoder_.emplace_back(options, init);
  for (int i = 0; i < options.layers; ++i) decoder_.emplace_back(options, init);
  if (options.reversible) norm_.emplace(2 * options.d_model, init);
}

void Patient::visit(Visitor& visitor) {
  visitor("source_embedding", source_embedding_);
  visitor("target_embedding", target_embedding_);
  visitor("positions", positions_);
  visitor("dropout", dropout_);
  for (std::size_t i = 0; i < encoder_.size(); ++i) visitor(text("encoder.", i), encoder_[i]);
  for (std::size_t i = 0; i < decoder_.size(); ++i) visitor(text("decoder.", i), decoder_[i]);
  if (norm_) visitor("norm", *norm_);
  visitor("output", output_);
}

Variable Patient::read(const Tensor& ids) const { return positions_(source_embedding_(ids)); }

std::vector<StreamFunction> Patient::streams(const Mask& mask) const {
  // A reversible layer runs each function twice, and must drop the same elements both times.
  const auto dropped = [this](const PatientEncoderLayer& layer, const Variable& x) {
    if (options_.bug != Bug::stale_randomness) return layer.dropout(x);
    return layer.dropout.from(4 * ++runs_)(x);  // another part of the random numbers each time
  };
  std::vector<StreamFunction> functions;
  for (const PatientEncoderLayer& layer : encoder_) {
    functions.push_back([&layer, dropped, mask](const Variable& x, const std::vector<Variable>&) {
      const Variable normed = layer.norm1(x);
      return dropped(layer, layer.attention(normed, normed, mask));
    });
    functions.push_back([&layer, dropped](const Variable& x, const std::vector<Variable>&) {
      return dropped(layer, layer.feed_forward(layer.norm2(x)));
    });
  }
  return functions;
}

Variable Patient::encode(const Tokens& source) const {
  const Mask mask = padding_mask(source.lengths);
  Variable x = dropout_(read(source.ids));  // [batch, source, d_model]
  if (norm_) {
    const Variable both = (*norm_)(reversible_stack(streams(mask), x, x));
    return slice(both, -1, 0, options_.d_model) +  // [batch, source, 2 · d_model]
           slice(both, -1, options_.d_model, 2 * options_.d_model);
  }
  for (const PatientEncoderLayer& layer : encoder_) {
    x = layer.norm1.of_sum(x, layer.dropout, layer.attention(x, x, mask));
    x = layer.norm2.of_sum(x, layer.dropout, layer.feed_forward(x));
  }
  return x;
}

Variable Patient::logits(const Tensor& target, const Variable& memory, const Tokens& source) const {
  const Mask past = options_.bug == Bug::leaky_mask ? no_mask() : causal_mask();
  const Mask words = padding_mask(source.lengths);
  Variable x = dropout_(positions_(target_embedding_(target)));  // [batch, target, d_model]
  for (const PatientDecoderLayer& layer : decoder_) {
    x = layer.norm1.of_sum(x, layer.dropout, layer.self_attention(x, x, past));
    x = layer.norm2.of_sum(x, layer.dropout, layer.cross_attention(x, memory, words));
    x = layer.norm3.of_sum(x, layer.dropout, layer.feed_forward(x));
  }
  return output_(x);
}

}  // namespace lectern
