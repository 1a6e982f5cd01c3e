#include "tensor/safe_file.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <new>
#include <utility>

#include "tensor/platform.h"

namespace lectern {
namespace fs = std::filesystem;
namespace {

/// Read or written by one call: Linux stops at 2 GiB, and macOS refuses more.
constexpr std::int64_t largest_part = std::int64_t{1} << 30;

[[noreturn]] void fail_io(const std::string& path, const std::string& what, const char* advice) {
  const int code = errno;
  if (code == ENOMEM) throw std::bad_alloc();
  throw FileError(path, text("cannot ", what, ": ", std::strerror(code), advice));
}

[[noreturn]] void fail_to_write(const std::string& path, const std::string& what) {
  const bool full = errno == ENOSPC || errno == EDQUOT;
  fail_io(path, what,
          full ? "; free some space, the previous file is untouched"
               : "; the previous file, if any, is untouched");
}

/// A new file that is removed unless it was renamed.
class TemporaryFile : public OpenFile {
 public:
  explicit TemporaryFile(const std::string& path) : OpenFile(path, O_WRONLY | O_CREAT | O_EXCL) {}
  ~TemporaryFile() {
    if (!kept_) ::unlink(path().c_str());
  }
  void rename_to(const std::string& path) {
    if (::rename(this->path().c_str(), path.c_str()) != 0) fail_to_write(path, "replace");
    kept_ = true;
  }

 private:
  bool kept_ = false;
};

/// `TARGET.PROCESS.tmp`, or the first with a number behind it that nobody has taken.
std::string unused_name(const std::string& target) {
  const std::string stem = text(target, ".", ::getpid());
  std::string name = stem + ".tmp";
  for (int i = 1; fs::exists(fs::symlink_status(name)); ++i) name = text(stem, "-", i, ".tmp");
  return name;
}

void flush_folder_of(const std::string& path) {
  std::string folder = fs::path(path).parent_path().string();
  if (folder.empty()) folder = ".";
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) fail_to_write(folder, "open");
  const bool flushed = flush_to_disk(descriptor);
  const int code = errno;
  ::close(descriptor);
  errno = code;
  if (!flushed && code != EINVAL) fail_to_write(folder, "flush");  // EINVAL: not every system can
}

}  // namespace

FileError::FileError(const std::string& path, const std::string& problem)
    : Error(path + ": " + problem) {}

DamagedFile::DamagedFile(const std::string& path, const std::string& problem)
    : FileError(path, "the file is damaged: " + problem), problem(problem) {}

OpenFile::OpenFile(const std::string& path, int flags) : path_(path) {
  descriptor_ = ::open(path.c_str(), flags | O_CLOEXEC, 0644);
  if (descriptor_ < 0) fail_io(path, "open", "");
}

OpenFile::~OpenFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

std::int64_t OpenFile::size() const {
  struct stat facts {};
  return ::fstat(descriptor_, &facts) == 0 && S_ISREG(facts.st_mode) ? facts.st_size : 0;
}

bool OpenFile::read(void* bytes, std::int64_t size, std::int64_t offset) {
  char* at = static_cast<char*>(bytes);
  while (size > 0) {
    const auto part = static_cast<std::size_t>(std::min(size, largest_part));
    const ssize_t count = ::pread(descriptor_, at, part, offset);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail_io(path_, "read", "");
    if (count == 0) return false;
    at += count;
    offset += count;
    size -= count;
  }
  return true;
}

void OpenFile::flush_and_close() {
  if (!flush_to_disk(descriptor_)) fail_to_write(path_, "flush");
  const int descriptor = std::exchange(descriptor_, -1);
  if (::close(descriptor) != 0) fail_to_write(path_, "close");
}

void write_all(int descriptor, const void* bytes, std::size_t size, const std::string& path) {
  const char* at = static_cast<const char*>(bytes);
  while (size > 0) {
    const ssize_t written =
        ::write(descriptor, at, std::min(size, static_cast<std::size_t>(largest_part)));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail_to_write(path, "write");
    at += written;
    size -= static_cast<std::size_t>(written);
  }
}

void replace_file(const std::string& path, const std::function<void(int)>& write) {
  // A pipe behind /proc/self/fd has no path of its own, but stat knows it.
  struct stat facts {};
  if (::stat(path.c_str(), &facts) == 0 && !S_ISREG(facts.st_mode)) {
    write(OpenFile(path, O_WRONLY).descriptor());
    return;
  }
  std::error_code absent;
  const fs::path existing = fs::canonical(path, absent);
  const std::string target = absent ? path : existing.string();
  TemporaryFile temporary(unused_name(target));
  write(temporary.descriptor());
  temporary.flush_and_close();
  temporary.rename_to(target);
  flush_folder_of(target);
}

std::vector<std::string> names_in(const std::string& folder) {
  const auto close = [](DIR* opened) { ::closedir(opened); };
  const std::unique_ptr<DIR, decltype(close)> opened(::opendir(folder.c_str()), close);
  if (!opened && (errno == ENOENT || errno == ENOTDIR)) return {};
  if (!opened) fail_io(folder, "be read", "");
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(opened.get()))
    if (std::strcmp(entry->d_name, ".") != 0 && std::strcmp(entry->d_name, "..") != 0)
      names.emplace_back(entry->d_name);
  return names;
}

}  // namespace lectern
