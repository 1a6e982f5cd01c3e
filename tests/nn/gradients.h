#pragma once

#include "autograd/gradcheck.h"
#include "nn/module.h"
#include "tests/catch.h"

namespace lectern {

/// Checks the derivatives of a layer's output by its input and by all its parameters.
template <class Layer>
void expect_right_gradients(Layer& layer, const Tensor& x) {
  std::vector<Variable> inputs = {Variable::parameter(x)};
  for (const NamedParameter& parameter : parameters(layer)) inputs.push_back(parameter.variable);
  const GradcheckReport report =
      gradcheck([&](const std::vector<Variable>& in) { return layer(in[0]); }, inputs,
                {.atol = 1e-8, .rtol = 1e-6});
  INFO(report.message);
  CHECK(report.passed);
}

}  // namespace lectern
