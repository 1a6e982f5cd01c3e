#include "models/language_model_head.h"

#include "models/adaptive_softmax.h"
#include "models/output_layer.h"

namespace lectern {

std::unique_ptr<LanguageModelHead> make_head(const HeadOptions& options, const Embedding& embedding,
                                             Initializer& init) {
  if (options.adaptive_softmax_cutoff.empty())
    return std::make_unique<OutputLayer>(make_output(options.tie_embeddings, embedding, init));
  const Variable& table = embedding.weight();  // [vocab, d_model]
  return std::make_unique<AdaptiveSoftmax>(
      AdaptiveSoftmax::Options{.d_model = table.dim(1),
                               .vocab = table.dim(0),
                               .cutoffs = options.adaptive_softmax_cutoff},
      init);
}

}  // namespace lectern
