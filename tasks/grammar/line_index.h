#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace lectern {

class ByteSource;

/// The lines of a file, in any order, without the text in memory: where each line begins is known, and
/// a line is read from the disk when it is asked for. A line ends at "\n" and nowhere else; a byte
/// order mark at the start and a "\r" before "\n" are no part of it.
///
/// Memory: 8 bytes a line. Of a packed file (.gz), in which no place can be found, the whole text too.
/// Cost: the file is read once, and then a line at a time, from the operating system's cache.
class LineIndex {
 public:
  /// \throws Failure (data): no such file, a folder, no file at all (a pipe), a damaged .gz, a packed
  ///         text of more than 1 GiB, a line of more than 1 MiB, which is no sentence
  explicit LineIndex(const std::string& path);
  ~LineIndex();
  LineIndex(LineIndex&&) noexcept;
  LineIndex& operator=(LineIndex&&) = delete;

  const std::string& path() const { return path_; }
  std::int64_t size() const { return static_cast<std::int64_t>(begins_.size()) - 1; }
  std::int64_t bytes() const { return static_cast<std::int64_t>(begins_.back()); }
  /// Of the whole text (CRC-32C).
  std::uint32_t checksum() const { return checksum_; }

  /// Line `i`, counted from 0, with the bytes that it has. Threads may read at the same time.
  /// \throws Failure (data) where the file has become shorter
  std::string line(std::int64_t i) const;

 private:
  void scan(ByteSource& source);

  std::string path_;
  int descriptor_ = -1;
  bool packed_ = false;
  std::vector<std::uint64_t> begins_ = {0};  // of every line, and the end
  std::string unpacked_;
  std::uint32_t checksum_ = 0;
};

}  // namespace lectern
