#include "tensor/ops/step_numbers.h"

#include <cstddef>
#include <cstring>

#include "tensor/launch.h"
#include "tensor/ops/expect.h"

namespace lectern {

template <class T>
void add_loss_kernel(Cpu, Tensor& numbers, const Tensor& mean, const Tensor& targets);
template <class T>
void add_loss_kernel(Cuda, Tensor& numbers, const Tensor& mean, const Tensor& targets);
void limit_step_kernel(Cpu, Tensor& numbers, const Tensor& sum_of_squares, double max_norm);
void limit_step_kernel(Cuda, Tensor& numbers, const Tensor& sum_of_squares, double max_norm);

namespace {

constexpr std::int64_t number_count = sizeof(StepNumbers) / sizeof(double);
constexpr std::int64_t known_count = offsetof(StepNumbers, gradient_norm) / sizeof(double);

Tensor on_host(const StepNumbers& numbers, std::int64_t count) {
  Tensor here({count}, DType::f64, cpu);
  std::memcpy(here.data<double>(), &numbers, static_cast<std::size_t>(count) * sizeof(double));
  return here;
}

void expect_step_numbers(const char* op, const Tensor& numbers) {
  check(numbers.dtype() == DType::f64 && numbers.size() == number_count, [&] {
    return text(op, " needs what step_numbers() makes, got ", numbers.dtype(), " ",
                numbers.shape());
  });
}

}  // namespace

Tensor step_numbers(const StepNumbers& numbers, Device device) {
  return on_host(numbers, number_count).to(device);
}

void begin_step(Tensor& numbers, const StepNumbers& known) {
  expect_step_numbers("begin_step", numbers);
  numbers.slice(0, known_count).copy_from(on_host(known, known_count));
}

StepNumbers read_step_numbers(const Tensor& numbers) {
  expect_step_numbers("read_step_numbers", numbers);
  const Tensor here = numbers.to(cpu);
  return *step_numbers_at(here.data<double>());
}

Tensor loss_and_norm(const Tensor& numbers) {
  constexpr std::int64_t loss = offsetof(StepNumbers, loss) / sizeof(double);
  expect_step_numbers("loss_and_norm", numbers);
  return numbers.slice(loss, loss + 2);
}

void add_loss(Tensor& numbers, const Tensor& mean, const Tensor& targets) {
  expect_step_numbers("add_loss", numbers);
  expect_same_shape("add_loss", mean, targets);
  launch(mean, [&](auto device, auto zero) {
    add_loss_kernel<decltype(zero)>(device, numbers, mean, targets);
  });
}

void limit_step(Tensor& numbers, const Tensor& sum_of_squares, double max_norm) {
  expect_step_numbers("limit_step", numbers);
  with_device(numbers,
              [&](auto device) { limit_step_kernel(device, numbers, sum_of_squares, max_norm); });
}

}  // namespace lectern
