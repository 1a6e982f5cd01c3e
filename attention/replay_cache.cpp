#include "attention/replay_cache.h"

#include "tensor/ops/concatenate.h"
#include "tensor/ops/gather.h"

namespace lectern {
namespace {

class ReplayCache : public KeyValueCache {
 public:
  ReplayCache(const AttentionPattern& pattern, int heads) : pattern_(pattern), heads_(heads) {}

  Tensor attend(const ProjectedTokens& tokens, const NewestTokens&) override {
    const NoGradient no_gradient;
    append(x_, tokens.x);
    append(queries_, tokens.queries);
    append(values_, tokens.values);
    if (!pattern_.shares_keys()) append(keys_, tokens.keys);
    const Variable queries(queries_);
    const ProjectedTokens all{Variable(x_), queries,
                              pattern_.shares_keys() ? queries : Variable(keys_),
                              Variable(values_)};
    const Tensor output = pattern_(all, {.heads = heads_, .mask = causal_mask()}).value();
    const std::int64_t length = output.dim(1);
    return slice(output, 1, length - tokens.x.dim(1), length);
  }

  void reorder(const Tensor& order) override {
    for (Tensor* kept : {&x_, &queries_, &keys_, &values_})
      if (kept->defined()) *kept = gather_rows(*kept, order);
  }

 private:
  static void append(Tensor& kept, const Variable& next) {
    kept = kept.defined() ? concatenate({kept, next.value()}, 1) : next.value();
  }

  const AttentionPattern& pattern_;
  int heads_;
  Tensor x_, queries_, keys_, values_;  // [row, token, d_model]
};

}  // namespace

std::unique_ptr<KeyValueCache> replay_cache(const AttentionPattern& pattern, int heads) {
  return std::make_unique<ReplayCache>(pattern, heads);
}

}  // namespace lectern
