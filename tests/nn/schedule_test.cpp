#include "nn/optim/schedule.h"

#include <cmath>

#include "tests/reference.h"

using namespace lectern;

namespace {

constexpr Schedule::Kind kinds[] = {Schedule::Kind::constant, Schedule::Kind::noam,
                                    Schedule::Kind::cosine, Schedule::Kind::linear};

void expect_rates(const Schedule& schedule, const Tensor& expected) {
  std::vector<double> rates;
  for (std::int64_t step = 1; step <= expected.size(); ++step)
    rates.push_back(schedule.learning_rate(step));
  // At the very end PyTorch, which multiplies its way down, is 1e-19 away from zero.
  expect_close("learning rates", tensor_of<double>(expected.shape(), rates), expected,
               {.rtol = 1e-12, .atol = 1e-15});
}

}  // namespace

TEST_CASE("like PyTorch: the learning rates of every step") {
  const Reference reference("schedules_reference");
  Schedule schedule{
      .kind = Schedule::Kind::cosine, .peak = 1e-3, .warmup_steps = 10, .total_steps = 50};
  expect_rates(schedule, reference["cosine"]);
  schedule.kind = Schedule::Kind::linear;
  expect_rates(schedule, reference["linear"]);
  schedule.kind = Schedule::Kind::noam;
  schedule.peak = 2.0 / std::sqrt(512.0 * 10.0);
  expect_rates(schedule, reference["noam"]);
}

TEST_CASE("schedules rise evenly to the peak, and are highest there") {
  for (const Schedule::Kind kind : kinds) {
    const Schedule schedule{.kind = kind, .peak = 2.0, .warmup_steps = 4, .total_steps = 20};
    CHECK(schedule.learning_rate(1) == Approx(0.5));
    CHECK(schedule.learning_rate(3) == Approx(1.5));
    CHECK(schedule.learning_rate(4) == Approx(2.0));
    for (std::int64_t step = 5; step < 25; ++step)
      CHECK(schedule.learning_rate(step) <= schedule.learning_rate(step - 1));
  }
}

TEST_CASE("schedules: what they are after the peak, by hand") {
  Schedule schedule{.peak = 2.0, .warmup_steps = 4, .total_steps = 20};
  const auto rate = [&](Schedule::Kind kind, std::int64_t step) {
    schedule.kind = kind;
    return schedule.learning_rate(step);
  };
  CHECK(rate(Schedule::Kind::noam, 16) == Approx(1.0));  // √(4/16)
  CHECK(rate(Schedule::Kind::cosine, 12) == Approx(1.0));
  CHECK(rate(Schedule::Kind::linear, 16) == Approx(0.5));
  CHECK(rate(Schedule::Kind::constant, 1000) == 2.0);
  CHECK(std::abs(rate(Schedule::Kind::cosine, 20)) < 1e-12);
  CHECK(rate(Schedule::Kind::linear, 30) == 0.0);  // and stays there
}

TEST_CASE("schedules without warm-up start at the peak, or one step behind it") {
  for (const Schedule::Kind kind : kinds) {
    const Schedule schedule{.kind = kind, .peak = 2.0, .total_steps = 1000};
    CHECK(schedule.learning_rate(1) == Approx(2.0).epsilon(2e-3));
  }
  CHECK(contains(message_of([] { Schedule{}.learning_rate(0); }), "counted from 1"));
  CHECK(contains(message_of([] { Schedule{.kind = Schedule::Kind::cosine}.learning_rate(1); }),
                 "must know its total_steps"));
}
