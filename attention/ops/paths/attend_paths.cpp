#include "attention/ops/paths/attend_paths.h"

#include "attention/ops/attention_options.h"
#include "attention/scaled_dot_product.h"
#include "autograd/by_definition.h"
#include "tensor/launch.h"
#include "tensor/ops/gather.h"

namespace lectern {

Tensor attend_paths(const Tensor& q, const Tensor& keys, const Tensor& values, const Paths& paths,
                    int heads) {
  const std::int64_t row = q.dim(0), token = keys.dim(0), d_model = q.dim(-1);
  const std::int64_t d_keys = keys.dim(-1);
  EXPECT_SHAPE(q, row, 1, d_model);
  EXPECT_SHAPE(keys, token, d_keys);
  EXPECT_SHAPE(values, token, d_keys);
  const std::int64_t path = paths.count(), length = paths.length();
  EXPECT_SHAPE(paths.tokens, path, length);
  if (paths.lengths.defined()) EXPECT_SHAPE(paths.lengths, path);
  check(path > 0 && row % path == 0, [&] {
    return text(row, " rows are not groups of equal size, one for each of ", path, " paths");
  });
  key_value_heads(d_model, d_keys, heads);
  if (runs_by_definition()) return attend_paths_by_definition(q, keys, values, paths, heads);
  Tensor result = empty_like(q);
  launch(q, [&](auto device, auto number) {
    attend_paths_kernel(device, number, {q, keys, values, paths, heads}, result);
  });
  return result;
}

Tensor attend_paths_by_definition(const Tensor& q, const Tensor& keys, const Tensor& values,
                                  const Paths& paths, int heads) {
  const NoGradient no_gradient;
  const Variable queries(q.reshape({paths.count(), -1, q.dim(2)}));
  const Variable seen_keys(gather_rows(keys, paths.tokens));  // [path, length, d_model]
  const Variable seen_values(gather_rows(values, paths.tokens));
  return attend_by_definition(queries, seen_keys, seen_values,
                              {.heads = heads, .mask = padding_mask(paths.lengths)})
      .value()
      .reshape(q.shape());
}

}  // namespace lectern
