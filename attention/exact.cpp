#include "attention/exact.h"

#include "attention/growing_rows.h"
#include "attention/ops/paths/attend_paths.h"
#include "attention/scaled_dot_product.h"

namespace lectern {
namespace {

class KeysAndValuesSoFar : public AttentionPattern::Memory {
 public:
  explicit KeysAndValuesSoFar(int heads) : heads_(heads) {}

  Tensor read(const Tensor& queries, const Tensor& keys, const Tensor& values) override {
    keys_.append(keys);
    values_.append(values);
    ++length_;
    const Paths paths{tokens_of_each(queries.dim(0)).to(queries.device()), {}};
    return attend_paths(queries, keys_.all(), values_.all(), paths, heads_);
  }

 private:
  /// The tokens of all sequences lie in the order in which they were read: i32 `[batch, length]`.
  Tensor tokens_of_each(std::int64_t batch) const {
    std::vector<std::int32_t> tokens;
    for (std::int64_t sequence = 0; sequence < batch; ++sequence)
      for (std::int64_t t = 0; t < length_; ++t)
        tokens.push_back(static_cast<std::int32_t>(t * batch + sequence));
    return tensor_of<std::int32_t>({batch, length_}, tokens);
  }

  int heads_;
  std::int64_t length_ = 0;
  GrowingRows keys_, values_;  // [token, d_model]
};

}  // namespace

Variable ExactAttention::operator()(const ProjectedTokens& tokens,
                                    const AttentionOptions& options) const {
  return attend(tokens.queries, tokens.keys, tokens.values, options);
}

Tensor ExactAttention::weights(const ProjectedTokens& tokens,
                               const AttentionOptions& options) const {
  return attention_weights(tokens.queries.value(), tokens.keys.value(), options);
}

std::unique_ptr<AttentionPattern::Memory> ExactAttention::start(std::int64_t, std::int64_t,
                                                                int heads) const {
  return std::make_unique<KeysAndValuesSoFar>(heads);
}

}  // namespace lectern
