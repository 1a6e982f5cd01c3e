#pragma once

#include <functional>
#include <string>

namespace lectern {

/// Replaces a file as a whole or not at all.
///
/// `write` fills a temporary file in the same folder; it is flushed to the disk (fsync), renamed over
/// `path`, and the folder is flushed. A kill or a power cut at any moment leaves the old file or the
/// new one, never a part. Throws Failure(io), for example when the disk is full: the temporary file
/// is removed, the old file stays. A link is followed; what is no ordinary file (/dev/stdout, a
/// FIFO) is written to as it is.
void replace_file(const std::string& path, const std::function<void(int descriptor)>& write);

/// Writes all bytes to a descriptor; throws Failure(io) naming `path`.
void write_all(int descriptor, const void* bytes, std::size_t size, const std::string& path);

}  // namespace lectern
