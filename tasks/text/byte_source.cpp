#include "tasks/text/byte_source.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>
#include <zlib.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <new>
#include <utility>

#include "tasks/failure.h"

namespace lectern {
namespace {

using Block = std::array<char, 1 << 16>;

}  // namespace

struct ByteSource::File {
  explicit File(const std::string& path) : path(path) {
    if (path == "-") return;
    std::error_code ignored;  // open says what is wrong with an impossible path
    if (std::filesystem::is_directory(path, ignored))
      throw Failure(ExitCode::data, path + ": is a folder; give a text file");
    descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) throw Failure(ExitCode::data, text(path, ": ", std::strerror(errno)));
  }
  ~File() {
    if (unpacker) inflateEnd(unpacker.get());
    if (descriptor != STDIN_FILENO) ::close(descriptor);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  [[noreturn]] void refuse(const std::string& problem) const {
    throw Failure(ExitCode::data, text(path, ": ", problem));
  }

  /// Adds what a read gives to the raw bytes; false at the end.
  bool read_more() {
    for (;;) {
      const ssize_t count = ::read(descriptor, raw.data() + held, raw.size() - held);
      if (count >= 0) {
        held += static_cast<std::size_t>(count);
        return count > 0;
      }
      if (errno != EINTR)
        refuse(text(descriptor == STDIN_FILENO ? "standard input: " : "", std::strerror(errno)));
    }
  }

  /// Tells by its first two bytes whether the file is packed.
  void begin() {
    while (held < 2 && read_more()) {
    }
    if (held >= 2 && raw[0] == '\x1F' && raw[1] == '\x8B') {
      unpacker = std::make_unique<z_stream>();
      constexpr int gzip_header = 16;
      if (inflateInit2(unpacker.get(), MAX_WBITS + gzip_header) != Z_OK) throw std::bad_alloc();
    } else if (path.size() > 3 && path.ends_with(".gz")) {
      refuse("is not gzip data; fetch it again, or rename it without .gz");
    }
  }

  std::string_view next() {
    if (unpacker) return unpack();
    if (held == 0) read_more();
    return {raw.data(), std::exchange(held, 0)};
  }

  /// Unpacks until there is something to give.
  std::string_view unpack() {
    unpacker->next_out = reinterpret_cast<Bytef*>(unpacked.data());
    unpacker->avail_out = unpacked.size();
    while (unpacker->avail_out == unpacked.size()) {
      const bool more = unpacker->avail_in > 0 || refill();
      if (between_members && !more) break;
      if (between_members && !begin_member()) continue;
      const int code = inflate(unpacker.get(), Z_NO_FLUSH);  // may hold some bytes back
      if (code == Z_MEM_ERROR) throw std::bad_alloc();
      if (code == Z_BUF_ERROR && !more) refuse_packed("it ends too soon");
      if (code != Z_OK && code != Z_BUF_ERROR && code != Z_STREAM_END)
        refuse_packed(unpacker->msg ? unpacker->msg : "it is no gzip data");
      between_members = code == Z_STREAM_END;
    }
    return {unpacked.data(), unpacked.size() - unpacker->avail_out};
  }

  [[noreturn]] void refuse_packed(const std::string& problem) const {
    refuse("damaged or cut off (" + problem + "); fetch the file again");
  }

  bool refill() {
    if (held == 0) read_more();
    unpacker->next_in = reinterpret_cast<Bytef*>(raw.data());
    unpacker->avail_in = static_cast<uInt>(std::exchange(held, 0));
    return unpacker->avail_in > 0;
  }

  /// One packed text may follow another; zeros fill up a block of a tape. False: take more bytes.
  bool begin_member() {
    while (unpacker->avail_in > 0 && *unpacker->next_in == 0) {
      ++unpacker->next_in;
      --unpacker->avail_in;
    }
    if (unpacker->avail_in == 0) return false;
    if (*unpacker->next_in != 0x1F)
      refuse("something that is not gzip data follows the packed text; fetch the file again");
    inflateReset(unpacker.get());
    between_members = false;
    return true;
  }

  bool ready() const {
    if (held > 0 || (unpacker && unpacker->avail_in > 0)) return true;
    pollfd input{descriptor, POLLIN, 0};
    return ::poll(&input, 1, 0) != 0;  // an error is read's to tell
  }

  std::string path;
  int descriptor = STDIN_FILENO;
  Block raw;             // as it lies in the file
  std::size_t held = 0;  // bytes of it that were not given yet
  std::unique_ptr<z_stream> unpacker;
  bool between_members = false;
  Block unpacked;
};

ByteSource::ByteSource(const std::string& path) : file_(std::make_unique<File>(path)) {
  if (path != "-") file_->begin();
}
ByteSource::~ByteSource() = default;
ByteSource::ByteSource(ByteSource&&) noexcept = default;
std::string_view ByteSource::next() { return file_->next(); }
bool ByteSource::ready() const { return file_->ready(); }

}  // namespace lectern
