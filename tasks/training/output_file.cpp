#include "tasks/training/output_file.h"

#include <algorithm>
#include <filesystem>

#include "tasks/failure.h"
#include "tasks/training/run_folder.h"
#include "tensor/safe_file.h"

namespace lectern {
namespace fs = std::filesystem;

void expect_output(const std::string& path, const std::vector<std::string>& inputs) {
  std::error_code ignored;
  const auto refuse = [&](const std::string& problem) {
    throw Failure(ExitCode::usage, path + ": " + problem + "; choose another --output");
  };
  const fs::path folder = fs::path(path).parent_path();
  if (fs::is_directory(path, ignored)) refuse("is a folder");
  if (!folder.empty() && !fs::is_directory(folder, ignored))
    refuse("there is no folder " + folder.string());
  if (belongs_to_a_run(path)) refuse("belongs to a training run, which needs it to go on");
  for (const std::string& input : inputs)
    if (fs::equivalent(path, input, ignored)) refuse("is an input, and would be lost");
}

void write_output(const std::string& path, const std::string& content) {
  replace_file(
      path, [&](int descriptor) { write_all(descriptor, content.data(), content.size(), path); });
}

bool has_ending(const std::string& path, const std::string& ending) {
  if (path.size() < ending.size()) return false;
  return std::equal(ending.rbegin(), ending.rend(), path.rbegin(),
                    [](char a, char b) { return a == (b >= 'A' && b <= 'Z' ? b - 'A' + 'a' : b); });
}

}  // namespace lectern
