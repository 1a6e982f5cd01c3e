#include "attention/recent_cache.h"

#include <algorithm>

#include "attention/distance_bias.h"
#include "attention/ops/paths/attend_paths.h"
#include "attention/scaled_dot_product.h"
#include "tensor/ops/concatenate.h"
#include "tensor/ops/gather.h"

namespace lectern {
namespace {

/// The same numbers as rows of one table.
Tensor as_table(const Tensor& x) { return x.reshape({-1, x.dim(2)}); }

class RecentCache : public KeyValueCache {
 public:
  RecentCache(const AttentionOptions& options, std::int64_t reach)
      : options_(options), reach_(std::max<std::int64_t>(reach, 0)) {
    options_.mask.causal = true;
  }

  Tensor attend(const ProjectedTokens& tokens, const NewestTokens&) override {
    const Tensor& queries = tokens.queries.value();
    const std::int64_t n = queries.dim(1);
    make_room(tokens.keys.value());
    const Tensor places = places_of(queries.dim(0), count_, n, 1);
    Tensor keys = as_table(keys_), values = as_table(values_);
    put_rows(keys, places, tokens.keys.value());
    put_rows(values, places, tokens.values.value());
    count_ += n;
    return n == 1 && only_a_window() ? attend_along_window(queries) : attend_block(queries);
  }

  void reorder(const Tensor& order) override {
    if (!keys_.defined()) return;
    keys_ = gather_rows(keys_, order);
    values_ = gather_rows(values_, order);
  }

 private:
  /// Lets so many tokens follow. Those out of reach are dropped when there is no room left.
  void make_room(const Tensor& next) {
    const std::int64_t rows = next.dim(0), n = next.dim(1), d_model = next.dim(2);
    if (keys_.defined() && count_ + n <= keys_.dim(1)) return;
    constexpr std::int64_t tokens_at_first = 16;
    const std::int64_t kept = std::min(count_, reach_);
    const std::int64_t room = std::max(tokens_at_first, 2 * (kept + n));
    for (Tensor* table : {&keys_, &values_}) {
      const Tensor empty = zeros({rows, room - kept, d_model}, next.dtype(), next.device());
      *table = kept == 0 ? empty : concatenate({slice(*table, 1, count_ - kept, count_), empty}, 1);
    }
    count_ = kept;
  }

  /// Where tokens lie in the tables seen as rows: of each row `n` of them, the first at `first`.
  Tensor places_of(std::int64_t rows, std::int64_t first, std::int64_t n, std::int64_t step) const {
    std::vector<std::int32_t> places;
    for (std::int64_t row = 0; row < rows; ++row)
      for (std::int64_t i = 0; i < n; ++i)
        places.push_back(static_cast<std::int32_t>(row * keys_.dim(1) + first + i * step));
    return tensor_of<std::int32_t>({rows, n}, places).to(keys_.device());
  }

  bool only_a_window() const {
    return !options_.bias.widths.defined() && options_.mask.window &&
           !options_.mask.window->head_reach.defined();
  }

  Tensor attend_along_window(const Tensor& queries) const {
    const Window& window = *options_.mask.window;
    const std::int64_t last = count_ - 1, before = std::min(window.before, last / window.dilation);
    const Paths paths{
        places_of(queries.dim(0), last - before * window.dilation, before + 1, window.dilation),
        {}};
    return attend_paths(queries, as_table(keys_), as_table(values_), paths, options_.heads);
  }

  Tensor attend_block(const Tensor& queries) const {
    const std::int64_t first = std::max<std::int64_t>(count_ - queries.dim(1) - reach_, 0);
    const Variable q(queries), k(slice(keys_, 1, first, count_)),
        v(slice(values_, 1, first, count_));
    const Tensor& widths = options_.bias.widths;
    return (widths.defined() ? attend_biased(q, k, v, Variable(widths), options_)
                             : lectern::attend(q, k, v, options_))
        .value();  // fewer queries than keys are the last ones
  }

  AttentionOptions options_;
  std::int64_t reach_;
  Tensor keys_, values_;    // [row, token, d_model], with room for more
  std::int64_t count_ = 0;  // tokens of each row that are kept
};

}  // namespace

std::unique_ptr<KeyValueCache> recent_cache(const AttentionOptions& options, std::int64_t reach) {
  return std::make_unique<RecentCache>(options, reach);
}

}  // namespace lectern
