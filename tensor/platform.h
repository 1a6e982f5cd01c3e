#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace lectern {

// What the library asks of an operating system: platform_posix.cpp says what Linux and macOS have
// in common, platform_linux.cpp and platform_macos.cpp what they do not, and platform_other.cpp what
// is left of it in a browser, where there is nothing but the standard library.

/// Cores that this process may use, at least one.
int cores_of_this_process();

/// The processor's own name, "unknown" where the system does not tell it.
std::string processor_model();

/// A path by which the program that runs can be read.
std::string own_program();

/// What MemoryPool has to know of the machine.
std::int64_t bytes_of_memory();
std::int64_t bytes_of_a_page();

/// The most memory that this process has had at once.
std::int64_t most_bytes_used();

/// Sets addresses aside, but no memory; null if that many cannot be had.
std::byte* take_addresses(std::int64_t bytes);
void give_addresses_back(std::byte* begin, std::int64_t bytes);
/// Lets a part of them be read and written; false when the system refuses.
bool make_usable(std::byte* begin, std::int64_t bytes);
/// What lies in whole pages is not needed any more; they stay usable.
void forget_contents(std::byte* begin, std::int64_t bytes);
/// Asks for pages of some MiB behind addresses that were set aside, where that is a choice.
void prefer_large_pages(std::byte* begin, std::int64_t bytes);

/// Waits until what was written to an open file would survive a loss of power; false and errno
/// otherwise.
bool flush_to_disk(int descriptor);

}  // namespace lectern
