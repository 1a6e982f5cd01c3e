#include "nn/module.h"

#include <algorithm>
#include <utility>

namespace lectern {
namespace {

thread_local const PartAtWork* innermost_part = nullptr;

class ModeSetter : public Visitor {
 public:
  explicit ModeSetter(const Mode& mode) : mode_(mode) {}
  void operator()(std::string_view, Variable&) override {}
  void operator()(std::string_view, Module& module) override {
    ++mode_.key.site;
    module.set_mode(mode_);
    module.visit(*this);
  }

 private:
  Mode mode_;
};

class Collector : public Visitor {
 public:
  void operator()(std::string_view name, Variable& parameter) override {
    const bool known = std::any_of(found.begin(), found.end(), [&](const NamedParameter& other) {
      return other.variable.is_same(parameter);
    });
    if (!known) found.push_back({prefix_ + std::string(name), parameter});
  }
  void operator()(std::string_view name, Module& module) override {
    const std::size_t length = prefix_.size();
    prefix_ += std::string(name) + ".";
    module.visit(*this);
    prefix_.resize(length);
  }
  std::vector<NamedParameter> found;

 private:
  std::string prefix_;
};

}  // namespace

void train(Module& model, RandomKey key) {
  ModeSetter setter({.training = true, .key = key});
  setter("", model);
}

void evaluate(Module& model) {
  ModeSetter setter({.training = false, .key = {}});
  setter("", model);
}

void prepare_for_inference(Module& model) {
  ModeSetter setter({.inference = true, .key = {}});
  setter("", model);
}

PartAtWork::PartAtWork(const Module& part)
    : part_(part), around_(std::exchange(innermost_part, this)) {}
PartAtWork::~PartAtWork() { innermost_part = around_; }
const PartAtWork* PartAtWork::innermost() { return innermost_part; }

std::vector<NamedParameter> parameters(Module& model) {
  Collector collector;
  model.visit(collector);
  return collector.found;
}

std::int64_t parameter_count(Module& model) {
  std::int64_t count = 0;
  for (const NamedParameter& parameter : parameters(model))
    count += parameter.variable.value().size();
  return count;
}

}  // namespace lectern
