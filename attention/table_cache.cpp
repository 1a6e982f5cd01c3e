#include "attention/table_cache.h"

#include <numeric>

#include "attention/scaled_dot_product.h"
#include "tensor/ops/concatenate.h"
#include "tensor/ops/gather.h"
#include "tensor/ops/permute.h"

namespace lectern {
namespace {

/// A table with more rows, which begins as `table` does.
Tensor longer(const Tensor& table, const Tensor& like, std::int64_t rows) {
  Tensor result({rows, like.dim(-1)}, like.dtype(), like.device());
  if (table.defined()) result.slice(0, table.dim(0)).copy_from(table);
  return result;
}

class ExactCache : public KeyValueCache {
 public:
  explicit ExactCache(int heads) : heads_(heads) {}

  Tensor attend(const ProjectedTokens& tokens, const NewestTokens& newest) override {
    append(tokens.keys.value(), keys_, newest);
    append(tokens.values.value(), values_, newest);
    const Tensor& queries = tokens.queries.value();
    const std::int64_t n = queries.dim(1);
    if (n == 1) return attend_paths(queries, keys_, values_, newest.paths, heads_);

    const AttentionOptions options{.heads = heads_, .mask = causal_mask()};
    if (newest.before == 0)
      return lectern::attend(tokens.queries, tokens.keys, tokens.values, options).value();
    const Tensor path = slice(newest.paths.tokens, 1, 0, newest.before + n);
    return lectern::attend(tokens.queries, Variable(gather_rows(keys_, path)),
                           Variable(gather_rows(values_, path)), options)
        .value();
  }

  void reorder(const Tensor&) override {}  // tokens stay where they are: the paths say it all
  bool is_recordable() const override { return true; }

  Tensor weights(const Tensor& queries, const NewestTokens& newest) const override {
    const Tensor path = slice(newest.paths.tokens, 1, 0, newest.before + queries.dim(1));
    return attention_weights(queries, gather_rows(keys_, path),
                             {.heads = heads_, .mask = causal_mask()});
  }

 private:
  static void append(const Tensor& rows, Tensor& table, const NewestTokens& newest) {
    if (!table.defined() || table.dim(0) < newest.room) table = longer(table, rows, newest.room);
    put_rows(table, newest.numbers, rows);
  }

  int heads_;
  Tensor keys_, values_;  // [token, d_model], with room for more
};

class SourceCache : public KeyValueCache {
 public:
  SourceCache(int heads, const Tensor& keys, const Tensor& values, const Tensor& lengths)
      : heads_(heads),
        keys_(keys.reshape({-1, keys.dim(2)})),
        values_(values.reshape({-1, keys.dim(2)})),
        sources_{tokens_in_order(keys.dim(0), keys.dim(1)).to(keys.device()), lengths} {}

  Tensor attend(const ProjectedTokens& tokens, const NewestTokens&) override {
    const Tensor& queries = tokens.queries.value();
    return attend_paths(queries.reshape({-1, 1, queries.dim(2)}), keys_, values_, sources_, heads_)
        .reshape(queries.shape());
  }

  void reorder(const Tensor&) override {}  // the rows of a sentence stay together

  void keep(const Tensor& sentences) override {
    sources_.tokens = gather_rows(sources_.tokens, sentences);
    if (sources_.lengths.defined())
      sources_.lengths = gather_rows(sources_.lengths.reshape({-1, 1}), sentences).reshape({-1});
  }

  bool is_complete() const override { return true; }
  bool is_recordable() const override { return true; }

  Tensor weights(const Tensor& queries, const NewestTokens&) const override {
    const std::int64_t rows = queries.dim(0), n = queries.dim(1), sentences = sources_.count();
    const Tensor all =
        attention_weights(queries.reshape({sentences, -1, queries.dim(2)}),
                          gather_rows(keys_, sources_.tokens), {.heads = heads_, .mask = mask()});
    const Tensor by_row =  // [sentence, row of it, head, n, key]
        permute(all.reshape({sentences, heads_, rows / sentences, n, -1}), {0, 2, 1, 3, 4});
    return by_row.reshape({rows, heads_, n, -1});
  }

 private:
  static Tensor tokens_in_order(std::int64_t sentences, std::int64_t source) {
    Tensor numbers({sentences, source}, DType::i32, cpu);
    std::iota(numbers.data<std::int32_t>(), numbers.data<std::int32_t>() + numbers.size(), 0);
    return numbers;
  }
  Mask mask() const {
    return sources_.lengths.defined() ? padding_mask(sources_.lengths) : no_mask();
  }

  int heads_;
  Tensor keys_, values_;  // [token, d_model], of all sentences
  Paths sources_;         // the tokens of each sentence
};

}  // namespace

std::unique_ptr<KeyValueCache> exact_cache(int heads) {
  return std::make_unique<ExactCache>(heads);
}

std::unique_ptr<KeyValueCache> source_cache(int heads, const Tensor& keys, const Tensor& values,
                                            const Tensor& lengths) {
  return std::make_unique<SourceCache>(heads, keys, values, lengths);
}

}  // namespace lectern
