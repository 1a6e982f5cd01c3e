#pragma once

#include <cstddef>
#include <cstdint>

namespace lectern {

// What the library asks of an operating system: platform_linux.cpp, and platform_other.cpp where
// there is nothing but the standard library.

/// Cores that this process may use, at least one.
int cores_of_this_process();

/// What MemoryPool has to know of the machine.
std::int64_t bytes_of_memory();
std::int64_t bytes_of_a_page();

/// Sets addresses aside, but no memory; null if that many cannot be had.
std::byte* take_addresses(std::int64_t bytes);
void give_addresses_back(std::byte* begin, std::int64_t bytes);
/// Lets a part of them be read and written; false when the system refuses.
bool make_usable(std::byte* begin, std::int64_t bytes);
/// What lies in whole pages is not needed any more; they stay usable.
void forget_contents(std::byte* begin, std::int64_t bytes);

}  // namespace lectern
