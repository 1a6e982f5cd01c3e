#pragma once

namespace lectern::emulator {

// What a fiber is made of, once for every processor: emulator_stack_x86.cpp,
// emulator_stack_aarch64.cpp. swapcontext does the same with a system call, which takes ten times as
// long, and macOS has given it up.

/// Keeps the registers that the ABI asks a function to keep on this stack, notes in `left` where they
/// lie, and goes on where `next` was left.
extern "C" void switch_stacks(void** left, void* next) asm("lectern_switch_stacks");

/// Makes a stack look as if `entry` had just been called from nowhere and had switched away.
/// \param end  behind the stack's last byte
/// \return     what switch_stacks goes on from
void* begin_stack(void** end, void (*entry)());

}  // namespace lectern::emulator
