#pragma once

#include <functional>

#include "autograd/variable.h"

namespace lectern {

/// A function of one number of one's own, and its derivative:
///
///     apply("sin", x, [](double t) { return std::sin(t); }, [](double t) { return std::cos(t); })
///
/// Both are called on the host for every number, in double precision.
Variable apply(const std::string& name, const Variable& x,
               const std::function<double(double)>& function,
               const std::function<double(double)>& derivative, Where where = Where::current());

}  // namespace lectern
