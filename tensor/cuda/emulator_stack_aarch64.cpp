#include <algorithm>

#include "tensor/cuda/emulator_stack.h"

#if defined(__ELF__)
asm(".hidden lectern_switch_stacks\n.type lectern_switch_stacks, %function");
#endif
asm(R"(
.text
.globl lectern_switch_stacks
.p2align 2
lectern_switch_stacks:
  .cfi_startproc
  stp x29, x30, [sp, #-160]!
  stp x19, x20, [sp, #16]
  stp x21, x22, [sp, #32]
  stp x23, x24, [sp, #48]
  stp x25, x26, [sp, #64]
  stp x27, x28, [sp, #80]
  stp d8, d9, [sp, #96]
  stp d10, d11, [sp, #112]
  stp d12, d13, [sp, #128]
  stp d14, d15, [sp, #144]
  mov x9, sp
  str x9, [x0]
  mov sp, x1
  ldp x19, x20, [sp, #16]
  ldp x21, x22, [sp, #32]
  ldp x23, x24, [sp, #48]
  ldp x25, x26, [sp, #64]
  ldp x27, x28, [sp, #80]
  ldp d8, d9, [sp, #96]
  ldp d10, d11, [sp, #112]
  ldp d12, d13, [sp, #128]
  ldp d14, d15, [sp, #144]
  ldp x29, x30, [sp], #160
  ret
  .cfi_endproc
)");

namespace lectern::emulator {

void* begin_stack(void** end, void (*entry)()) {
  // Twenty registers; the second one, x30, is where to return to.
  void** top = end - 20;
  std::fill(top, end, nullptr);
  top[1] = reinterpret_cast<void*>(entry);
  return top;
}

}  // namespace lectern::emulator
