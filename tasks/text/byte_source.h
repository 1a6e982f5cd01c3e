#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace lectern {

/// The bytes of a plain file, a .gz file or, by the name "-", standard input, a block at a time.
/// Throws Failure(data): no such file, a folder, a .gz that is damaged, cut off, or followed by
/// something else than zeros.
class ByteSource {
 public:
  explicit ByteSource(const std::string& path);
  ~ByteSource();
  ByteSource(ByteSource&&) noexcept;

  /// The next block, valid until the next call; empty at the end.
  std::string_view next();
  /// Whether next() has something to answer without waiting for whoever writes.
  bool ready() const;

 private:
  struct File;
  std::unique_ptr<File> file_;
};

/// All bytes, as they are.
std::string read_bytes(const std::string& path);

}  // namespace lectern
