#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <string>

#include "tensor/safe_file.h"

namespace lectern {

/// A file in memory that holds these bytes, for parsers that are given a path.
class InputFile {
 public:
  explicit InputFile(const std::string& bytes) : descriptor_(::memfd_create("input", 0)) {
    write_all(descriptor_, bytes.data(), bytes.size(), path());
    ::lseek(descriptor_, 0, SEEK_SET);
  }
  ~InputFile() { ::close(descriptor_); }
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

 private:
  const int descriptor_;
};

}  // namespace lectern
