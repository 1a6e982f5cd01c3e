#pragma once

namespace lectern {

/// Puts the process in order: the processor, the standard descriptors, and what happens when an initialiser
/// finds no memory. Where the dynamic linker can, it has done so before everything else; then there is
/// nothing left to do. A program that calls this is linked with start.cpp, which nobody else speaks of.
void start_in_order();

}  // namespace lectern
