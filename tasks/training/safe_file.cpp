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
namespace fs = std::filesystem;
namespace {

[[noreturn]] void fail_io(const std::string& path, const std::string& what) {
  const int code = errno;
  const char* advice = code == ENOSPC || code == EDQUOT
                           ? "; free some space, the previous file is untouched"
                           : "; the previous file, if any, is untouched";
  throw Failure(ExitCode::io, text(path, ": cannot ", what, ": ", std::strerror(code), advice));
}

/// A descriptor that is closed.
class OpenFile {
 public:
  OpenFile(const std::string& path, int flags) : path_(path) {
    descriptor_ = ::open(path.c_str(), flags | O_CLOEXEC, 0644);
    if (descriptor_ < 0) fail_io(path, "open");
  }
  ~OpenFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  int descriptor() const { return descriptor_; }
  void flush_and_close() {
    if (::fsync(descriptor_) != 0) fail_io(path_, "flush");
    const int descriptor = std::exchange(descriptor_, -1);
    if (::close(descriptor) != 0) fail_io(path_, "close");
  }

 protected:
  const std::string path_;

 private:
  int descriptor_ = -1;
};

/// A new file that is removed unless it was renamed.
class TemporaryFile : public OpenFile {
 public:
  explicit TemporaryFile(const std::string& path) : OpenFile(path, O_WRONLY | O_CREAT | O_TRUNC) {}
  ~TemporaryFile() {
    if (!kept_) ::unlink(path_.c_str());
  }
  void rename_to(const std::string& path) {
    if (::rename(path_.c_str(), path.c_str()) != 0) fail_io(path, "replace");
    kept_ = true;
  }

 private:
  bool kept_ = false;
};

void flush_folder_of(const std::string& path) {
  std::string folder = fs::path(path).parent_path().string();
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
  std::error_code absent;
  const fs::path existing = fs::canonical(path, absent);
  if (!absent && !fs::is_regular_file(existing)) {
    write(OpenFile(path, O_WRONLY).descriptor());
    return;
  }
  const std::string target = absent ? path : existing.string();
  TemporaryFile temporary(text(target, ".", ::getpid(), ".tmp"));
  write(temporary.descriptor());
  temporary.flush_and_close();
  temporary.rename_to(target);
  flush_folder_of(target);
}

}  // namespace lectern
