// The exercises of chapter 22. Write your lines where it says so, then type ./check.
#include <algorithm>
#include <cmath>
#include <map>

#include "exercise.h"

using namespace lectern;

namespace {

/// Exercise 1: the operations of a Linear layer from `in` to `out` numbers, for so many rows: its
/// forward pass and its backward pass together. Where x needs no gradient, nobody asks for it.
std::int64_t operations_of_linear(std::int64_t rows, std::int64_t in,
                                  std::int64_t out, bool x_needs_gradient) {
  // [solution 1]
  const std::int64_t one = 2 * rows * in * out;
  return x_needs_gradient ? 3 * one : 2 * one;
  // [/solution]
}

/// Exercise 2: what the forward pass of one part of a model keeps, in bytes: of the part
/// `encoder.layers.1` itself and of all parts inside of it, but not of `encoder.layers.10`. Each of
/// profile.ops has .part, the name of its part, and .kept.
std::int64_t kept_by(const StepProfile& profile, const std::string& part) {
  // [solution 2]
  std::int64_t kept = 0;
  for (const ProfiledOp& op : profile.ops)
    if (op.part == part || op.part.starts_with(part + ".")) kept += op.kept;
  return kept;
  // [/solution]
}

/// Exercise 3: the largest block of memory that is taken and given back again within the step; of
/// several that are as large, any. Each of profile.blocks has .bytes, .from, the phase in which it was
/// taken (StepPhase::before: it was there before the step), and .died, -1 if it outlives the step.
MemoryBlock largest_passing(const StepProfile& profile) {
  // [solution 3]
  MemoryBlock largest;
  for (const MemoryBlock& block : profile.blocks)
    if (block.from != StepPhase::before && block.died >= 0 &&
        block.bytes > largest.bytes)
      largest = block;
  return largest;
  // [/solution]
}

/// Exercise 4: a watcher that finds the op with the longest derivative by its output: `op.name` of
/// the largest sqrt(sum(square(d_output))).
class Steepest : public OpWatcher {
 public:
  void after_forward(const Record&) override {}
  void before_backward(const Record& op, const Tensor& d_output) override {
    // [solution 4]
    const double norm = std::sqrt(sum(square(d_output)).item());
    if (norm > longest) longest = norm, name = op.name;
    // [/solution]
  }
  void after_backward(const Record&) override {}
  std::string name;
  double longest = 0;
};

/// Two linear layers, with a bend between them.
class Network : public Module {
 public:
  explicit Network(Initializer& init)
      : first_(8, 32, init), second_(32, 4, init) {}
  Variable operator()(const Tensor& x) const {
    return second_(relu(first_(Variable(x))));
  }
  void visit(Visitor& visitor) override {
    visitor("layer1", first_);
    visitor("layer10", second_);
  }

 private:
  Linear first_, second_;
};

StepProfile profile_of(Network& network, Sgd& sgd) {
  const Tensor x = random_normal({16, 8}, 1.0, {.seed = 1});  // [row, in]
  return profile_step(network,
                      [&] { minimise(sum(square(network(x))), sgd, 0.0); },
                      {.rounds = 1});
}

}  // namespace

int main() {
  Exercises exercises;
  Initializer init(1);
  Network network(init);
  Sgd sgd(parameters(network), {});
  exercises.check(1, [&] {
    for (const bool needs : {false, true}) {
      const Linear layer(8, 32, init);
      const Tensor numbers = random_normal({16, 8}, 1.0, {.seed = 1});
      const Variable x =
          needs ? Variable::parameter(numbers) : Variable(numbers);
      expect_equal(text("operations of 16 rows from 8 to 32, x ",
                        needs ? "needs a gradient" : "needs none"),
                   operations_of_linear(16, 8, 32, needs),
                   operations([&] { backward(sum(layer(x))); }));
    }
  });
  exercises.check(2, [&] {
    const StepProfile profile = profile_of(network, sgd);
    std::int64_t first = 0, second = 0;
    for (const ProfiledOp& op : profile.ops) {
      if (op.part == "layer1") first += op.kept;
      if (op.part == "layer10") second += op.kept;
    }
    expect_equal("bytes kept by layer1", kept_by(profile, "layer1"), first);
    expect_equal("bytes kept by layer10", kept_by(profile, "layer10"), second);
    StepProfile inside;
    inside.ops.push_back({.part = "encoder.layers.1.norm1", .kept = 12});
    inside.ops.push_back({.part = "encoder.layers.10.norm1", .kept = 30});
    expect_equal("12 in encoder.layers.1, 30 in encoder.layers.10",
                 kept_by(inside, "encoder.layers.1"), std::int64_t{12});
  });
  exercises.check(3, [&] {
    StepProfile made;
    made.blocks = {
        {.bytes = 900, .from = StepPhase::before, .died = 4},
        {.bytes = 800, .from = StepPhase::forward, .born = 1},
        {.bytes = 50, .from = StepPhase::forward, .born = 2, .died = 5},
        {.bytes = 70, .from = StepPhase::backward, .born = 3, .died = 4}};
    expect_equal("bytes of the largest passing block",
                 largest_passing(made).bytes, std::int64_t{70});
    const StepProfile profile = profile_of(network, sgd);
    const MemoryBlock block = largest_passing(profile);
    expect_at_least("bytes of one that a step makes",
                    static_cast<double>(block.bytes), 16 * 32 * 4);
    expect_at_least("moment at which it ends, after its beginning", block.died,
                    block.born + 1);
  });
  exercises.check(4, [&] {
    const StepProfile profile = profile_of(network, sgd);
    const auto steepest =
        std::max_element(profile.ops.begin(), profile.ops.end(),
                         [](const ProfiledOp& a, const ProfiledOp& b) {
                           return a.gradient_norm < b.gradient_norm;
                         });
    Steepest watcher;
    minimise(sum(square(network(random_normal({16, 8}, 1.0, {.seed = 1})))),
             sgd, 0.0);
    expect_equal("the steepest op", watcher.name, steepest->name);
    expect_near("its norm", watcher.longest, steepest->gradient_norm,
                1e-3 * steepest->gradient_norm);
  });
  return exercises.result();
}
