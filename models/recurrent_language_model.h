#pragma once

#include "models/causal_language_model.h"
#include "models/language_model_head.h"
#include "nn/embedding.h"
#include "nn/recurrent.h"

namespace lectern {

/// A recurrent language model: what cells remember of the text so far is all that the next token is
/// foretold from (Mikolov et al. 2010, "Recurrent neural network based language model"; with dropout
/// between layers and none in time, Zaremba, Sutskever and Vinyals 2014, "Recurrent Neural Network
/// Regularization", section 3.2).
///
/// Time grows with the length alone, and what is kept while writing does not grow at all: what a
/// cheaper attention has to be compared with.
class RecurrentLanguageModel : public CausalLanguageModel {
 public:
  struct Options {
    std::int64_t vocab = 0;
    std::int64_t d_model = 512;  ///< of embeddings and states
    int num_layers = 2;
    double dropout = 0.1;  ///< of embeddings, between layers, and of what the output layer reads
    CellKind cell = CellKind::lstm;
    std::int64_t max_length = 512;  ///< longest sequence, in tokens
    EmbeddingOptions embedding = {};
    HeadOptions head = {};
  };
  RecurrentLanguageModel(const Options& options, Initializer& init);

  Variable states(const Tokens& tokens, Where where = Where::current()) const override;
  Variable logits(const Variable& states) const override { return (*output_)(states); }

  DecoderState start(std::int64_t length) const override;
  Tensor step(DecoderState& state, const DecoderInputs& inputs) const override;
  const Positions* positions() const override { return nullptr; }
  std::int64_t max_length() const override { return options_.max_length; }

  void visit(Visitor& visitor) override;
  const Options& options() const { return options_; }

 private:
  Variable cross_entropy(const Variable& states, const Tensor& targets,
                         const CrossEntropyOptions& options) const override {
    return output_->cross_entropy(states, targets, options);
  }
  void check_length(std::int64_t length, Where where) const;

  Options options_;
  Embedding embedding_;
  Dropout dropout_;
  Recurrent recurrent_;
  Dropout output_dropout_;
  std::unique_ptr<LanguageModelHead> output_;
};

}  // namespace lectern
