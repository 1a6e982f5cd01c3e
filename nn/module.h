#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "autograd/variable.h"
#include "tensor/random.h"

namespace lectern {

class Module;

/// What walks over a module's parts. A module names each part once, in Module::visit; collecting
/// parameters, saving, loading and switching to training all use that one list.
class Visitor {
 public:
  virtual ~Visitor() = default;
  virtual void operator()(std::string_view name, Variable& parameter) = 0;
  virtual void operator()(std::string_view name, Module& module) = 0;
};

/// Whether a forward pass trains or evaluates, and the random numbers that it may draw.
struct Mode {
  bool training = false;
  bool inference = false;  ///< the weights stay as they are: layers may prepare them for use
  RandomKey key;
};

/// A function with memory: parameters, and parts that are modules themselves.
class Module {
 public:
  virtual ~Module() = default;
  /// Calls `visitor` with the name of every part, in a fixed order.
  virtual void visit(Visitor& visitor) = 0;
  /// Told when the model is switched between training, evaluation and inference. Only layers
  /// that behave differently then, such as Dropout and Linear, care.
  virtual void set_mode(const Mode&) {}
};

/// Switches `model` to training. It and every module below get a `key.site` of their own, counted
/// in the order of the visit, so that no two dropout layers share a mask. Call it before every
/// step, with the step in the key: the masks are a function of (seed, step, site, element) and of
/// nothing else.
void train(Module& model, RandomKey key);
/// Switches `model` to evaluation: no dropout.
void evaluate(Module& model);
/// Evaluation with weights that stay as they are until the mode changes: layers keep a copy of them
/// that products need less time for, and record nothing.
void prepare_for_inference(Module& model);

/// While one is alive in this thread, a part of a model is at work: by this a profiler (nn/profile.h)
/// knows of whose ops it is told. A layer that is made of others has one in its call. Parts are at work
/// inside one another, the latest is the innermost. Costs two assignments.
class PartAtWork {
 public:
  explicit PartAtWork(const Module& part);
  ~PartAtWork();
  PartAtWork(const PartAtWork&) = delete;
  PartAtWork& operator=(const PartAtWork&) = delete;

  /// Null where none is at work.
  static const PartAtWork* innermost();
  const Module& part() const { return part_; }
  const PartAtWork* around() const { return around_; }

  /// Whether a part of this kind is at work.
  template <class Kind>
  static bool any() {
    const PartAtWork* at_work = innermost();
    while (at_work && !dynamic_cast<const Kind*>(&at_work->part_)) at_work = at_work->around_;
    return at_work != nullptr;
  }

 private:
  const Module& part_;
  const PartAtWork* around_;
};

struct NamedParameter {
  std::string name;  ///< the path of names, such as `encoder.layers.0.norm1.weight`
  Variable variable;
};

/// Every parameter of a model, in the order of the visit; one that several parts share comes once,
/// under its first name.
std::vector<NamedParameter> parameters(Module& model);

/// A part of a model that is a module of some kind.
template <class Kind>
struct NamedPart {
  std::string name;  ///< the path of names, such as `encoder.layers.0.self_attention`
  Kind* part;
};

/// Every part of a model that is a `Kind`, in the order of the visit: the model itself, whose name is
/// empty, and all below it.
template <class Kind>
std::vector<NamedPart<Kind>> parts_of(Module& model) {
  class Finder : public Visitor {
   public:
    void operator()(std::string_view, Variable&) override {}
    void operator()(std::string_view name, Module& module) override {
      const std::size_t length = path_.size();
      if (length > 0) path_ += '.';
      path_ += name;
      look_at(module);
      path_.resize(length);
    }
    void look_at(Module& module) {
      if (auto* part = dynamic_cast<Kind*>(&module)) found.push_back({path_, part});
      module.visit(*this);
    }
    std::vector<NamedPart<Kind>> found;

   private:
    std::string path_;
  };
  Finder finder;
  finder.look_at(model);
  return finder.found;
}

/// How many numbers a model learns.
std::int64_t parameter_count(Module& model);

}  // namespace lectern
