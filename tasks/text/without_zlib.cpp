#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "tasks/failure.h"
#include "tasks/text/byte_source.h"

// Takes the place of byte_source.cpp in a build for browsers, whose files are plain and all there.

namespace lectern {

struct ByteSource::File {
  std::ifstream stream;
  std::array<char, 1 << 16> block;
};

ByteSource::ByteSource(const std::string& path) : file_(std::make_unique<File>()) {
  file_->stream.open(path, std::ios::binary);
  if (!file_->stream) throw Failure(ExitCode::data, text(path, ": ", std::strerror(errno)));
  if (path.ends_with(".gz"))
    throw Failure(ExitCode::data, path + ": this build is without zlib; unpack the file first");
}
ByteSource::~ByteSource() = default;
ByteSource::ByteSource(ByteSource&&) noexcept = default;
std::string_view ByteSource::next() {
  file_->stream.read(file_->block.data(), file_->block.size());
  return {file_->block.data(), static_cast<std::size_t>(file_->stream.gcount())};
}
bool ByteSource::ready() const { return true; }

}  // namespace lectern
