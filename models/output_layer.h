#pragma once

#include "models/language_model_head.h"
#include "tensor/ops/matmul.h"

namespace lectern {

/// A score for every word of the vocabulary from one product.
///
/// With a weight of its own, `y = x W + b`, `W [d_model, vocab]`; tied to an embedding
/// `E [vocab, d_model]`, `y = x Eᵀ + b`: words that mean alike are read and written alike.
class OutputLayer : public LanguageModelHead {
 public:
  OutputLayer(std::int64_t d_model, std::int64_t vocab, Initializer& init);
  /// Shares the weight of an embedding.
  OutputLayer(const Variable& embedding, Initializer& init);

  Variable operator()(const Variable& x) const override;
  Variable cross_entropy(const Variable& x, const Tensor& targets,
                         const CrossEntropyOptions& options) const override;
  void visit(Visitor& visitor) override;
  void set_mode(const Mode& mode) override;

 private:
  bool tied_;
  Variable weight_;
  Variable bias_;
  PackedMatrix packed_;  // the weight, while the model is prepared for inference
};

/// One that is tied to an embedding, or has a weight of its own and of the same size.
OutputLayer make_output(bool tied, const Embedding& embedding, Initializer& init);

/// The vectors of the last tokens, which alone say what comes next: `[row, n, d_model]` to `[row,
/// d_model]`.
Variable last_of(const Variable& x);

}  // namespace lectern
