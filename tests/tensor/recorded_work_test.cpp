#include "tensor/recorded_work.h"

#include "tensor/ops/arithmetic.h"
#include "tensor/ops/dropout.h"
#include "tests/tensor/on_gpu.h"

using namespace lectern;

TEST_CASE("recorded work: on a CPU it is simply done") {
  const OnDevice scope(cpu);
  Tensor sum = zeros({2});
  RecordedWork work(cpu, [&](const std::vector<Tensor>& inputs) { add_in_place(sum, inputs[0]); });
  for (int i = 0; i < 3; ++i) work.run({tensor_of<float>({2}, {1, 2})});
  CHECK(sum.to_vector<float>() == std::vector<float>{3, 6});
  CHECK(work.recordings() == 0);
}

TEST_CASE("recorded work: each shape is recorded when it comes again", "[gpu]") {
  if (!gpu_is_there()) return;
  const Device gpu{Device::Kind::cuda};
  const OnDevice scope(gpu);
  Tensor sum = zeros({});
  int calls = 0;
  RecordedWork work(gpu, [&](const std::vector<Tensor>& inputs) {
    ++calls;
    const Tensor doubled = scale(inputs[0], 2);  // in the arena, which both shapes share
    sum.copy_from(add(sum, sum_to(doubled, {})));
  });
  double expected = 0;
  for (int i = 1; i <= 5; ++i)
    for (const std::int64_t size : {3, 5}) {
      work.run({full({size}, i)});
      expected += 2.0 * i * static_cast<double>(size);
      CHECK(sum.item<float>() == expected);
    }
  CHECK(calls == 4);  // each shape once as it is, once to be recorded
  CHECK(work.recordings() == 2);
}

TEST_CASE("recorded work: a mask whose step lies on the device is new in every repetition",
          "[gpu]") {
  if (!gpu_is_there()) return;
  const Device gpu{Device::Kind::cuda};
  const OnDevice scope(gpu);
  Tensor step = zeros({1}, DType::i32), dropped = zeros({500});
  const RandomKey key{
      .seed = 3,
      .site = 2,
      .step_on_device = reinterpret_cast<const std::uint32_t*>(step.device_data<std::int32_t>())};
  RecordedWork work(gpu, [&](const std::vector<Tensor>& inputs) {
    dropped.copy_from(dropout(inputs[0], 0.5, key));
  });
  const Tensor ones = full({500}, 1);
  for (std::int32_t now = 0; now < 4; ++now) {
    step.copy_from(tensor_of<std::int32_t>({1}, {now}));
    work.run({ones});
    const Tensor expected =
        dropout(ones.to(cpu), 0.5, {.seed = 3, .step = static_cast<std::uint32_t>(now), .site = 2});
    CHECK(same_bits(dropped.to(cpu), expected));
  }
}
