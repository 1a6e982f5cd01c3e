#include "attention/ops/mask_scores.h"

#include "attention/linear.h"
#include "attention/lsh.h"
#include "attention/ops/mask_program.h"
#include "attention/scaled_dot_product.h"
#include "autograd/by_definition.h"
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
  CHECK(contains(message_of([&] { mask_scores(zeros({4}), mask); }), "[batch, head, query"));
}

TEST_CASE("mask_scores: scores of one head, and of one sequence") {
  const Tensor scores = normal({2, 3, 4}, 1);
  const Mask mask = causal_padding_mask(tensor_of<std::int32_t>({2}, {1, 3}));
  CHECK(same_bits(mask_scores(scores, mask),
                  mask_scores(scores.reshape({2, 1, 3, 4}), mask).reshape({2, 3, 4})));
  CHECK(mask_scores(tensor_of<double>({2, 2}, {1, 2, 3, 4}), causal_mask()).to_vector<double>() ==
        std::vector<double>{1, hidden, 3, 4});
  CHECK(mask_scores(Variable::parameter(normal({2, 2}, 1)), causal_mask()).shape() == Shape{2, 2});
}

TEST_CASE("visible_pairs: as many as there are, for fewer queries than keys, too") {
  if (default_device() != cpu) return;  // programs are asked where the lengths lie
  const Tensor lengths = tensor_of<std::int32_t>({3}, {0, 5, 13});
  const Window windows[] = {{.before = 2, .after = 3},
                            {.before = 3, .after = 1, .dilation = 3},
                            {.before = 1, .after = 2, .dilation = 2, .globals = 4},
                            {.before = 100, .after = 100, .globals = 20}};
  std::vector<Mask> masks = {no_mask(), causal_mask(), padding_mask(lengths),
                             causal_padding_mask(lengths)};
  for (std::size_t i = 0; i < 4; ++i)
    for (const Window& window : windows) {
      masks.push_back(masks[i]);
      masks.back().window = window;
    }
  for (std::size_t i = 0; i < 4; ++i)
    for (const bool far : {false, true})
      for (const std::int64_t size : {1, 3, 8}) {
        masks.push_back(masks[i]);
        masks.back().blocks = Blocks{.size = size, .far = far};
      }
  for (const Mask& mask : masks)
    for (const std::int32_t query : {1, 4, 13, 20})
      with_masks(mask, query, 13, [&](const auto& programs) {
        for (std::int64_t b = 0; b < 3; ++b) {
          const auto program = programs.program(b, 0);
          std::int64_t pairs = 0;
          for (std::int32_t i = 0; i < query; ++i)
            for (std::int32_t j = 0; j < 13; ++j) pairs += program.visible(i, j) ? 1 : 0;
          CHECK(program.visible_pairs(query) == pairs);
        }
      });
}

TEST_CASE("visible: masks as matrices of ones and zeros") {
  CHECK(visible(causal_mask(), 2, 3).to_vector<float>() == std::vector<float>{1, 1, 0, 1, 1, 1});
  CHECK(visible(window_mask({.before = 1}), 3, 3).to_vector<float>() ==
        std::vector<float>{1, 0, 0, 1, 1, 0, 0, 1, 1});
  CHECK(visible(padding_mask(tensor_of<std::int32_t>({1}, {1})), 2, 2).to_vector<float>() ==
        std::vector<float>{1, 0, 1, 0});
  CHECK(visible(no_mask(), 1, 2).to_vector<float>() == std::vector<float>{1, 1});
}

TEST_CASE("pair_mask: a function says who sees whom, together with the other rules") {
  const Mask even = pair_mask([](std::int64_t, std::int64_t key) { return key % 2 == 0; });
  CHECK(even.hides_something());
  CHECK(visible(even, 2, 3).to_vector<float>() == std::vector<float>{1, 0, 1, 1, 0, 1});
  Mask both = even;
  both.causal = true;
  CHECK(visible(both, 3, 3).to_vector<float>() == std::vector<float>{1, 0, 0, 1, 0, 0, 1, 0, 1});
  const GradcheckReport report =
      gradcheck([&](const std::vector<Variable>& in) { return softmax(mask_scores(in[0], both)); },
                {Variable::parameter(normal({2, 2, 3, 3}, 1))});
  INFO(report.message);
  CHECK(report.passed);
}

TEST_CASE("pair_mask: definitions take it, kernels refuse and say what to take") {
  const Mask backward_only = pair_mask([](std::int64_t i, std::int64_t j) { return j <= i; });
  const Variable x(normal({2, 5, 8}, 1));
  const AttentionOptions pairs{.heads = 2, .mask = backward_only};
  const AttentionOptions causal{.heads = 2, .mask = causal_mask()};
  CHECK(
      close(attend_by_definition(x, x, x, pairs).value(), attend(x, x, x, causal).value(), 1e-12));
  CHECK(close(attend_linear_by_definition(x, x, x, pairs).value(),
              attend_linear(x, x, x, causal).value(), 1e-12));
  const LshOptions lsh{.rounds = 1, .buckets = 2, .exact_below = 0};
  const Tensor buckets = zeros({2, 2, 1, 5}, DType::i32);
  CHECK(close(attend_lsh_by_definition(x, x, buckets, lsh, pairs).value(),
              attend_lsh(x, x, buckets, lsh, causal).value(), 1e-12));
  CHECK(contains(message_of([&] { attend(x, x, x, pairs); }), "attend_by_definition"));
  CHECK(
      contains(message_of([&] { attend_linear(x, x, x, pairs); }), "linear attention got a pair"));
  CHECK(
      contains(message_of([&] { attend_lsh(x, x, buckets, lsh, pairs); }), "LSH attention got a"));
  const ByDefinition scope;
  CHECK(close(attend(x, x, x, pairs).value(), attend(x, x, x, causal).value(), 1e-12));
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
