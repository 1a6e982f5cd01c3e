#pragma once

#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>

/// What a command line prints to its standard output, and a word at the end where it fails.
inline std::string output_of(const std::string& command) {
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return "(it cannot be started)";
  std::string output;
  char bytes[4096];
  while (const std::size_t count = std::fread(bytes, 1, sizeof bytes, pipe))
    output.append(bytes, count);
  const int status = pclose(pipe);
  return status == 0 ? output : output + "(it failed)";
}

/// The bytes of a file; none where there is no such file.
inline std::string content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}
