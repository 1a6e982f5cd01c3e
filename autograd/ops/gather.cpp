#include "autograd/ops/gather.h"

#include "tensor/ops/gather.h"

namespace lectern {

Variable embedding(const Variable& table, const Tensor& ids) {
  return record("embedding", gather_rows(table.value(), ids), {table},
                [ids, vocab = table.dim(0)](const Tensor& dy) -> Gradients {
                  return {scatter_add_rows(dy, ids, vocab)};
                });
}

}  // namespace lectern
