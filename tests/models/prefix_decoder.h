#pragma once

#include <functional>
#include <utility>
#include <vector>

#include "models/decoding.h"
#include "tensor/random.h"

namespace lectern {

/// A decoder without a network: its logits are a function of the sentence's number and of the
/// tokens so far, so that a test can ask the same function and search by other means.
class PrefixDecoder : public StepDecoder {
 public:
  using Prefix = std::vector<std::int32_t>;  // begins with <s>
  using Rule = std::function<std::vector<float>(std::int64_t sentence, const Prefix& prefix)>;

  PrefixDecoder(std::vector<std::int64_t> sentences, Rule rule)
      : sentences_(std::move(sentences)), rule_(std::move(rule)) {}

  std::int64_t sentences() const override { return static_cast<std::int64_t>(sentences_.size()); }

  Tensor step(const Tensor& tokens, const Tensor& order) override {
    const std::int64_t rows = tokens.dim(0), group = rows / sentences();
    const std::vector<std::int32_t> continued = order.to_vector<std::int32_t>();
    const std::vector<std::int32_t> newest = tokens.to_vector<std::int32_t>();
    std::vector<Prefix> grown;
    std::vector<float> logits;
    for (std::int64_t row = 0; row < rows; ++row) {
      grown.push_back(rows_.empty() ? Prefix{} : rows_.at(continued[row]));
      grown.back().push_back(newest[row]);
      const std::vector<float> of_row = rule_(sentences_[row / group], grown.back());
      logits.insert(logits.end(), of_row.begin(), of_row.end());
    }
    rows_ = std::move(grown);
    return tensor_of<float>({rows, static_cast<std::int64_t>(logits.size()) / rows}, logits);
  }

  void select(const Tensor& kept) override {
    std::vector<std::int64_t> left;
    for (const std::int32_t i : kept.to_vector<std::int32_t>()) left.push_back(sentences_.at(i));
    sentences_ = std::move(left);
  }

 private:
  std::vector<std::int64_t> sentences_;
  Rule rule_;
  std::vector<Prefix> rows_;  // what each row of the step before has read
};

/// Random logits in ±2 that a sentence and a prefix always get again.
inline PrefixDecoder::Rule random_rule(std::int64_t vocab, std::uint64_t seed = 1) {
  return [=](std::int64_t sentence, const PrefixDecoder::Prefix& prefix) {
    std::uint64_t name = seed * 1000 + static_cast<std::uint64_t>(sentence);
    for (const std::int32_t token : prefix) name = name * 31 + static_cast<std::uint64_t>(token);
    return random_uniform({vocab}, -2, 2, {.seed = name}).to_vector<float>();
  };
}

}  // namespace lectern
