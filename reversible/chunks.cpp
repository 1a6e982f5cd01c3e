#include "reversible/chunks.h"

#include <algorithm>
#include <memory>

#include "autograd/by_definition.h"
#include "autograd/ops/permute.h"
#include "autograd/replay.h"
#include "reversible/origin.h"

namespace lectern {
namespace {

/// Forward and backward of a RowFunction, chunk by chunk.
class ChunkedRun {
 public:
  ChunkedRun(RowFunction f, const Variable& x, std::int64_t chunk_rows)
      : f_(std::move(f)),
        shape_(x.shape()),
        rows_(x.value().reshape({-1, x.dim(-1)})),
        chunk_rows_((chunk_rows + 3) / 4 * 4),
        decisions_(static_cast<std::size_t>((rows_.dim(0) + chunk_rows_ - 1) / chunk_rows_)),
        needs_gradient_(x.requires_gradient()) {}

  /// Calls `take(begin, end, f(rows begin … end−1))` for every chunk, recording nothing.
  template <class Take>
  void forward(const Take& take) {
    const NoGradient no_gradient;
    for_each_chunk([&](std::int64_t begin, std::int64_t end) {
      take(begin, end, run(Variable(rows_.slice(begin, end)), begin).value());
    });
  }

  /// `seed(begin, end)` is the derivative by what f made of these rows.
  template <class Seed>
  Gradients backward(const Seed& seed) {
    check(recording(),
          "cannot go back through chunks while a NoGradient is in force: on the way back "
          "each piece is calculated once more, on a tape; call backward() outside the NoGradient");
    Tensor d_x;
    if (needs_gradient_) d_x = zeros_like(rows_);
    for_each_chunk([&](std::int64_t begin, std::int64_t end) {
      const Tensor chunk = rows_.slice(begin, end);
      const Variable leaf = needs_gradient_ ? Variable::parameter(chunk) : Variable(chunk);
      const Variable part = run(leaf, begin);
      if (part.requires_gradient()) lectern::backward(part, seed(begin, end));
      if (leaf.has_gradient()) d_x.slice(begin, end).copy_from(leaf.gradient());
    });
    return {needs_gradient_ ? d_x.reshape(shape_) : Tensor()};
  }

  std::int64_t rows() const { return rows_.dim(0); }
  /// The shape of x, with rows of another width.
  Shape shape_with(std::int64_t width) const {
    Shape shape = shape_;
    shape.set(-1, width);
    return shape;
  }

 private:
  template <class Action>
  void for_each_chunk(const Action& action) const {
    for (std::int64_t begin = 0; begin < rows(); begin += chunk_rows_)
      action(begin, std::min(begin + chunk_rows_, rows()));
  }

  Variable run(const Variable& rows, std::int64_t first_row) {
    const DecisionScope scope(decisions_[static_cast<std::size_t>(first_row / chunk_rows_)]);
    return f_(rows, first_row);
  }

  RowFunction f_;
  Shape shape_;
  Tensor rows_;  // [row, in]
  std::int64_t chunk_rows_;
  std::vector<std::vector<Tensor>> decisions_;  // of every chunk
  bool needs_gradient_;
};

std::shared_ptr<ChunkedRun> chunked(const RowFunction& f, const Variable& x,
                                    std::int64_t chunk_rows) {
  check(chunk_rows > 0 && x.value().rank() > 0 && x.value().size() > 0, [&] {
    return text("in chunks of ", chunk_rows, " rows: ", x.shape(),
                "; expected at least one row of each");
  });
  return std::make_shared<ChunkedRun>(f, x, chunk_rows);
}

}  // namespace

Variable in_chunks(const RowFunction& f, const Variable& x, std::int64_t chunk_rows) {
  const auto run = chunked(f, x, chunk_rows);
  if (runs_by_definition()) {
    const Variable y = f(reshape(x, {run->rows(), x.dim(-1)}), 0);
    return reshape(y, run->shape_with(y.dim(1)));
  }
  Tensor result;
  run->forward([&](std::int64_t begin, std::int64_t end, const Tensor& part) {
    if (!result.defined())
      result = Tensor({run->rows(), part.dim(-1)}, part.dtype(), part.device());
    result.slice(begin, end).copy_from(part);
  });
  return record("in_chunks", result.reshape(run->shape_with(result.dim(1))), with_origin({x}),
                [run](const Tensor& d_output) {
                  const Tensor d_rows = d_output.reshape({run->rows(), -1});
                  return run->backward([&](std::int64_t begin, std::int64_t end) {
                    return d_rows.slice(begin, end);
                  });
                });
}

}  // namespace lectern
