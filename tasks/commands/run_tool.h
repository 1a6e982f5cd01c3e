#pragma once

#include <string>
#include <vector>

namespace lectern {

struct ToolResult {
  int status = 0;      ///< what the program returned; tool_missing if it is not installed
  std::string output;  ///< its standard output
};
inline constexpr int tool_missing = 127;

/// Runs another program, without a shell, and waits for it. Its stderr is ours.
ToolResult run_tool(const std::vector<std::string>& words);

}  // namespace lectern
