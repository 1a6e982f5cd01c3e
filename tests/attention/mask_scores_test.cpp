#include "attention/ops/mask_scores.h"

#include "autograd/gradcheck.h"
#include "autograd/ops/softmax.h"
#include "tests/tensor/on_gpu.h"

using namespace lectern;

namespace {

constexpr double hidden = -std::numeric_limits<double>::infinity();

}  // namespace

TEST_CASE("mask_scores: by hand, and zeros for the gradient of what is hidden") {
  const Tensor scores = tensor_of<double>({2, 1, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8});
  const Mask mask = causal_padding_mask(tensor_of<std::int32_t>({2}, {1, 2}));
  CHECK(mask_scores(scores, mask).to_vector<double>() ==
        std::vector<double>{1, hidden, 3, hidden, 5, hidden, 7, 8});
  CHECK(mask_scores_backward(scores, mask).to_vector<double>() ==
        std::vector<double>{1, 0, 3, 0, 5, 0, 7, 8});
}

TEST_CASE("mask_scores: gradient below a softmax, with a row that sees nothing") {
  const Mask mask = causal_padding_mask(tensor_of<std::int32_t>({2}, {0, 3}));
  const GradcheckReport report =
      gradcheck([&](const std::vector<Variable>& in) { return softmax(mask_scores(in[0], mask)); },
                {Variable::parameter(normal({2, 2, 3, 4}, 1))});
  INFO(report.message);
  CHECK(report.passed);
}

TEST_CASE("mask_scores: a length of more keys than there are is named") {
  const CheckedIds on(true);
  const Mask mask = padding_mask(tensor_of<std::int32_t>({2}, {2, 5}));
  CHECK(contains(message_of([&] {
                   mask_scores(zeros({2, 1, 2, 4}), mask);
                 }),
                 "key_lengths[1] is 5, but sequence 1 has 4 keys"));
  CHECK(contains(message_of([&] { mask_scores(zeros({2, 4}), mask); }), "[batch, head, query"));
}

TEST_CASE("mask_scores: the GPU hides what the CPU hides, where the scores lie", "[gpu]") {
  if (!gpu_is_there()) return;
  const Device gpu{Device::Kind::cuda};
  for (const DType dtype : {DType::f32, DType::f64})
    for (const std::int64_t query : {1, 5, 33}) {
      const OnDevice scope(cpu);
      const Tensor scores = normal({3, 2, query, 33}, 1, dtype);
      const Tensor lengths = tensor_of<std::int32_t>({3}, {0, 20, 33});
      for (const bool causal : {false, true}) {
        const Mask here{.causal = causal, .key_lengths = lengths};
        const Mask there{.causal = causal, .key_lengths = lengths.to(gpu)};
        const Tensor masked = mask_scores(scores.to(gpu), there);
        CHECK(masked.device() == gpu);
        CHECK(contains(message_of([&] { mask_scores(scores, there); }), "the scores on cpu"));
        CHECK(same_bits(masked.to(cpu), mask_scores(scores, here)));
        CHECK(same_bits(mask_scores_backward(scores.to(gpu), there).to(cpu),
                        mask_scores_backward(scores, here)));
      }
    }
}
