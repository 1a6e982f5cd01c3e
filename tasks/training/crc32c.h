#pragma once

#include <cstddef>
#include <cstdint>

namespace lectern {

/// The checksum CRC-32C (Castagnoli) of some bytes. Finds every error of up to 32 bits in a row, and
/// every flipped bit. (RFC 3720, appendix B.4; TensorBoard's files use it too.)
/// \param before  the checksum of the bytes before these, to continue
std::uint32_t crc32c(const void* bytes, std::size_t size, std::uint32_t before = 0);

}  // namespace lectern
