#include "tasks/text/byte_source.h"

#include <unistd.h>
#include <zlib.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "tasks/failure.h"

namespace lectern {

struct ByteSource::File {
  explicit File(const std::string& path) : path(path) {
    if (path == "-") return;
    std::error_code ignored;  // gzopen says what is wrong with an impossible path
    if (std::filesystem::is_directory(path, ignored))
      throw Failure(ExitCode::data, path + ": is a folder; give a text file");
    file = gzopen(path.c_str(), "rb");  // reads plain files too
    if (!file) throw Failure(ExitCode::data, text(path, ": ", std::strerror(errno)));
  }
  ~File() {
    if (file) gzclose_r(file);
  }

  std::string_view next() { return {block, file ? read_file() : read_standard_input()}; }

  std::size_t read_file() {
    const int count = gzread(file, block, sizeof block);
    if (!compressed_checked) expect_compressed();
    int code = Z_OK;
    const char* reason = gzerror(file, &code);
    // A file that was cut off ends with Z_BUF_ERROR: it must not pass for a short one.
    if (count < 0 || (count == 0 && code != Z_OK && code != Z_STREAM_END))
      throw Failure(ExitCode::data,
                    text(path, ": damaged or cut off (", reason, "); fetch the file again"));
    return static_cast<std::size_t>(count);
  }

  void expect_compressed() {
    compressed_checked = true;
    if (path.size() > 3 && path.ends_with(".gz") && gzdirect(file))
      throw Failure(ExitCode::data,
                    path + ": is not gzip data; fetch it again, or rename it without .gz");
  }

  std::size_t read_standard_input() {
    for (;;) {
      const ssize_t count = ::read(STDIN_FILENO, block, sizeof block);
      if (count >= 0) return static_cast<std::size_t>(count);
      if (errno != EINTR)
        throw Failure(ExitCode::data, text("standard input: ", std::strerror(errno)));
    }
  }

  std::string path;
  gzFile file = nullptr;
  bool compressed_checked = false;
  char block[1 << 16];
};

ByteSource::ByteSource(const std::string& path) : file_(std::make_unique<File>(path)) {}
ByteSource::~ByteSource() = default;
ByteSource::ByteSource(ByteSource&&) noexcept = default;
std::string_view ByteSource::next() { return file_->next(); }

std::string read_bytes(const std::string& path) {
  ByteSource source(path);
  std::string bytes;
  for (std::string_view block = source.next(); !block.empty(); block = source.next())
    bytes += block;
  return bytes;
}

}  // namespace lectern
