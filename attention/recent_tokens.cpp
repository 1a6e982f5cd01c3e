#include "attention/recent_tokens.h"

#include <algorithm>

#include "attention/ops/fused/attend_fused.h"
#include "tensor/ops/concatenate.h"

namespace lectern {
namespace {

class RecentTokens : public AttentionPattern::Memory {
 public:
  RecentTokens(const AttentionOptions& options, std::int64_t most)
      : options_(options), most_(most) {}

  Tensor read(const Tensor& queries, const Tensor& keys, const Tensor& values) override {
    keys_ = latest(keys_, keys);
    values_ = latest(values_, values);
    return attend_fused(queries, keys_, values_, options_).output;  // the query is the last one
  }

 private:
  Tensor latest(const Tensor& kept, const Tensor& next) const {
    if (!kept.defined()) return next;
    const std::int64_t count = std::min(kept.dim(1), most_ - 1);
    return concatenate({slice(kept, 1, kept.dim(1) - count, kept.dim(1)), next}, 1);
  }

  AttentionOptions options_;
  std::int64_t most_;
  Tensor keys_, values_;  // [batch, token, d_model]
};

}  // namespace

std::unique_ptr<AttentionPattern::Memory> remember_recent(const AttentionOptions& options,
                                                          std::int64_t most) {
  return std::make_unique<RecentTokens>(options, std::max<std::int64_t>(most, 1));
}

}  // namespace lectern
