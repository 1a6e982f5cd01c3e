#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "nn/embedding.h"
#include "nn/init.h"
#include "nn/module.h"
#include "tensor/ops/cross_entropy.h"

namespace lectern {

/// The last layer of a model of texts: turns vectors into a score for every word of the vocabulary, of
/// which a softmax makes probabilities. (Hugging Face's LM head; the paper's "generator".)
class LanguageModelHead : public Module {
 public:
  /// \param x  `[..., d_model]`
  /// \return   logits `[..., vocab]`
  virtual Variable operator()(const Variable& x) const = 0;
  /// The mean cross entropy of what `(*this)(x)` would give, without storing it.
  /// \param x        `[row, d_model]`
  /// \param targets  i32 `[row]`
  virtual Variable cross_entropy(const Variable& x, const Tensor& targets,
                                 const CrossEntropyOptions& options) const = 0;
};

struct HeadOptions {
  bool tie_embeddings = true;  ///< one table of token vectors, for reading and writing
  /// AdaptiveSoftmax::Options::cutoffs; none: an OutputLayer. With them nothing is tied.
  std::vector<std::int64_t> adaptive_softmax_cutoff = {};
};

/// The head for a model whose words are read by way of `embedding`, of that size and width.
std::unique_ptr<LanguageModelHead> make_head(const HeadOptions& options, const Embedding& embedding,
                                             Initializer& init);

}  // namespace lectern
