#pragma once

#include <string>
#include <vector>

namespace lectern {

/// Rows of cells as lines of text: each column as wide as its widest cell, two spaces apart, the
/// first at the left and the others at the right. An empty row is an empty line; rows may end early.
std::string text_table(const std::vector<std::vector<std::string>>& rows);

}  // namespace lectern
