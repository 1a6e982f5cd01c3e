#pragma once

#include <string>

#include "tensor/matmul_engine.h"
#include "tensor/ops/broadcast_layout.h"
#include "tensor/tensor.h"

namespace lectern {

struct MatmulOptions {
  bool transpose_a = false;  ///< a is [..., depth, row]
  bool transpose_b = false;  ///< b is [..., column, depth]
  Tensor bias = {};          ///< [column], added to every row
  Tensor accumulate_into =
      {};  ///< [..., row, column]: the product is added to it, and it is returned
};

/// The matrix product, for every matrix of a batch.
///
/// \f[ c_{ij} = \sum_p a_{ip} b_{pj} \f]
///
/// \param a  `[..., row, depth]`
/// \param b  `[depth, column]`, the same for every matrix of `a`; or `[..., depth, column]`, whose
///           leading axes are matched with those of `a` as in elementwise operations
/// \return   `[..., row, column]`
///
/// On a CPU the terms are added in the order of `p`, each in one fused step, whatever the shape and
/// the number of threads: one row of a product has the bits of that row calculated alone. (Eigen, see
/// tensor/matmul_engine.h, adds 256 of them before it goes on.) On a GPU
/// the library that multiplies chooses another order for another shape: there, only the same product
/// gives the same bits again.
/// Throws an Error that shows both shapes. Cost: 2 · row · column · depth operations a matrix; beside
/// the result a few hundred kilobytes a thread and, for more than a thousand rows, a copy of `b`.
Tensor matmul(const Tensor& a, const Tensor& b, const MatmulOptions& options = {},
              Where where = Where::current());

/// \f$ \sum_i a_i b_i \f$ of two vectors of one length, a scalar; \f$ a_i b_j \f$, `[row, column]` of
/// `[row]` and `[column]`.
Tensor dot(const Tensor& a, const Tensor& b, Where where = Where::current());
Tensor outer(const Tensor& a, const Tensor& b, Where where = Where::current());

/// The right factor of many products, in the order in which the kernel reads it. Otherwise every
/// product copies it anew, which counts where `a` has few rows.
struct PackedMatrix {
  Tensor panels;
  std::int64_t depth = 0, columns = 0;
  MatmulEngine by = MatmulEngine::tiles;  ///< whose order it is

  bool defined() const { return panels.defined(); }
};

/// \param b        `[depth, column]`; `[column, depth]` with `transpose_b`
/// \param options  only `transpose_b` counts
PackedMatrix pack(const Tensor& b, const MatmulOptions& options = {});

/// The product by the matrix that was packed; on a CPU, with the same bits as by that matrix itself.
/// \param a        `[..., row, depth]`
/// \param options  only `bias` and `accumulate_into` count
Tensor matmul(const Tensor& a, const PackedMatrix& b, const MatmulOptions& options = {},
              Where where = Where::current());

/// The kernel that multiplies f32 numbers on a CPU in the precision that was chosen, for a reader of
/// measurements: "12 x 32 tiles, registers of 512 bits, AVX-512 BF16".
std::string product_kernel();

/// Operations of all matrix products of this process so far, a multiplication and an addition for
/// each of their row · column · depth terms; see operations() in tensor/measure.h.
std::int64_t operations_of_products();
/// Adds the products that a kernel makes inside, without matmul: a fused one says how many they are,
/// once a call.
void count_operations(std::int64_t operations);

/// What a kernel has to do: `batch` products of these extents. `layout` says which matrix of `a`
/// and of `b` each of them takes.
struct MatrixProducts {
  std::int64_t rows, columns, depth;
  bool transpose_a, transpose_b;
  std::int64_t batch;
  BroadcastLayout layout;
  bool packed_b = false;              ///< b is a PackedMatrix's panels
  MatmulEngine by = matmul_engine();  ///< on a CPU

  /// The matrix of `a`, and of `b`, that product number `index` takes.
  std::int64_t matrix_of_a(std::int64_t index) const { return matrix(layout.a_step, index); }
  std::int64_t matrix_of_b(std::int64_t index) const { return matrix(layout.b_step, index); }

 private:
  std::int64_t matrix(const BroadcastLayout::Steps& steps, std::int64_t index) const {
    return layout.offset(index / layout.width(), steps) +
           index % layout.width() * steps[layout.rank - 1];
  }
};

}  // namespace lectern
