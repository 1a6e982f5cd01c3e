#include <algorithm>
#include <memory>
#include <mutex>
#include <vector>

#include "tensor/microkernel/block.h"
#include "tensor/microkernel/pack.h"
#include "tensor/microkernel/packed_memory.h"
#include "tensor/ops/matmul.h"
#include "tensor/ops/matmul_eigen_cpu.h"
#include "tensor/ops/permute.h"
#include "tensor/parallel.h"
#include "tensor/precision.h"
#include "tensor/tensor.h"

namespace lectern {
namespace {

/// A block of A, row_block × depth_block steps, and panels of B, depth_block × panel_block, share
/// the second-level cache. One task takes several blocks of panels, so that A is packed rarely.
constexpr std::int64_t depth_block = 256, row_block = 528, panel_block = 256, column_block = 1024;

/// Up to so many rows pass B only a few times: packing it would cost more than it saves.
constexpr std::int64_t few_rows = std::int64_t{4} * tile_rows;
/// The same for columns and A.
constexpr std::int64_t few_columns = 64;

/// With more rows than this, many tasks would pack the same B: it is packed once, by all threads,
/// so many columns (whole panels) at a time.
constexpr std::int64_t many_rows = 2 * row_block, columns_packed_at_once = 128;
/// Then a task takes few rows and all columns, so that A is packed once as well.
constexpr std::int64_t row_block_of_packed = 264;

/// What one claim should at least calculate: several times what waking a thread costs.
constexpr std::int64_t multiply_adds_per_claim = 500'000;
/// Where few rows pass B, reading it is the work. A number of B takes as long as four multiply-adds
/// from a cache and as twelve from memory: it counts as so many.
constexpr std::int64_t multiply_adds_per_number_read = 6;

/// Blocks are halved until there are so many tasks for each thread, but not below this extent.
constexpr std::int64_t tasks_per_thread = 2, smallest_block = 64;

constexpr std::int64_t divide_up(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

/// An axis cut into nearly equal blocks whose extent is a multiple of `unit`.
struct Cut {
  std::int64_t extent, block, count;

  Cut(std::int64_t size_of_axis, std::int64_t largest_block, std::int64_t unit)
      : extent(size_of_axis) {
    const std::int64_t pieces = std::max<std::int64_t>(1, divide_up(extent, largest_block));
    block = std::max(unit, divide_up(divide_up(extent, pieces), unit) * unit);
    count = divide_up(extent, block);
  }
  std::int64_t begin(std::int64_t i) const { return i * block; }
  std::int64_t size(std::int64_t i) const { return std::min(block, extent - i * block); }
};

/// Memory for what is packed, aligned to whole vectors.
template <class T>
class Workspace {
 public:
  T* left_factor(std::int64_t size) { return grown(left_, size); }
  T* right_factor(std::int64_t size) { return grown(right_, size); }
  NumberOf<T>* turned_result(std::int64_t size) { return grown(turned_, size); }

 private:
  template <class N>
  static N* grown(std::vector<Vector<N>>& memory, std::int64_t size) {
    const auto vectors = static_cast<std::size_t>(divide_up(size, Vector<N>::lanes));
    if (memory.size() < vectors) memory.resize(vectors);
    return reinterpret_cast<N*>(memory.data());
  }

  std::vector<Vector<T>> left_, right_;
  std::vector<Vector<NumberOf<T>>> turned_;
};

/// A workspace that somebody has used before, if there is one, and is given back for the next. It is
/// no `thread_local`: without memory for one of those, glibc ends the program.
template <class T>
class BorrowedWorkspace {
 public:
  BorrowedWorkspace() {
    const std::lock_guard lock(mutex());
    if (free().empty())
      workspace_ = std::make_unique<Workspace<T>>();
    else
      workspace_ = std::move(free().back()), free().pop_back();
    free().reserve(free().size() + static_cast<std::size_t>(++lent()));
  }
  ~BorrowedWorkspace() {
    const std::lock_guard lock(mutex());
    --lent();
    free().push_back(std::move(workspace_));  // there is room for all that are lent
  }
  BorrowedWorkspace(const BorrowedWorkspace&) = delete;
  BorrowedWorkspace& operator=(const BorrowedWorkspace&) = delete;

  Workspace<T>& operator*() const { return *workspace_; }

 private:
  // They outlive all threads.
  static std::mutex& mutex() {
    static std::mutex& one = *new std::mutex;
    return one;
  }
  static std::vector<std::unique_ptr<Workspace<T>>>& free() {
    static auto& list = *new std::vector<std::unique_ptr<Workspace<T>>>;
    return list;
  }
  static int& lent() {
    static int count = 0;
    return count;
  }

  std::unique_ptr<Workspace<T>> workspace_;
};

/// One block of C: `start + A B`, with A and B as they are stored, or B in panels.
template <class T>
struct Block {
  using Number = NumberOf<T>;
  ProductExtents extents;
  bool transpose_a, transpose_b;
  Rows<const Number> a, b, start;
  const T* panels;  // of all of B's steps; nullptr: b it is
  Rows<Number> c;
  Workspace<T>& workspace;

  void multiply() const { better_turned() ? multiply_turned() : multiply_straight(); }

 private:
  static constexpr std::int64_t per_step = numbers_per_step<T>;
  /// Pairs of bf16 are made while a factor is packed; other numbers can be read where they are.
  static constexpr bool always_packs = is_pair<T>;

  bool better_turned() const {
    return transpose_b && extents.rows <= panel_columns<T> && 4 * extents.rows <= extents.columns;
  }

  void multiply_straight() const {
    Rows<const Number> so_far = start;
    std::int64_t p = 0;
    do {
      const std::int64_t depth = std::min(depth_block * per_step, extents.depth - p);
      const Rows<const Number> left{a.data + p * (transpose_a ? a.row_stride : 1), a.row_stride};
      if (transpose_a)
        multiply_columns(packed<TileOrder::column_by_column>(left, depth), p, depth, so_far);
      else if (always_packs || extents.columns > few_columns)
        multiply_columns(packed<TileOrder::row_by_row>(left, depth), p, depth, so_far);
      else if constexpr (!always_packs)
        multiply_columns(Strided<T>{left.data, left.row_stride}, p, depth, so_far);
      so_far = {c.data, c.row_stride};
      p += depth;
    } while (p < extents.depth);
  }

  template <TileOrder order>
  Tiles<T, order> packed(Rows<const Number> left, std::int64_t depth) const {
    return pack_tiles<order>(extents.rows, depth, left,
                             workspace.left_factor(packed_tiles_size<T>(extents.rows, depth)));
  }

  template <class Left>
  void multiply_columns(Left left, std::int64_t p, std::int64_t depth,
                        Rows<const Number> so_far) const {
    for (std::int64_t j = 0; j < extents.columns; j += panel_block) {
      const std::int64_t columns = std::min(panel_block, extents.columns - j);
      multiply_block<T>(
          {extents.rows, columns, steps_of<T>(depth)}, left, right(p, depth, j, columns),
          {so_far.data ? so_far.data + j : nullptr, so_far.row_stride}, {c.data + j, c.row_stride});
    }
  }

  /// Few rows by a transposed B, as when a decoder looks up the next word: turning B would cost
  /// more than the product. So the small factor and the result are turned instead: Cᵀ = B Aᵀ.
  void multiply_turned() const {
    Number* result = workspace.turned_result(extents.columns * extents.rows);
    const Rows<Number> turned{result, extents.rows};
    if (start.data) transpose_block<Number>(extents.rows, extents.columns, start, turned);
    Block<T>{{extents.columns, extents.rows, extents.depth}, false,   !transpose_a, b,        a,
             {start.data ? result : nullptr, extents.rows},  nullptr, turned,       workspace}
        .multiply_straight();
    transpose_block<Number>(extents.columns, extents.rows, {result, extents.rows}, c);
  }

  /// B's rows `p … p+depth-1` and columns `j … j+columns-1`, as panels.
  Panels<T> right(std::int64_t p, std::int64_t depth, std::int64_t j, std::int64_t columns) const {
    constexpr std::int64_t width = panel_columns<T>;
    if (panels) {
      const std::int64_t steps = steps_of<T>(extents.depth);
      return {panels + j * steps + p / per_step * width, width, width * steps};
    }
    const Rows<const Number> rows{
        b.data + (transpose_b ? j * b.row_stride + p : p * b.row_stride + j), b.row_stride};
    if constexpr (!always_packs)
      if (!transpose_b && extents.rows <= few_rows) return {rows.data, rows.row_stride};
    T* packed = workspace.right_factor(packed_size<T>(depth, columns));
    return transpose_b ? pack_transposed_panels<T>(depth, columns, rows, packed)
                       : pack_panels<T>(depth, columns, rows, packed);
  }
};

/// The products of a batch, cut into blocks of C: fine enough for all threads, coarse enough that
/// packing is a small part of the work.
template <class T>
class Tasks {
 public:
  using Number = NumberOf<T>;

  Tasks(const MatrixProducts& products, const Tensor& a, const Tensor& b, const Tensor& start,
        Tensor& c)
      : products_(products),
        rows_(products.rows, height_of(products), tile_rows),
        columns_(products.columns, width_of(products), panel_columns<T>),
        a_(a.data<Number>()),
        b_(products.packed_b ? nullptr : b.data<Number>()),
        panels_(products.packed_b ? steps_in<T>(b) : nullptr),
        start_(start.defined() ? start.data<Number>() : nullptr),
        one_start_row_(start.defined() && start.rank() == 1),
        c_(c.data<Number>()) {
    std::int64_t height = height_of(products), width = width_of(products);
    while (count() < tasks_per_thread * thread_count() && width > smallest_block) {
      const bool lower = products.packed_b ? height >= 2 * smallest_block : height >= width;
      (lower ? height : width) /= 2;
      rows_ = Cut(products.rows, height, tile_rows);
      columns_ = Cut(products.columns, width, panel_columns<T>);
    }
    share_evenly();
  }

  static std::int64_t height_of(const MatrixProducts& products) {
    return products.packed_b ? row_block_of_packed : row_block;
  }
  static std::int64_t width_of(const MatrixProducts& products) {
    return products.packed_b ? products.columns : column_block;
  }

  std::int64_t count() const { return products_.batch * rows_.count * columns_.count; }

  /// Tasks that a thread claims at once.
  std::int64_t grain() const {
    const std::int64_t rows = std::max(products_.rows, multiply_adds_per_number_read);
    const std::int64_t work =
        rows * products_.columns * products_.depth / (rows_.count * columns_.count);
    return std::min(count(), divide_up(multiply_adds_per_claim, std::max<std::int64_t>(1, work)));
  }

  /// Neighbouring tasks share their block of B.
  Block<T> block(std::int64_t task, Workspace<T>& workspace) const {
    const auto& p = products_;
    const std::int64_t i = task % rows_.count, j = task / rows_.count % columns_.count;
    const std::int64_t matrix = task / (rows_.count * columns_.count);
    const std::int64_t row = rows_.begin(i), column = columns_.begin(j);
    const Number* a = a_ + p.matrix_of_a(matrix) * p.rows * p.depth;
    const Number* b = b_ + p.matrix_of_b(matrix) * p.depth * p.columns;
    const std::int64_t corner = (matrix * p.rows + row) * p.columns + column;
    using ConstRows = Rows<const Number>;
    return {{rows_.size(i), columns_.size(j), p.depth},
            p.transpose_a,
            p.transpose_b,
            p.transpose_a ? ConstRows{a + row, p.rows} : ConstRows{a + row * p.depth, p.depth},
            p.packed_b      ? ConstRows{nullptr, 0}
            : p.transpose_b ? ConstRows{b + column * p.depth, p.depth}
                            : ConstRows{b + column, p.columns},
            start_ == nullptr ? ConstRows{nullptr, 0}
            : one_start_row_  ? ConstRows{start_ + column, 0}
                              : ConstRows{start_ + corner, p.columns},
            p.packed_b ? panels_ + column * steps_of<T>(p.depth) : nullptr,
            {c_ + corner, p.columns},
            workspace};
  }

 private:
  /// Cuts a few more blocks of rows until all threads get equally many tasks: of seven tasks, one
  /// of two threads would do four.
  void share_evenly() {
    const std::int64_t threads = thread_count(), many = 8 * threads;
    for (std::int64_t pieces = rows_.count; count() % threads != 0 && count() < many; ++pieces) {
      const std::int64_t height = divide_up(products_.rows, pieces);
      if (height < smallest_block) return;
      rows_ = Cut(products_.rows, height, tile_rows);
    }
  }

  const MatrixProducts& products_;
  Cut rows_, columns_;
  const Number *a_, *b_;
  const T* panels_;
  const Number* start_;
  bool one_start_row_;  // a bias
  Number* c_;
};

template <class T>
void run_tasks(const MatrixProducts& products, const Tensor& a, const Tensor& b,
               const Tensor& start, Tensor& result) {
  const Tasks<T> tasks(products, a, b, start, result);
  parallel_for(tasks.count(), tasks.grain(), [&](std::int64_t begin, std::int64_t end) {
    const BorrowedWorkspace<T> workspace;
    for (std::int64_t task = begin; task < end; ++task) tasks.block(task, *workspace).multiply();
  });
}

/// All of B as panels, `[panel][step][panel_columns<T>]`.
template <class T>
Tensor pack_all(const Tensor& b, bool transposed, std::int64_t depth, std::int64_t columns) {
  Tensor panels = memory_for<T>(packed_size<T>(depth, columns));
  const NumberOf<T>* source = b.data<NumberOf<T>>();
  T* packed = steps_in<T>(panels);
  parallel_for(columns, columns_packed_at_once, [&](std::int64_t begin, std::int64_t end) {
    T* target = packed + begin * steps_of<T>(depth);
    if (transposed)
      pack_transposed_panels<T>(depth, end - begin, {source + begin * depth, depth}, target);
    else
      pack_panels<T>(depth, end - begin, {source + begin, columns}, target);
  });
  return panels;
}

template <class T>
void multiply(const MatrixProducts& products, const Tensor& a, const Tensor& b, const Tensor& start,
              Tensor& result) {
  const bool one = products.batch == 1 && !products.packed_b;
  if (!one || products.rows <= many_rows || products.columns <= few_columns)
    return run_tasks<T>(products, a, b, start, result);
  MatrixProducts packed = products;
  packed.transpose_b = false;
  packed.packed_b = true;
  run_tasks<T>(packed, a, pack_all<T>(b, products.transpose_b, products.depth, products.columns),
               start, result);
}

/// Calls `action(step)` with what these numbers are multiplied as: f32 in pairs of bf16 where that
/// was chosen.
template <class T, class Action>
auto with_step(bool in_bfloat16, const Action& action) {
  if constexpr (std::is_same_v<T, float>)
    if (in_bfloat16) return action(Bfloat16Pair{});
  return action(T{});
}

}  // namespace

std::string product_kernel() {
  const bool in_bfloat16 = matmul_precision() == Precision::bf16;
  if (!in_bfloat16 && matmul_engine() == MatmulEngine::eigen) return eigen_version();
  return text(tile_rows, " x ", panel_columns<float>, " tiles, registers of ", 8 * vector_bytes,
              " bits",
              !in_bfloat16                ? ""
              : multiplies_bfloat16_pairs ? ", AVX-512 BF16"
                                          : ", bf16");
}

template <class T>
void matmul_kernel(Cpu, const MatrixProducts& products, const Tensor& a, const Tensor& b,
                   const Tensor& start, Tensor& result) {
  if (result.size() == 0) return;
  const bool in_bfloat16 =
      products.packed_b ? b.dtype() == DType::bf16 : matmul_precision() == Precision::bf16;
  if (!in_bfloat16 && products.by == MatmulEngine::eigen)
    return multiply_by_eigen<T>(products, a, b, start, result);
  with_step<T>(in_bfloat16,
               [&](auto step) { multiply<decltype(step)>(products, a, b, start, result); });
}

template <class T>
Tensor pack_kernel(Cpu, const Tensor& b, bool transposed, std::int64_t depth, std::int64_t columns,
                   MatmulEngine by) {
  const bool in_bfloat16 = std::is_same_v<T, float> && matmul_precision() == Precision::bf16;
  if (!in_bfloat16 && by == MatmulEngine::eigen)  // which copies blocks of it as it goes
    return (transposed ? transpose(b) : b.clone()).reshape({-1});
  return with_step<T>(in_bfloat16, [&](auto step) {
    return pack_all<decltype(step)>(b, transposed, depth, columns);
  });
}

template Tensor pack_kernel<float>(Cpu, const Tensor&, bool, std::int64_t, std::int64_t,
                                   MatmulEngine);
template Tensor pack_kernel<double>(Cpu, const Tensor&, bool, std::int64_t, std::int64_t,
                                    MatmulEngine);
template void matmul_kernel<float>(Cpu, const MatrixProducts&, const Tensor&, const Tensor&,
                                   const Tensor&, Tensor&);
template void matmul_kernel<double>(Cpu, const MatrixProducts&, const Tensor&, const Tensor&,
                                    const Tensor&, Tensor&);

}  // namespace lectern
