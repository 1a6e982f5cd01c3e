#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "nn/module.h"

namespace lectern {

/// Parts of a model that are grouped under one name but are not a class of their own.
class Group : public Module {
 public:
  explicit Group(std::function<void(Visitor&)> visit) : visit_(std::move(visit)) {}
  void visit(Visitor& visitor) override { visit_(visitor); }

 private:
  std::function<void(Visitor&)> visit_;
};

/// The layers of a stack, named 0, 1, 2, …
template <class Layer>
Group numbered(std::vector<Layer>& layers) {
  return Group([&layers](Visitor& visitor) {
    for (std::size_t i = 0; i < layers.size(); ++i) visitor(std::to_string(i), layers[i]);
  });
}

}  // namespace lectern
