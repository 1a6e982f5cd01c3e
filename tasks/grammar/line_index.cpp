#include "tasks/grammar/line_index.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "tasks/failure.h"
#include "tasks/text/byte_source.h"
#include "tasks/training/crc32c.h"

namespace lectern {
namespace {

constexpr std::size_t longest_line = std::size_t{1} << 20, longest_text = std::size_t{1} << 30;

void expect_file(const std::string& path) {
  struct stat facts = {};
  const bool there = path != "-" && ::stat(path.c_str(), &facts) == 0;
  if (path == "-" || (there && !S_ISREG(facts.st_mode) && !S_ISDIR(facts.st_mode)))
    throw Failure(ExitCode::data, text(path, ": is no file that can be read in any order; write ",
                                       "the text to a file first"));
}

/// As many bytes as there are, `count` at most.
std::size_t read_at(int descriptor, std::uint64_t begin, char* bytes, std::size_t count) {
  std::size_t done = 0;
  while (done < count) {
    const ssize_t more =
        ::pread(descriptor, bytes + done, count - done, static_cast<off_t>(begin + done));
    if (more < 0 && errno == EINTR) continue;
    if (more <= 0) break;
    done += static_cast<std::size_t>(more);
  }
  return done;
}

}  // namespace

LineIndex::LineIndex(const std::string& path) : path_(path) {
  expect_file(path);
  ByteSource source(path);  // says what is wrong with the file
  descriptor_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor_ < 0) throw Failure(ExitCode::data, text(path, ": ", std::strerror(errno)));
  std::array<char, 2> magic = {};
  read_at(descriptor_, 0, magic.data(), magic.size());
  packed_ = magic[0] == '\x1F' && magic[1] == '\x8B';
  scan(source);
}

LineIndex::~LineIndex() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

LineIndex::LineIndex(LineIndex&& other) noexcept
    : path_(std::move(other.path_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      packed_(other.packed_),
      begins_(std::move(other.begins_)),
      unpacked_(std::move(other.unpacked_)),
      checksum_(other.checksum_) {}

void LineIndex::scan(ByteSource& source) {
  std::uint64_t read = 0;
  const auto expect_sentence = [&](std::uint64_t end) {
    if (end - begins_.back() > longest_line)
      throw Failure(ExitCode::data,
                    text(path_, ":", begins_.size(), ": a line of more than 1 MiB, ",
                         "but a line is a sentence; is this a text?"));
  };
  for (std::string_view block = source.next(); !block.empty(); block = source.next()) {
    checksum_ = crc32c(block.data(), block.size(), checksum_);
    for (std::size_t at = block.find('\n'); at != block.npos; at = block.find('\n', at + 1)) {
      expect_sentence(read + at);
      begins_.push_back(read + at + 1);
    }
    read += block.size();
    expect_sentence(read);
    if (packed_) unpacked_ += block;
    if (unpacked_.size() > longest_text)
      throw Failure(ExitCode::data, text(path_, ": has more than 1 GiB of text, in which no place ",
                                         "can be found while it is packed; unpack it with gunzip"));
  }
  if (begins_.back() < read) begins_.push_back(read);  // a last line without an end
}

std::string LineIndex::line(std::int64_t i) const {
  const std::uint64_t begin = begins_.at(static_cast<std::size_t>(i)),
                      end = begins_.at(static_cast<std::size_t>(i) + 1);
  std::string bytes(end - begin, '\0');
  if (packed_)
    bytes.assign(unpacked_, begin, end - begin);
  else if (read_at(descriptor_, begin, bytes.data(), bytes.size()) < bytes.size())
    throw Failure(ExitCode::data, text(path_, ":", i + 1, ": the file has become shorter since it ",
                                       "was opened; start again"));
  for (const char ending : {'\n', '\r'})
    if (bytes.ends_with(ending)) bytes.pop_back();
  if (i == 0 && bytes.starts_with("\xEF\xBB\xBF")) bytes.erase(0, 3);
  return bytes;
}

}  // namespace lectern
