#include "nn/profile.h"

#include <algorithm>
#include <cmath>

#include "autograd/ops/arithmetic.h"
#include "autograd/ops/pointwise.h"
#include "autograd/ops/reduce.h"
#include "nn/linear.h"
#include "nn/loss.h"
#include "nn/optim/adam.h"
#include "nn/optim/sgd.h"
#include "tests/catch.h"
#include "tests/tensor/helpers.h"

using namespace lectern;

namespace {

/// Two layers and a bend between them, which belongs to no part.
class Network : public Module {
 public:
  explicit Network(Initializer& init) : first_(3, 4, init), second_(4, 1, init) {}
  Variable loss(const Tensor& x, const Tensor& y) const {
    return squared_error(second_(relu(first_(Variable(x)))), Variable(y));
  }
  void visit(Visitor& visitor) override {
    visitor("first", first_);
    visitor("second", second_);
  }

 private:
  Linear first_, second_;
};

/// A step of the network on two examples, profiled.
struct Profiled {
  Profiled() {
    profile = profile_step(network, [this] { step(); }, {.rounds = 3});
  }
  void step() { minimise(network.loss(x, y), adam, 1e-3); }

  Initializer init;
  Network network{init};
  Adam adam{lectern::parameters(network), {}};
  Tensor x = full({2, 3}, 1.0), y = full({2, 1}, 1.0);
  StepProfile profile;
};

std::int64_t bytes_at(const StepProfile& profile, int moment) {
  std::int64_t bytes = 0;
  for (const MemoryBlock* block : alive_at(profile, moment)) bytes += block->bytes;
  return bytes;
}

}  // namespace

TEST_CASE("profile: every op is there, in its part, with its line and shape") {
  const Profiled made;
  const std::vector<ProfiledOp>& ops = made.profile.ops;
  REQUIRE(ops.size() >= 4);
  CHECK(ops[0].name == "linear");
  CHECK(ops[0].part == "first");
  CHECK(ops[0].shape == Shape{2, 4});
  CHECK(contains(ops[0].where, "tests/nn/profile_test.cpp:"));
  CHECK(ops[1].name == "relu");
  CHECK(ops[1].part == "");
  CHECK(ops[2].part == "second");
}

TEST_CASE("profile: products are counted, forward and backward") {
  const Profiled made;
  // [2, 3] x [3, 4] forward; backward only the derivative by the weight, since x needs none.
  CHECK(made.profile.ops[0].forward_operations == 2 * 2 * 3 * 4);
  CHECK(made.profile.ops[0].backward_operations == 2 * 2 * 3 * 4);
  std::int64_t sum = 0;
  for (const ProfiledOp& op : made.profile.ops)
    sum += op.forward_operations + op.backward_operations;
  CHECK(sum == made.profile.operations);
}

TEST_CASE("profile: the times are parts of the step") {
  const Profiled made;
  CHECK(made.profile.update > 0);
  CHECK(sum_of_times(made.profile) > 0);
  CHECK(sum_of_times(made.profile) <= made.profile.seconds);
  for (const ProfiledOp& op : made.profile.ops) {
    CHECK(op.forward > 0);
    CHECK(op.backward > 0);
  }
}

TEST_CASE("profile: the film's maximum is the allocator's high-water mark, exactly") {
  Profiled made;
  const StepProfile& profile = made.profile;
  const MemoryMoment& peak = profile.film.at(static_cast<std::size_t>(peak_moment(profile)));
  CHECK(peak.in_use == profile.high_water);
  // The same figure without a recording.
  made.step();
  reset_high_water();
  made.step();
  CHECK(memory_statistics().high_water - memory_statistics().in_use ==
        profile.high_water - profile.film.back().in_use);
}

TEST_CASE("profile: at each moment the blocks that are alive are what is in use") {
  const Profiled made;
  for (std::size_t i = 0; i < made.profile.film.size(); ++i)
    REQUIRE(bytes_at(made.profile, static_cast<int>(i)) == made.profile.film[i].in_use);
  const auto alive = alive_at(made.profile, 0);
  CHECK(std::ranges::any_of(alive, [](const MemoryBlock* block) {
    return block->name == "first.weight" && block->bytes == 3 * 4 * 4;
  }));
}

TEST_CASE("profile: what an op keeps for its derivative is told from its scratch memory") {
  const Profiled made;
  // The value of the first layer [2, 4] lives on in relu's record or as its input.
  CHECK(made.profile.ops[0].made >= 2 * 4 * 4);
  std::int64_t kept = 0;
  for (const ProfiledOp& op : made.profile.ops) {
    CHECK(op.kept <= op.made);
    kept += op.kept;
  }
  CHECK(kept > 0);
}

TEST_CASE("profile: norms of gradients, by hand") {
  // loss = sum(3 w), w [4]: the derivative by w is 3 in each of 4 places, and by 3w it is 1.
  class One : public Module {
   public:
    void visit(Visitor& visitor) override { visitor("w", w); }
    Variable w = Variable::parameter(full({4}, 1.0));
  } one;
  Sgd sgd(lectern::parameters(one), {});
  const StepProfile profile =
      profile_step(one, [&] { minimise(sum(scale(one.w, 3)), sgd, 0.0); }, {.gradient_scale = 0.5});
  CHECK(profile.parameters.at(0).gradient_norm == Approx(0.5 * 3 * 2));
  CHECK(profile.ops.at(0).gradient_norm == Approx(0.5 * 1 * 2));
}

TEST_CASE("profile: a step that records nothing is refused, with what may be the reason") {
  Initializer init;
  Network network(init);
  const std::string message = message_of([&] { profile_step(network, [] {}); });
  CHECK(contains(message, "tests/nn/profile_test.cpp"));
  CHECK(contains(message, "NoGradient"));
}

TEST_CASE("module: the innermost part at work is known, and what kinds are around it") {
  Initializer init;
  Network network(init);
  Linear layer(1, 1, init);
  CHECK(PartAtWork::innermost() == nullptr);
  const PartAtWork outer(network);
  {
    const PartAtWork inner(layer);
    CHECK(&PartAtWork::innermost()->part() == &layer);
    CHECK(PartAtWork::any<Network>());
    CHECK(PartAtWork::any<Linear>());
  }
  CHECK(&PartAtWork::innermost()->part() == &network);
  CHECK_FALSE(PartAtWork::any<Linear>());
}
