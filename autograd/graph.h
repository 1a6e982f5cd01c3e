#pragma once

#include <string>

#include "autograd/variable.h"

namespace lectern {

/// \defgroup graph Pictures of the tape
/// How a Variable came about: every op with its name and the shape of its output, every leaf with
/// its shape, and who feeds whom, from top to bottom. Backward goes through it from the bottom up.
/// What Variable::named named has that name; an input that is used twice has two arrows.
/// @{

/// What stands in the boxes beside name and shape: the first few numbers. Those of leaves are always
/// there, those of ops where a KeepIntermediates kept them.
struct GraphOptions {
  bool values = false;
  bool gradients = false;  ///< as found by backward()
};

/// As Graphviz text, for `dot -Tsvg`.
std::string to_dot(const Variable& result, const GraphOptions& options = {});

/// As an SVG picture, made without any other program: ops are boxes, parameters filled ellipses and
/// data empty ones, in light or dark colours as the reader's screen has it. Meant for graphs of up
/// to some hundred ops.
std::string to_svg(const Variable& result, const GraphOptions& options = {});
/// @}

}  // namespace lectern
