#pragma once

#include "autograd/variable.h"

namespace lectern {

/// Rows of a table by number, with derivatives: y[…, :] = table[ids[…], :]. An embedding.
/// The gradient of the table is a whole table, in which the rows not looked up are zero.
/// \param table  `[vocab, d_model]`
/// \param ids    i32 `[…]`
/// \return       `[…, d_model]`
Variable embedding(const Variable& table, const Tensor& ids, Where where = Where::current());

}  // namespace lectern
