#pragma once

#include <string>
#include <vector>

namespace lectern {

/// Refuses a place to write to before the work is done, not after it. Throws Failure(usage): a
/// folder, a file in a folder that is not there, what belongs to a training run, or one of the
/// `inputs`, which would be lost.
void expect_output(const std::string& path, const std::vector<std::string>& inputs = {});

/// Writes a file as a whole or not at all; see replace_file.
void write_output(const std::string& path, const std::string& content);

/// Whether a file's name ends so, in small letters or large: "picture.SVG" with ".svg".
bool has_ending(const std::string& path, const std::string& ending);

}  // namespace lectern
