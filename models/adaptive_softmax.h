#pragma once

#include <cstdint>
#include <vector>

#include "models/language_model_head.h"
#include "models/output_layer.h"
#include "nn/linear.h"

namespace lectern {

/// A softmax over a large vocabulary in two steps: first among the frequent words and one entry for each
/// cluster of rarer ones, then, where it is a cluster, among its words (Grave, Joulin, Cissé, Grangier
/// and Jégou 2017, "Efficient softmax approximation for GPUs"; PyTorch's AdaptiveLogSoftmaxWithLoss).
///
/// \f[ \log p(w) = \log p_{\mathrm{head}}(w) \quad\text{or}\quad
///     \log p(w) = \log p_{\mathrm{head}}(c) + \log p_c(w), \qquad w \in c \f]
///
/// Words are numbered from the most frequent on. Few targets are rare, so that a training step looks at
/// a cluster for few rows, and through a narrower vector: that of cluster i, counted from 0, has
/// \f$ d_{\mathrm{model}} / 4^{i+1} \f$ numbers, for there is less to learn about a word that comes
/// seldom. The probabilities are exact, and sum to one.
///
/// Cost of a training step: 6 · rows · d_model · (cutoff + clusters) operations, and of each cluster
/// 6 · its rows · width · (d_model + its words), instead of 6 · rows · d_model · vocab.
class AdaptiveSoftmax : public LanguageModelHead {
 public:
  struct Options {
    std::int64_t d_model = 0;
    std::int64_t vocab = 0;
    /// Where the clusters begin, ascending, each between 0 and vocab. (PyTorch's cutoffs.)
    std::vector<std::int64_t> cutoffs;
  };
  AdaptiveSoftmax(const Options& options, Initializer& init);

  /// \return  logarithms of probabilities, `[..., vocab]`: every cluster is calculated
  Variable operator()(const Variable& x) const override;
  /// Waits for targets that lie on a GPU, since the host picks each cluster's rows. Label smoothing,
  /// which asks for the probability of every word, throws.
  Variable cross_entropy(const Variable& x, const Tensor& targets,
                         const CrossEntropyOptions& options) const override;
  void visit(Visitor& visitor) override;

 private:
  /// Rarer words, begin … begin + size − 1.
  struct Cluster : Module {
    Cluster(std::int64_t d_model, std::int64_t width, std::int64_t first, std::int64_t words,
            Initializer& init)
        : begin(first), size(words), projection(d_model, width, init), output(width, words, init) {}
    void visit(Visitor& visitor) override {
      visitor("projection", projection);
      visitor("output", output);
    }

    std::int64_t begin, size;
    Linear projection;
    OutputLayer output;
  };

  std::int64_t vocab_;
  std::int64_t frequent_;  // words that the head tells by themselves
  OutputLayer head_;       // [d_model, frequent + clusters]
  std::vector<Cluster> clusters_;
};

}  // namespace lectern
