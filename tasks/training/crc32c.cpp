#include "tasks/training/crc32c.h"

#include <array>
#include <cstring>

namespace lectern {
namespace {

using Tables = std::array<std::array<std::uint32_t, 256>, 8>;

/// tables[0] holds the remainder of each byte; tables[k] that of a byte followed by k zero bytes, so
/// that eight bytes are done at once ("slicing by eight", Kounavis and Berry 2005).
constexpr Tables make_tables() {
  Tables tables{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t remainder = byte;
    for (int bit = 0; bit < 8; ++bit)
      remainder = (remainder >> 1) ^ ((remainder & 1u) ? 0x82F63B78u : 0u);
    tables[0][byte] = remainder;
  }
  for (std::size_t k = 1; k < 8; ++k)
    for (std::uint32_t byte = 0; byte < 256; ++byte)
      tables[k][byte] = (tables[k - 1][byte] >> 8) ^ tables[0][tables[k - 1][byte] & 0xffu];
  return tables;
}

constexpr Tables tables = make_tables();

}  // namespace

std::uint32_t crc32c(const void* bytes, std::size_t size, std::uint32_t before) {
  const auto* p = static_cast<const unsigned char*>(bytes);
  std::uint32_t remainder = ~before;
  for (; size >= 8; p += 8, size -= 8) {
    std::uint32_t low, high;
    std::memcpy(&low, p, 4);
    std::memcpy(&high, p + 4, 4);
    low ^= remainder;
    remainder = tables[7][low & 0xff] ^ tables[6][(low >> 8) & 0xff] ^
                tables[5][(low >> 16) & 0xff] ^ tables[4][low >> 24] ^ tables[3][high & 0xff] ^
                tables[2][(high >> 8) & 0xff] ^ tables[1][(high >> 16) & 0xff] ^
                tables[0][high >> 24];
  }
  for (; size > 0; ++p, --size) remainder = (remainder >> 8) ^ tables[0][(remainder ^ *p) & 0xff];
  return ~remainder;
}

}  // namespace lectern
