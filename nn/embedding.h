#pragma once

#include <string_view>

#include "nn/init.h"
#include "nn/module.h"

namespace lectern {

/// How the numbers of an embedding begin: as N(0, 1/d), or as Initializer::xavier_uniform draws any
/// other matrix. The latter is smaller by √((vocab + d) / 2d): 5 times for 6,000 tokens of width 128.
enum class EmbeddingInit { normal, xavier_uniform };

constexpr std::string_view name_of(EmbeddingInit init) {
  switch (init) {
    case EmbeddingInit::normal: return "normal";
    case EmbeddingInit::xavier_uniform: return "xavier_uniform";
  }
  return {};
}

struct EmbeddingOptions {
  EmbeddingInit init = EmbeddingInit::normal;
  bool scale = true;  ///< by √d
};

/// Looks up a learned vector for every token.
///
/// \f[ y_i = \sqrt{d}\; E_{\mathrm{token}_i} \f]
///
/// The table starts as N(0, 1/d): multiplied by √d, a vector has entries of size 1, like the
/// positions that are added to it, while the same table, when it is tied to the output layer, gives
/// logits of size 1. (Vaswani et al. 2017, §3.4.) EmbeddingOptions say otherwise.
/// \param tokens  `[batch, length]` i32, each in `0 … vocab-1`
/// \return        `[batch, length, d_model]`
class Embedding : public Module {
 public:
  Embedding(std::int64_t vocab, std::int64_t d_model, Initializer& init,
            const EmbeddingOptions& options = {});

  Variable operator()(const Tensor& tokens, Where where = Where::current()) const;
  void visit(Visitor& visitor) override { visitor("weight", weight_); }
  const Variable& weight() const { return weight_; }

 private:
  Variable weight_;  // [vocab, d_model]
  bool scale_;
};

}  // namespace lectern
