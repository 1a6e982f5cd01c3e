#include "tasks/commands/exercise_folder.h"

#include <fstream>
#include <iostream>
#include <sstream>

#include "tasks/commands/commands.h"
#include "tasks/failure.h"
#include "tasks/training/output_file.h"
#include "tensor/safe_file.h"

namespace lectern {
namespace {

namespace fs = std::filesystem;

constexpr const char* project = R"(cmake_minimum_required(VERSION 3.22)
project(exercises LANGUAGES CXX)
find_package(lectern REQUIRED)
add_executable(exercises exercises.cpp)
target_link_libraries(exercises PRIVATE lectern::core lectern::report lectern::translation)
)";

std::string read_file(const fs::path& path) {
  const auto file = open_to_read(path.string(), std::ios::binary);
  std::ostringstream content;
  content.exceptions(std::ios::badbit);
  content << file.rdbuf();
  if (!file)
    throw Failure(ExitCode::io, text(path.string(), ": cannot be read; build Lectern again"));
  return content.str();
}

/// The source with every solution gone.
std::string without_solutions(const std::string& source) {
  std::istringstream lines(source);
  std::string rest;
  bool solution = false;
  for (std::string line; std::getline(lines, line);) {
    const std::size_t at = line.find_first_not_of(' ');
    const std::string words = at == line.npos ? "" : line.substr(at);
    if (words.starts_with("// [solution")) {
      rest += line.substr(0, at) + "throw Unsolved();  // your lines instead\n";
      solution = true;
    }
    if (!solution) rest += line + "\n";
    if (words == "// [/solution]") solution = false;
  }
  return rest;
}

/// How `check` finds the library: where it is installed, or from a build folder, which it installs
/// into a folder beside the exercises first: under another name until all of it is there, so that no
/// later check builds with half of it.
std::string check_script(const fs::path& root) {
  const bool built = fs::exists(root / "CMakeCache.txt");
  std::string script =
      "#!/bin/sh\n"
      "# Builds the exercises and says of each what came and what was expected.\n"
      "set -eu\n"
      "cd \"$(dirname \"$0\")\"\n";
  if (built)
    script += text(
        "if [ ! -d lectern ]; then\n"
        "  rm -rf lectern.part\n"
        "  cmake --install ",
        shell_word(root.string()),
        " --prefix \"$PWD/lectern.part\" > install.log\n"
        "  mv lectern.part lectern\n"
        "fi\n");
  return script +
         text(
             "[ -f build/CMakeCache.txt ] || cmake -B build -DCMAKE_BUILD_TYPE=Release "
             "-DCMAKE_PREFIX_PATH=",
             built ? "\"$PWD/lectern\"" : shell_word(root.string()),
             " > cmake.log\ncmake --build build > build.log || { cat build.log; exit 1; }\n"
             "build/exercises\n");
}

}  // namespace

void write_exercises(const ExerciseFolder& exercises) {
  const fs::path& folder = exercises.folder;
  if (folder.empty() || fs::exists(folder))
    throw Failure(ExitCode::usage, text("'", folder.string(),
                                        "' exists already; try the name of a new "
                                        "folder, so that nothing of yours is written over"));
  const fs::path build = exercises.tutorials / "tutorials";
  const fs::path source =
      fs::exists(build) ? build : exercises.tutorials / "share/lectern/tutorials";
  const std::string unsolved =
      without_solutions(read_file(source / exercises.chapter / "exercises.cpp"));
  const std::string header = read_file(source / "exercise.h");
  fs::create_directories(folder);
  write_output((folder / "exercises.cpp").string(), unsolved);
  write_output((folder / "exercise.h").string(), header);
  write_output((folder / "CMakeLists.txt").string(), project);
  write_output((folder / "check").string(), check_script(exercises.tutorials));
  fs::permissions(folder / "check", fs::perms::owner_exec | fs::perms::group_exec,
                  fs::perm_options::add);
  std::cout << "Open " << (folder / "exercises.cpp").string() << ", write your lines, and type "
            << shell_word((folder / "check").string()) << "\n";
}

}  // namespace lectern
