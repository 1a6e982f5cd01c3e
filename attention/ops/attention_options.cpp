#include "attention/ops/attention_options.h"

namespace lectern {

std::int64_t key_value_heads(std::int64_t d_model, std::int64_t d_keys, std::int64_t heads) {
  check(heads >= 1 && d_model % heads == 0, [&] {
    return text("d_model ", d_model, " cannot be split into ", heads,
                " equal heads; choose a number of heads that divides it");
  });
  const std::int64_t d_head = d_model / heads, of_keys = d_keys / d_head;
  check(d_keys == of_keys * d_head && of_keys >= 1 && heads % of_keys == 0, [&] {
    return text("keys of ", d_keys, " numbers do not belong to queries of ", heads, " heads of ",
                d_head, "; expected ", d_model,
                ", or of fewer heads that divide them into equal groups");
  });
  return of_keys;
}

void check_attention(const Tensor& q, const Tensor& k, const Tensor& v,
                     const AttentionOptions& options) {
  check(q.rank() == 3 && k.rank() == 3, [&] {
    return text("attention needs queries [batch, query, d_model] and keys [batch, key, d_model], ",
                "got ", q.shape(), " and ", k.shape());
  });
  const std::int64_t batch = q.dim(0), key = k.dim(1), d_keys = k.dim(2);
  EXPECT_SHAPE(k, batch, key, d_keys);
  EXPECT_SHAPE(v, batch, key, d_keys);
  check(q.dtype() == k.dtype() && q.dtype() == v.dtype(), [&] {
    return text("queries are ", q.dtype(), ", keys ", k.dtype(), ", values ", v.dtype(),
                "; attention needs one dtype");
  });
  key_value_heads(q.dim(2), d_keys, options.heads);
  check(options.dropout >= 0 && options.dropout < 1, [&] {
    return text("attention dropout is ", options.dropout, ", expected a probability from 0 to 1");
  });
  check(options.scale >= 0, [&] {
    return text("attention scale is ", options.scale,
                ", expected a positive factor, or 0 for 1/sqrt(d_head)");
  });
  const auto expect_beside_queries = [&](const Tensor& tensor, const char* name) {
    check(tensor.device() == q.device(), [&] {
      return text(name, " lie on ", tensor.device(), ", queries on ", q.device(),
                  "; attention needs them on one device");
    });
  };
  expect_beside_queries(k, "keys");
  expect_beside_queries(v, "values");
  if (options.mask.key_lengths.defined())
    expect_beside_queries(options.mask.key_lengths, "key_lengths");
  if (options.mask.window && options.mask.window->head_reach.defined())
    expect_beside_queries(options.mask.window->head_reach, "head_reach");
  check_mask(options.mask, batch, options.heads, key);
  if (!options.bias.widths.defined()) return;
  const Tensor& widths = options.bias.widths;
  const std::int64_t head = options.heads;
  EXPECT_SHAPE(widths, head);
  expect_beside_queries(widths, "widths");
  check((widths.dtype() == DType::f64) == (q.dtype() == DType::f64), [&] {
    return text("widths are ", widths.dtype(), ", queries ", q.dtype(),
                "; expected f64 for queries in f64, f32 for others");
  });
  check(!options.mask.blocks, "attention with a bias by distance takes no mask of blocks");
  check(options.bias.shape == DistanceBias::Shape::bell || !options.mask.window ||
            options.mask.window->globals == 0,
        "a span ends where global tokens should still be seen; use one or the other");
}

void check_no_bias(const AttentionOptions& options, const char* kind) {
  check(!options.bias.widths.defined(), [&] {
    return text(kind, " got a bias by distance, but does not add one to what it calculates; leave ",
                "bias.widths undefined, or take attend_biased");
  });
}

}  // namespace lectern
