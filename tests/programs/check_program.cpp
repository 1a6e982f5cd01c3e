// check_program PROGRAM SOURCE EXPECTED LIMIT: runs the program and compares what it prints with the
// file EXPECTED; and counts the lines of its source that are not blank, which are at most LIMIT. A
// number may be off by a hundredth of itself, or by 0.0002: processors with other vector units round
// sums otherwise, and training carries that on.
#include <cstdlib>
#include <iostream>

#include "tests/output_match.h"
#include "tests/run_program.h"

namespace {

int lines_of(const std::string& source) {
  std::istringstream file(source);
  int count = 0;
  for (std::string line; std::getline(file, line);)
    count += line.find_first_not_of(" \t") != std::string::npos;
  return count;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  const std::string output = output_of(argv[1]);
  const std::string difference =
      first_difference(output, content_of(argv[3]), {.relative = 0.01, .absolute = 0.0002});
  if (!difference.empty()) {
    std::cout << output << "\n\n" << difference << "\n";
    return 1;
  }
  const int lines = lines_of(content_of(argv[2])), limit = std::atoi(argv[4]);
  std::cout << lines << " lines, at most " << limit << "\n";
  return lines > 0 && lines <= limit ? 0 : 1;
}
