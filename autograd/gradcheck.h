#pragma once

#include <functional>
#include <string>
#include <vector>

#include "autograd/variable.h"

namespace lectern {

using VariableFunction = std::function<Variable(const std::vector<Variable>& inputs)>;

struct GradcheckOptions {
  double epsilon = 1e-6;  ///< how far an input is moved to either side
  double atol = 1e-5;  ///< passes when |derivative − difference| ≤ atol + rtol · |difference|
  double rtol = 1e-3;
};

struct GradcheckReport {
  bool passed = true;
  double largest_error = 0;  ///< the largest |derivative − difference| of all elements
  std::string message;       ///< the first input and element that differ, with both numbers
};

/// Compares the gradients that backward() finds with central differences:
///
/// \f[ \frac{\partial f}{\partial x_i} \approx \frac{f(x_i + \epsilon) - f(x_i - \epsilon)}
///     {2\epsilon} \f]
///
/// A function with more than one output is first multiplied with fixed random numbers and summed.
/// \param function  is called twice for every element of the inputs; must be a pure function of them
/// \param inputs    f64 parameters. They may also be a module's, which `function` then need not take
///                  from its argument. They come back as they were; their gradients do not.
GradcheckReport gradcheck(const VariableFunction& function, std::vector<Variable> inputs,
                          const GradcheckOptions& options = {}, Where where = Where::current());

}  // namespace lectern
