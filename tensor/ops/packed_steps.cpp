#include "tensor/ops/packed_steps.h"

#include <algorithm>
#include <numeric>

#include "tensor/launch.h"
#include "tensor/ops/expect.h"
#include "tensor/ops/gather.h"

namespace lectern {

template <class T>
void pack_steps_kernel(Cpu, const Tensor& x, const PackedSteps& steps, Tensor& rows);
template <class T>
void pack_steps_kernel(Cuda, const Tensor& x, const PackedSteps& steps, Tensor& rows);
template <class T>
void unpack_steps_kernel(Cpu, const Tensor& rows, const PackedSteps& steps, Tensor& x);
template <class T>
void unpack_steps_kernel(Cuda, const Tensor& rows, const PackedSteps& steps, Tensor& x);

namespace {

void expect_lengths(const PackedSteps& steps, const Tensor& lengths, Where where) {
  check(
      lengths.dtype() == DType::i32 && lengths.shape() == Shape{steps.batch},
      [&] {
        return text("lengths must be i32 [batch] = [", steps.batch, "], got ", lengths.dtype(), " ",
                    lengths.shape());
      },
      where);
  if (lengths.device() != cpu) return;
  const std::int32_t* length = lengths.data<std::int32_t>();
  for (std::int64_t i = 0; i < steps.batch; ++i)
    check(
        length[i] >= 0 && length[i] <= steps.length,
        [&] {
          return text("lengths[", i, "] = ", length[i], "; the sequences have ", steps.length,
                      " positions, padding included");
        },
        where);
}

/// The longest sentence first; of equally long ones, the first.
void sort_by_length(PackedSteps& steps) {
  const std::int32_t* length = steps.lengths.data<std::int32_t>();
  std::vector<std::int32_t> order(static_cast<std::size_t>(steps.batch));
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [=](auto a, auto b) { return length[a] > length[b]; });

  std::int64_t active = steps.batch;
  for (std::int64_t step = 0; step < steps.length; ++step) {
    while (active > 0 && length[order[active - 1]] <= step) --active;
    steps.begin[step + 1] = steps.begin[step] + active;
  }
  std::vector<std::int32_t> last(order.size());
  for (std::int64_t place = 0; place < steps.batch; ++place) {
    const std::int64_t taken = length[order[place]];
    const std::int64_t row = taken == 0 ? place : steps.batch + steps.begin[taken - 1] + place;
    last[order[place]] = static_cast<std::int32_t>(row);
  }
  steps.sentences = tensor_of<std::int32_t>({steps.batch}, order).to(cpu);
  steps.last = tensor_of<std::int32_t>({steps.batch}, last).to(cpu);
}

bool are_all(const Tensor& lengths, std::int64_t length) {
  const std::int32_t* numbers = lengths.data<std::int32_t>();
  return std::all_of(numbers, numbers + lengths.size(), [=](auto n) { return n == length; });
}

}  // namespace

PackedSteps packed_steps(const Shape& extents, const Tensor& lengths, bool reverse, Where where) {
  check(
      extents.rank() >= 2,
      [&] { return text("a batch of sequences is [batch, length, …], got ", extents); }, where);
  PackedSteps steps{.batch = extents[0], .length = extents[1], .reverse = reverse};
  for (std::int64_t step = 0; step <= steps.length; ++step)
    steps.begin.push_back(step * steps.batch);
  if (!lengths.defined()) return steps;
  expect_lengths(steps, lengths, where);
  if (lengths.device() == cpu && are_all(lengths, steps.length)) return steps;
  steps.lengths = lengths;
  if (lengths.device() == cpu) sort_by_length(steps);
  return steps;
}

Tensor pack_steps(const Tensor& x, const PackedSteps& steps, Where where) {
  check(
      x.rank() == 3 && x.dim(0) == steps.batch && x.dim(1) == steps.length,
      [&] {
        return text("a batch of ", steps.batch, " sequences of ", steps.length,
                    " positions is [batch, length, width], got ", x.shape());
      },
      where);
  check(
      !steps.lengths.defined() || steps.lengths.device() == x.device(),
      [&] {
        return text("the lengths lie on ", steps.lengths.device(), ", the sequences on ",
                    x.device(), "; move them: lengths.to(device)");
      },
      where);
  Tensor rows({steps.rows(), x.dim(2)}, x.dtype(), x.device());
  launch(
      x, [&](auto device, auto zero) { pack_steps_kernel<decltype(zero)>(device, x, steps, rows); },
      where);
  return rows;
}

void unpack_steps(const Tensor& rows, const PackedSteps& steps, Tensor& x) {
  expect_alike("unpack_steps", rows, x);
  launch(rows, [&](auto device, auto zero) {
    unpack_steps_kernel<decltype(zero)>(device, rows, steps, x);
  });
}

Tensor to_places(const Tensor& state, const PackedSteps& steps) {
  return steps.sentences.defined() ? gather_rows(state, steps.sentences) : state;
}

Tensor from_places(const Tensor& state, const PackedSteps& steps) {
  if (!steps.sentences.defined()) return state;
  Tensor result = empty_like(state);
  put_rows(result, steps.sentences, state);
  return result;
}

}  // namespace lectern
