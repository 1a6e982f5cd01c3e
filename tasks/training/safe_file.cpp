#include "tasks/training/safe_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <utility>

#include "tasks/failure.h"

namespace lectern {
namespace {

[[noreturn]] void fail_io(const std::string& path, const std::string& what) {
  const int code = errno;
  const char* advice = code == ENOSPC || code == EDQUOT
                           ? "; free some space, the previous file is untouched"
                           : "; the previous file, if any, is untouched";
  throw Failure(ExitCode::io, text(path, ": cannot ", what, ": ", std::strerror(code), advice));
}

/// An open file that is closed, and removed unless it was kept.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& path) : path_(path) {
    descriptor_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (descriptor_ < 0) fail_io(path, "create");
  }
  ~TemporaryFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
    if (!kept_) ::unlink(path_.c_str());
  }
  int descriptor() const { return descriptor_; }
  void flush_and_close() {
    if (::fsync(descriptor_) != 0) fail_io(path_, "flush");
    const int descriptor = std::exchange(descriptor_, -1);
    if (::close(descriptor) != 0) fail_io(path_, "close");
  }
  void rename_to(const std::string& path) {
    if (::rename(path_.c_str(), path.c_str()) != 0) fail_io(path, "replace");
    kept_ = true;
  }

 private:
  std::string path_;
  int descriptor_ = -1;
  bool kept_ = false;
};

void flush_folder_of(const std::string& path) {
  std::string folder = std::filesystem::path(path).parent_path().string();
  if (folder.empty()) folder = ".";
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) fail_io(folder, "open");
  const int result = ::fsync(descriptor);
  const int code = errno;
  ::close(descriptor);
  errno = code;
  if (result != 0 && code != EINVAL) fail_io(folder, "flush");  // EINVAL: not every system can
}

}  // namespace

void write_all(int descriptor, const void* bytes, std::size_t size, const std::string& path) {
  const char* at = static_cast<const char*>(bytes);
  while (size > 0) {
    const ssize_t written = ::write(descriptor, at, size);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail_io(path, "write");
    at += written;
    size -= static_cast<std::size_t>(written);
  }
}

void replace_file(const std::string& path, const std::function<void(int)>& write) {
  TemporaryFile temporary(text(path, ".", ::getpid(), ".tmp"));
  write(temporary.descriptor());
  temporary.flush_and_close();
  temporary.rename_to(path);
  flush_folder_of(path);
}

}  // namespace lectern
