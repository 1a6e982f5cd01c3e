#pragma once

#include <filesystem>
#include <string>

namespace lectern {

/// The exercises of a chapter, to be worked on.
struct ExerciseFolder {
  std::filesystem::path tutorials;  ///< the folder of Lectern's build, or where it is installed
  std::string chapter;              ///< `09_queries_keys_values`
  std::filesystem::path folder;     ///< a new one
};

/// Writes a folder with the chapter's exercises.cpp, in which what stands between `// [solution N]`
/// and `// [/solution]` is gone; a project that builds it against the installed library; and
/// `check`, which builds it and says of each exercise what came and what was expected.
/// \throws Failure (usage) where the folder exists
void write_exercises(const ExerciseFolder& exercises);

}  // namespace lectern
