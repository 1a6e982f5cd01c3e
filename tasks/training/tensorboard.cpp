#include "tasks/training/tensorboard.h"

#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <filesystem>
#include <iomanip>

#include "tasks/failure.h"
#include "tasks/training/crc32c.h"
#include "tensor/safe_file.h"

namespace lectern {
namespace {

double wall_time() {
  using namespace std::chrono;
  return duration<double>(system_clock::now().time_since_epoch()).count();
}

template <class T>
std::string little_endian(T value) {
  std::string bytes(sizeof value, '\0');
  std::memcpy(bytes.data(), &value, sizeof value);
  return bytes;
}

std::string varint(std::uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7) bytes += static_cast<char>((value & 0x7f) | 0x80);
  return bytes + static_cast<char>(value);
}

/// A field of a protocol-buffer message: its number and wire type, then its content.
enum WireType { varint_type = 0, fixed64_type = 1, bytes_type = 2, fixed32_type = 5 };
std::string field(int number, WireType type, const std::string& content) {
  const std::string key = varint(static_cast<std::uint64_t>(number) << 3 | type);
  return type == bytes_type ? key + varint(content.size()) + content : key + content;
}

/// Bytes that contain their own CRC are troublesome, so TensorFlow rotates it and adds a constant.
std::uint32_t masked_crc(const std::string& bytes) {
  const std::uint32_t crc = crc32c(bytes.data(), bytes.size());
  return ((crc >> 15) | (crc << 17)) + 0xa282ead8u;
}

}  // namespace

TensorBoardFile::TensorBoardFile(const std::string& folder) {
  std::error_code ignored;  // open() says what is wrong
  std::filesystem::create_directories(folder, ignored);
  char host[256] = "localhost";
  ::gethostname(host, sizeof host - 1);
  std::ostringstream name;
  name.exceptions(std::ios::badbit);
  name << folder << "/events.out.tfevents." << std::setw(10) << std::setfill('0')
       << static_cast<std::int64_t>(wall_time()) << "." << host << "." << ::getpid();
  path_ = name.str();
  descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (descriptor_ < 0)
    throw Failure(ExitCode::io, text(path_, ": cannot create: ", std::strerror(errno)));
  write_record(field(1, fixed64_type, little_endian(wall_time())) +
               field(3, bytes_type, "brain.Event:2"));
}

TensorBoardFile::~TensorBoardFile() { ::close(descriptor_); }

void TensorBoardFile::scalar(const std::string& tag, std::int64_t step, double value) {
  const std::string entry =
      field(1, bytes_type, tag) + field(2, fixed32_type, little_endian(static_cast<float>(value)));
  write_record(field(1, fixed64_type, little_endian(wall_time())) +
               field(2, varint_type, varint(static_cast<std::uint64_t>(step))) +
               field(5, bytes_type, field(1, bytes_type, entry)));
}

void TensorBoardFile::write_record(const std::string& event) {
  const std::string length = little_endian(static_cast<std::uint64_t>(event.size()));
  const std::string record =
      length + little_endian(masked_crc(length)) + event + little_endian(masked_crc(event));
  write_all(descriptor_, record.data(), record.size(), path_);
}

}  // namespace lectern
