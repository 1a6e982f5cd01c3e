#pragma once

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "tensor/check.h"
#include "tensor/safe_file.h"

namespace lectern {

/// A file that holds these bytes, for parsers that are given a path.
class InputFile {
 public:
  explicit InputFile(const std::string& bytes)
      : path_((std::filesystem::temp_directory_path() / "lectern-XXXXXX").string()) {
    const int descriptor = ::mkstemp(path_.data());
    check(descriptor >= 0, "cannot make a temporary file");
    write_all(descriptor, bytes.data(), bytes.size(), path_);
    ::close(descriptor);
  }
  ~InputFile() { ::unlink(path_.c_str()); }
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace lectern
