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

  Tensor start() override {
    return read(std::vector<Prefix>(sentences_.size(), Prefix{SpecialTokens{}.begin}));
  }

  Tensor step(const TokenList& tokens, const TokenList& order) override {
    std::vector<Prefix> grown;
    for (std::size_t row = 0; row < tokens.size(); ++row) {
      grown.push_back(rows_.at(order[row]));
      grown.back().push_back(tokens[row]);
    }
    return read(std::move(grown));
  }

  void select(const TokenList& kept) override {
    std::vector<std::int64_t> left;
    for (const std::int32_t i : kept) left.push_back(sentences_.at(i));
    sentences_ = std::move(left);
  }

 private:
  Tensor read(std::vector<Prefix> rows) {
    rows_ = std::move(rows);
    const std::size_t group = rows_.size() / sentences_.size();
    std::vector<float> logits;
    for (std::size_t row = 0; row < rows_.size(); ++row) {
      const std::vector<float> of_row = rule_(sentences_[row / group], rows_[row]);
      logits.insert(logits.end(), of_row.begin(), of_row.end());
    }
    const auto count = static_cast<std::int64_t>(rows_.size());
    return tensor_of<float>({count, static_cast<std::int64_t>(logits.size()) / count}, logits);
  }

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
