#include "tensor/ops/matmul_eigen_cpu.h"

#include <Eigen/Core>
#include <algorithm>

#include "tensor/parallel.h"

namespace lectern {
namespace {

/// Blocks of A, B and C.
constexpr std::int64_t row_block = 256, column_block = 480, depth_block = 256;

/// Eigen takes other orders of sums for what its widest tile leaves over, for a single row, and for the
/// smallest products. So it is given whole tiles and a few rows, of zeros where there are none.
constexpr std::int64_t column_unit = 48, fewest_rows = 4;

template <class T>
using RowMajor = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

constexpr std::int64_t round_up(std::int64_t size, std::int64_t unit) {
  return (size + unit - 1) / unit * unit;
}

/// Rows and columns of a block within a matrix.
struct Range {
  std::int64_t begin, size;
};
Range block_of(std::int64_t index, std::int64_t block, std::int64_t extent) {
  return {index * block, std::min(block, extent - index * block)};
}

/// A matrix as it is stored, `[row, column]` or transposed.
template <class T>
struct Stored {
  const T* data;
  std::int64_t rows, columns;
  bool transposed;

  /// Copied into the corner of `target`.
  void copy(Range of_rows, Range of_columns, RowMajor<T>& target) const {
    const Eigen::Map<const RowMajor<T>> all(data, transposed ? columns : rows,
                                            transposed ? rows : columns);
    auto corner = target.topLeftCorner(of_rows.size, of_columns.size);
    if (transposed)
      corner =
          all.block(of_columns.begin, of_rows.begin, of_columns.size, of_rows.size).transpose();
    else
      corner = all.block(of_rows.begin, of_columns.begin, of_rows.size, of_columns.size);
  }
};

}  // namespace

template <class T>
void multiply_by_eigen(const MatrixProducts& products, const Tensor& a, const Tensor& b,
                       const Tensor& start, Tensor& result) {
  const MatrixProducts& p = products;
  const std::int64_t high = (p.rows + row_block - 1) / row_block;
  const std::int64_t wide = (p.columns + column_block - 1) / column_block;
  const T *all_a = a.data<T>(), *all_b = b.data<T>();
  const T* all_starts = start.defined() ? start.data<T>() : nullptr;
  T* all_results = result.data<T>();
  parallel_for(p.batch * high * wide, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t task = begin; task < end; ++task) {
      const std::int64_t matrix = task / (high * wide);
      const Range rows = block_of(task / wide % high, row_block, p.rows);
      const Range columns = block_of(task % wide, column_block, p.columns);
      const Stored<T> left{all_a + p.matrix_of_a(matrix) * p.rows * p.depth, p.rows, p.depth,
                           p.transpose_a};
      const Stored<T> right{all_b + p.matrix_of_b(matrix) * p.depth * p.columns, p.depth, p.columns,
                            p.transpose_b};
      using Block = Eigen::Map<RowMajor<T>, Eigen::Unaligned, Eigen::OuterStride<>>;
      const std::int64_t corner = (matrix * p.rows + rows.begin) * p.columns + columns.begin;
      Block c(all_results + corner, rows.size, columns.size, Eigen::OuterStride<>(p.columns));
      if (all_starts == nullptr)
        c.setZero();
      else if (start.rank() == 1)
        c.rowwise() = Eigen::Map<const Eigen::RowVector<T, Eigen::Dynamic>>(
            all_starts + columns.begin, columns.size);
      else if (all_starts != all_results)
        c = Eigen::Map<const RowMajor<T>, Eigen::Unaligned, Eigen::OuterStride<>>(
            all_starts + corner, rows.size, columns.size, Eigen::OuterStride<>(p.columns));

      const std::int64_t height = std::max(rows.size, fewest_rows);
      const std::int64_t width = round_up(columns.size, column_unit);
      RowMajor<T> sums(height, width);
      for (std::int64_t step = 0; step * depth_block < p.depth; ++step) {
        const Range depth = block_of(step, depth_block, p.depth);
        RowMajor<T> block_of_a = RowMajor<T>::Zero(height, depth.size);
        RowMajor<T> block_of_b = RowMajor<T>::Zero(depth.size, width);
        left.copy(rows, depth, block_of_a);
        right.copy(depth, columns, block_of_b);
        sums.noalias() = block_of_a * block_of_b;
        c += sums.topLeftCorner(rows.size, columns.size);
      }
    }
  });
}

std::string eigen_version() {
  return text("Eigen ", EIGEN_WORLD_VERSION, '.', EIGEN_MAJOR_VERSION, '.', EIGEN_MINOR_VERSION);
}

template void multiply_by_eigen<float>(const MatrixProducts&, const Tensor&, const Tensor&,
                                       const Tensor&, Tensor&);
template void multiply_by_eigen<double>(const MatrixProducts&, const Tensor&, const Tensor&,
                                        const Tensor&, Tensor&);

}  // namespace lectern
