#pragma once

#include <string>

#include "autograd/variable.h"

namespace lectern {

/// \defgroup graph Pictures of the tape
/// How a Variable came about: every op with its name and the shape of its output, every leaf with
/// its shape, and who feeds whom, from top to bottom. Backward goes through it from the bottom up.
/// @{

/// As Graphviz text, for `dot -Tsvg`.
std::string to_dot(const Variable& result);

/// As an SVG picture, made without any other program: ops are boxes, parameters filled ellipses and
/// data empty ones. Meant for graphs of up to some hundred ops.
std::string to_svg(const Variable& result);
/// @}

}  // namespace lectern
