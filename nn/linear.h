#pragma once

#include "nn/init.h"
#include "nn/module.h"
#include "tensor/ops/matmul.h"

namespace lectern {

/// \f[ y = x W + b \f]
///
/// `x [..., in]`, `W [in, out]`, `b [out]`: row vectors times a matrix, as on the page of the paper.
/// Starts with Xavier-uniform weights and a zero bias. Cost: 2 · rows · in · out operations.
class Linear : public Module {
 public:
  Linear(std::int64_t in, std::int64_t out, Initializer& init);

  Variable operator()(const Variable& x, Where where = Where::current()) const;
  void visit(Visitor& visitor) override;
  void set_mode(const Mode& mode) override;

 private:
  Variable weight_;
  Variable bias_;
  PackedMatrix packed_;  // the weight, while the model is prepared for inference
};

}  // namespace lectern
