#pragma once

#include "tensor/tensor.h"

namespace lectern {

/// Looks rows up in a table: an embedding.
///
/// y[…, :] = table[ids[…], :]
/// \param table  `[vocab, d_model]`, or any tensor seen as rows of its first axis
/// \param ids    i32 `[…]`; one outside 0 … vocab−1 throws an Error that names it and its position
/// \return       `[…, d_model]`
Tensor gather_rows(const Tensor& table, const Tensor& ids, Where where = Where::current());

/// Puts rows into a table: table[ids[…], :] = rows[…, :]. Of rows for the same place, one stays.
/// \param table  `[vocab, d_model]`, overwritten
/// \param ids    i32 `[…]`; one outside 0 … vocab−1 throws an Error that names it and its position
/// \param rows   `[…, d_model]`
void put_rows(Tensor& table, const Tensor& ids, const Tensor& rows, Where where = Where::current());

/// The backward of gather_rows: every row of the gradient is added to the row of the table that it
/// was looked up in.
///
/// d_table[v, :] = Σ over the positions with ids = v of gradient[position, :]
///
/// The positions are sorted by id (counting sort) and each row of the table is summed by one task,
/// in the order of the positions: no atomics, the same bits for any number of threads.
/// \param gradient  `[…, d_model]`
/// \param ids       i32 `[…]`
/// \param vocab     rows of the table
/// \return          `[vocab, d_model]`
Tensor scatter_add_rows(const Tensor& gradient, const Tensor& ids, std::int64_t vocab);

}  // namespace lectern
