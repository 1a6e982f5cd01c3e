#pragma once

#include "models/tied_embeddings.h"
#include "nn/embedding.h"

namespace lectern {

// The target side's table of an encoder-decoder, which may be tied to the source's. `Options` has
// source_vocab, target_vocab, d_model, embedding and tie_embeddings.

template <class Options>
Embedding make_target_embedding(const Options& options, const Embedding& source,
                                Initializer& init) {
  if (options.tie_embeddings != TiedEmbeddings::all)
    return Embedding(options.target_vocab, options.d_model, init, options.embedding);
  check(options.source_vocab == options.target_vocab, [&] {
    return text("tied embeddings need one vocabulary; the source has ", options.source_vocab,
                " tokens and the target ", options.target_vocab);
  });
  return source;  // a copy shares the weight
}

}  // namespace lectern
