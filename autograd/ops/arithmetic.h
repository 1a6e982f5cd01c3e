#pragma once

#include "autograd/variable.h"

namespace lectern {

/// Arithmetic with derivatives; broadcasting and formulas as in tensor/ops/arithmetic.h.
Variable add(const Variable& a, const Variable& b, Where where = Where::current());
Variable subtract(const Variable& a, const Variable& b, Where where = Where::current());
Variable multiply(const Variable& a, const Variable& b, Where where = Where::current());
Variable divide(const Variable& a, const Variable& b, Where where = Where::current());
Variable scale(const Variable& x, double factor, Where where = Where::current());
inline Variable negative(const Variable& x, Where where = Where::current()) {
  return scale(x, -1, where);
}

/// The right side of an operator: a Variable or a number, and the line where it stands.
struct VariableOperand {
  VariableOperand(const Variable& x, Where line = Where::current()) : variable(x), where(line) {}
  VariableOperand(double x, Where line = Where::current()) : number(x), where(line) {}
  /// The Variable, or the number as a scalar of the dtype and device of `other`.
  Variable beside(const Variable& other) const;

  Variable variable;  ///< undefined for a number
  double number = 0;
  Where where;
};

/// `a + b`, `2 * a`, `-a`: the functions above, `*` elementwise as in NumPy.
Variable operator+(const Variable& a, const VariableOperand& b);
Variable operator-(const Variable& a, const VariableOperand& b);
Variable operator*(const Variable& a, const VariableOperand& b);
Variable operator/(const Variable& a, const VariableOperand& b);
Variable operator+(double a, const VariableOperand& b);
Variable operator-(double a, const VariableOperand& b);
Variable operator*(double a, const VariableOperand& b);
Variable operator/(double a, const VariableOperand& b);
Variable operator-(const Variable& x);

}  // namespace lectern
