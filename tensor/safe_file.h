#pragma once

#include <cerrno>
#include <cstdint>
#include <fstream>
#include <functional>
#include <new>
#include <string>
#include <vector>

#include "tensor/check.h"

namespace lectern {

/// A file that cannot be opened, read or written: `PATH: PROBLEM`.
class FileError : public Error {
 public:
  FileError(const std::string& path, const std::string& problem);
};

/// A file that can be read, and does not hold what it should.
class DamagedFile : public FileError {
 public:
  DamagedFile(const std::string& path, const std::string& problem);
  const std::string problem;
};

/// Opens a stream, or not: ask `is_open()`. Where the system had no memory for it, std::bad_alloc,
/// since such a file is there.
template <class Stream>
void open_stream(Stream& stream, const std::string& path, std::ios::openmode mode) {
  errno = 0;
  stream.open(path, mode);
  if (!stream.is_open() && errno == ENOMEM) throw std::bad_alloc();
}
inline std::ifstream open_to_read(const std::string& path, std::ios::openmode mode = std::ios::in) {
  std::ifstream stream;
  open_stream(stream, path, mode);
  return stream;
}

/// A descriptor that is closed at the end. Throws FileError, or std::bad_alloc where the system had
/// no memory for it.
class OpenFile {
 public:
  /// \param flags  of open(2): O_RDONLY …
  OpenFile(const std::string& path, int flags);
  ~OpenFile();
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  const std::string& path() const { return path_; }
  int descriptor() const { return descriptor_; }
  /// 0 for what has no size, such as a folder or a pipe.
  std::int64_t size() const;
  /// The bytes from `offset` on; false when there are fewer.
  bool read(void* bytes, std::int64_t size, std::int64_t offset);
  void flush_and_close();

 private:
  const std::string path_;
  int descriptor_ = -1;
};

/// Replaces a file as a whole or not at all.
///
/// `write` fills a temporary file in the same folder; it is flushed to the disk (fsync), renamed over
/// `path`, and the folder is flushed. A kill or a power cut at any moment leaves the old file or the
/// new one, never a part. Throws FileError, for example when the disk is full: the temporary file
/// is removed, the old file stays. A link is followed; what is no ordinary file (/dev/stdout, a
/// FIFO) is written to as it is.
void replace_file(const std::string& path, const std::function<void(int descriptor)>& write);

/// What lies in a folder, by name and in no order; nothing where there is no such folder. (An iterator
/// of std::filesystem ends the program where memory is short.)
/// Throws FileError where the folder cannot be read, std::bad_alloc where there is no memory for it.
std::vector<std::string> names_in(const std::string& folder);

/// Writes all bytes to a descriptor; throws FileError naming `path`.
void write_all(int descriptor, const void* bytes, std::size_t size, const std::string& path);

}  // namespace lectern
