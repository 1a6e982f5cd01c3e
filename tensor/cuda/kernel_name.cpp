#include "tensor/cuda/kernel_name.h"

namespace lectern::cuda {

std::string kernel_name(const std::string& signature) {
  const std::string label = "kernel = ";
  const std::size_t found = signature.find(label);
  std::size_t begin = found == std::string::npos ? 0 : found + label.size();
  if (begin < signature.size() && signature[begin] == '&') ++begin;
  std::size_t end = begin;
  for (int depth = 0; end < signature.size(); ++end) {
    const char c = signature[end];
    if (depth == 0 && (c == ';' || c == ',' || c == ']')) break;
    if (c == '<' || c == '(' || c == '{' || c == '[') ++depth;
    if (c == '>' || c == ')' || c == '}' || c == ']') --depth;
  }
  std::string name = signature.substr(begin, end - begin);
  for (const std::string hidden : {"lectern::", "{anonymous}::", "(anonymous namespace)::"})
    for (std::size_t at; (at = name.find(hidden)) != std::string::npos;)
      name.erase(at, hidden.size());
  return name;
}

}  // namespace lectern::cuda
