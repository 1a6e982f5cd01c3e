#pragma once

#include "autograd/variable.h"
#include "tensor/ops/reduce.h"

namespace lectern {

/// Sums with derivatives; see tensor/ops/reduce.h. The gradient is repeated where it was summed.
Variable sum(const Variable& x, Where where = Where::current());
Variable mean(const Variable& x, Where where = Where::current());
Variable sum_axis(const Variable& x, int axis, KeepAxis keep = KeepAxis::no,
                  Where where = Where::current());
Variable mean_axis(const Variable& x, int axis, KeepAxis keep = KeepAxis::no,
                   Where where = Where::current());
Variable variance_axis(const Variable& x, int axis, KeepAxis keep = KeepAxis::no,
                       Where where = Where::current());
Variable max_axis(const Variable& x, int axis, KeepAxis keep = KeepAxis::no,
                  Where where = Where::current());

}  // namespace lectern
