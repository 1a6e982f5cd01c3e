#include "tensor/cuda/emulator_stack.h"

#if defined(__ELF__)
asm(".hidden lectern_switch_stacks\n.type lectern_switch_stacks, @function");
#endif
asm(R"(
.text
.globl lectern_switch_stacks
lectern_switch_stacks:
  .cfi_startproc
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
  .cfi_endproc
)");

namespace lectern::emulator {

void* begin_stack(void** end, void (*entry)()) {
  // Six registers, then where to return to.
  void** top = end - 2;
  top[0] = reinterpret_cast<void*>(entry);
  top[1] = nullptr;
  for (int i = 1; i <= 6; ++i) top[-i] = nullptr;
  return top - 6;
}

}  // namespace lectern::emulator
