#include "nn/module.h"

#include "nn/feed_forward.h"
#include "nn/layer_norm.h"
#include "tests/catch.h"
#include "tests/tensor/helpers.h"

using namespace lectern;

namespace {

/// A module of modules, with a parameter of its own; `twin` shares the parameters of `inner`.
class Outer : public Module {
 public:
  explicit Outer(Initializer& init)
      : scale_(Variable::parameter(init.constant({2}, 1.0))), inner_(2, 3, init), twin_(inner_) {}
  void visit(Visitor& visitor) override {
    visitor("scale", scale_);
    visitor("inner", inner_);
    visitor("twin", twin_);
  }

 private:
  Variable scale_;
  Linear inner_, twin_;
};

std::vector<std::string> names_of(Module& module) {
  std::vector<std::string> names;
  for (const NamedParameter& parameter : parameters(module)) names.push_back(parameter.name);
  return names;
}

}  // namespace

TEST_CASE("module: parameters come by their paths, shared ones once") {
  Initializer init;
  Outer outer(init);
  CHECK(names_of(outer) == std::vector<std::string>{"scale", "inner.weight", "inner.bias"});
  CHECK(parameter_count(outer) == 2 + 2 * 3 + 3);
  FeedForward network({.d_model = 2, .d_ff = 4}, init);
  CHECK(names_of(network) == std::vector<std::string>{"linear1.weight", "linear1.bias",
                                                      "linear2.weight", "linear2.bias"});
}

TEST_CASE("module: a named parameter is the module's own, not a copy") {
  Initializer init(1, DType::f64);
  Linear linear(1, 1, init);
  parameters(linear)[0].variable.set_value(tensor_of<double>({1, 1}, {5}));
  CHECK(linear(Variable(tensor_of<double>({1, 1}, {2}))).value().item<double>() == 10.0);
}

TEST_CASE("module: parts of a kind, the model itself among them") {
  Initializer init;
  Outer outer(init);
  const auto linears = parts_of<Linear>(outer);
  REQUIRE(linears.size() == 2);
  CHECK(linears[0].name == "inner");
  CHECK(linears[1].name == "twin");
  const auto all = parts_of<Module>(outer);
  REQUIRE(all.size() == 3);
  CHECK(all[0].name.empty());
  CHECK(all[0].part == &outer);
  CHECK(parts_of<FeedForward>(outer).empty());
}

TEST_CASE("module: every part learns of training and evaluation, each with a place of its own") {
  class Probe : public Module {
   public:
    void visit(Visitor&) override {}
    void set_mode(const Mode& mode) override { seen = mode; }
    Mode seen;
  };
  class Pair : public Probe {
   public:
    void visit(Visitor& visitor) override {
      visitor("left", left);
      visitor("right", right);
    }
    Probe left, right;
  };
  Pair pair;
  train(pair, {.seed = 8, .step = 9});
  for (const Probe* probe : {static_cast<Probe*>(&pair), &pair.left, &pair.right}) {
    CHECK(probe->seen.training);
    CHECK(probe->seen.key.seed == 8);
    CHECK(probe->seen.key.step == 9);
  }
  CHECK(pair.left.seen.key.site != pair.right.seen.key.site);
  CHECK(pair.left.seen.key.site != pair.seen.key.site);
  evaluate(pair);
  CHECK_FALSE(pair.seen.training);
  CHECK_FALSE(pair.right.seen.training);
}

TEST_CASE("parts_of: the model itself, without a name, and all below it") {
  Initializer init;
  Linear alone(2, 3, init);
  REQUIRE(parts_of<Linear>(alone).size() == 1);
  CHECK(parts_of<Linear>(alone)[0].part == &alone);
  CHECK(parts_of<Linear>(alone)[0].name.empty());
  Outer outer(init);
  const auto modules = parts_of<Module>(outer);
  std::vector<std::string> names;
  for (const auto& [name, part] : modules) names.push_back(name);
  CHECK(names == std::vector<std::string>{"", "inner", "twin"});
}

TEST_CASE("check_complete: a part that visit() forgets is found") {
  class Forgetful : public Outer {
   public:
    explicit Forgetful(Initializer& init) : Outer(init), forgotten_(1, 4, init) {}

   private:
    Linear forgotten_;
  };
  Initializer whole, part, shared;
  Outer outer(whole);
  check_complete(outer, whole);
  Forgetful forgetful(part);
  const std::string message = message_of([&] { check_complete(forgetful, part); });
  CHECK(contains(message, "the model learns 11 numbers, but 19 were drawn for it"));
  CHECK(contains(message, "is a part missing in a visit()?"));
  CHECK(contains(message, "tests/nn/module_test.cpp:"));
  CHECK(contains(message_of([&] { check_complete(outer, shared); }), "another Initializer"));
}
