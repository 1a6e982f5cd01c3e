#include "autograd/ops/gather.h"

#include "tensor/ops/gather.h"

namespace lectern {

Variable embedding(const Variable& table, const Tensor& ids, Where where) {
  return record(
      "embedding", gather_rows(table.value(), ids, where), {table},
      [ids, vocab = table.dim(0)](const Tensor& dy) -> Gradients {
        return {scatter_add_rows(dy, ids, vocab)};
      },
      where);
}

}  // namespace lectern
