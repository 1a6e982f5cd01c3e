#include <ostream>

#include "autograd/variable.h"

namespace lectern {

std::ostream& operator<<(std::ostream& out, const Variable& variable) {
  if (!variable.defined()) return out << "a variable without a value";
  out << variable.value() << ", ";
  if (!variable.name().empty()) out << variable.name() << ", ";
  if (variable.made_by())
    return out << "made by \"" << variable.made_by()->name << "\", needs a gradient";
  return out << (variable.requires_gradient() ? "a parameter, needs a gradient"
                                              : "data, needs no gradient");
}

}  // namespace lectern
