// check_program PROGRAM SOURCE EXPECTED LIMIT: runs the program and compares what it prints with the
// file EXPECTED, word by word; and counts the lines of its source that are not blank, which are at
// most LIMIT. A number may be off by a hundredth of itself, or by 0.0002: processors with other
// vector units round sums otherwise, and training carries that on.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>

namespace {

std::string output_of(const std::string& program) {
  FILE* pipe = popen(program.c_str(), "r");
  if (pipe == nullptr) return "(it cannot be started)";
  std::string output;
  char bytes[4096];
  while (const std::size_t count = std::fread(bytes, 1, sizeof bytes, pipe))
    output.append(bytes, count);
  const int status = pclose(pipe);
  return status == 0 ? output : output + "(it failed)";
}

/// Brackets and commas stand apart from the numbers that they enclose.
std::string spaced(std::string line) {
  for (char& c : line)
    if (c == '[' || c == ']' || c == ',') c = ' ';
  return line;
}

bool same_word(const std::string& got, const std::string& expected) {
  if (got == expected) return true;
  char *end = nullptr, *expected_end = nullptr;
  const double a = std::strtod(got.c_str(), &end), b = std::strtod(expected.c_str(), &expected_end);
  if (*end != '\0' || *expected_end != '\0') return false;
  return std::abs(a - b) <= std::max(0.01 * std::abs(b), 0.0002);
}

bool same_line(const std::string& got, const std::string& expected) {
  std::istringstream a(spaced(got)), b(spaced(expected));
  std::string word, expected_word;
  while (b >> expected_word)
    if (!(a >> word) || !same_word(word, expected_word)) return false;
  return !(a >> word);
}

int lines_of(const std::string& source) {
  std::ifstream file(source);
  int count = 0;
  for (std::string line; std::getline(file, line);)
    count += line.find_first_not_of(" \t") != std::string::npos;
  return count;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  const std::string output = output_of(argv[1]);
  std::istringstream got(output);
  std::ifstream expected(argv[3]);
  std::string line, expected_line;
  for (int number = 1;; ++number) {
    const bool more = static_cast<bool>(std::getline(got, line));
    const bool expected_more = static_cast<bool>(std::getline(expected, expected_line));
    if (!more && !expected_more) break;
    if (more && expected_more && same_line(line, expected_line)) continue;
    std::cout << output << "\n\nline " << number << " should be\n" << expected_line << "\n";
    return 1;
  }
  const int lines = lines_of(argv[2]), limit = std::atoi(argv[4]);
  std::cout << lines << " lines, at most " << limit << "\n";
  return lines > 0 && lines <= limit ? 0 : 1;
}
