#include "tensor/cuda/emulator_fibers.h"

#include <sys/mman.h>

#include <utility>
#include <vector>

#include "tensor/check.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#if defined(LECTERN_EMULATOR_TSAN)
#include <sanitizer/tsan_interface.h>
#endif
#if !defined(__x86_64__)
#include <ucontext.h>
#endif

namespace lectern::emulator {
namespace {

constexpr std::size_t stack_bytes = std::size_t{256} << 10;
constexpr std::size_t guard_bytes = 4096;  // an overflow ends in a fault, not in the next stack

Fiber* running = nullptr;
Fiber* left = nullptr;  // the fiber that ran before this one

struct Pool {
  std::vector<Fiber*> idle;
  std::vector<Fiber*> used;  // in this launch, by a CUDA thread that has ended
};

Pool& pool() {
  static auto* fibers = new Pool;
  return *fibers;
}

}  // namespace

#if defined(__x86_64__)

// Keeps the registers that the ABI asks a function to keep, and changes stacks. swapcontext does
// the same with a system call, which takes ten times as long.
struct Fiber::Context {
  void* stack_pointer = nullptr;
};

extern "C" void lectern_switch_stack(void** save, void* load);
asm(R"(
.text
.globl lectern_switch_stack
.hidden lectern_switch_stack
.type lectern_switch_stack, @function
lectern_switch_stack:
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
.size lectern_switch_stack, .-lectern_switch_stack
)");

void Fiber::start_at(void (*entry)()) {
  // As if `entry` had been called from nowhere and had just switched away: six registers, then
  // where to return to.
  auto** top = static_cast<void**>(const_cast<void*>(stack_)) + stack_bytes / sizeof(void*) - 2;
  top[0] = reinterpret_cast<void*>(entry);
  top[1] = nullptr;
  for (int i = 1; i <= 6; ++i) top[-i] = nullptr;
  context_->stack_pointer = top - 6;
}

#else

struct Fiber::Context {
  ucontext_t state;
};

void Fiber::start_at(void (*entry)()) {
  getcontext(&context_->state);
  context_->state.uc_stack.ss_sp = const_cast<void*>(stack_);
  context_->state.uc_stack.ss_size = stack_bytes;
  context_->state.uc_link = nullptr;
  makecontext(&context_->state, entry, 0);
}

#endif

Fiber::Fiber() : context_(std::make_unique<Context>()) {}

Fiber::~Fiber() {
#if defined(LECTERN_EMULATOR_TSAN)
  __tsan_destroy_fiber(tsan_fiber_);
#endif
  munmap(static_cast<std::byte*>(const_cast<void*>(stack_)) - guard_bytes,
         guard_bytes + stack_bytes);
}

Fiber* Fiber::take(void (*entry)()) {
  Fiber* fiber;
  if (pool().idle.empty()) {
    fiber = new Fiber;
    void* range = mmap(nullptr, guard_bytes + stack_bytes, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    check(range != MAP_FAILED, "the CUDA emulator found no memory for another stack");
    mprotect(range, guard_bytes, PROT_NONE);
    fiber->stack_ = static_cast<std::byte*>(range) + guard_bytes;
    fiber->stack_bytes_ = stack_bytes;
#if defined(LECTERN_EMULATOR_TSAN)
    fiber->tsan_fiber_ = __tsan_create_fiber(0);
#endif
  } else {
    fiber = pool().idle.back();
    pool().idle.pop_back();
  }
#if defined(__SANITIZE_ADDRESS__)  // a fiber that was left for good has left its frames behind
  __asan_unpoison_memory_region(fiber->stack_, stack_bytes);
#endif
  fiber->start_at(entry);
  return fiber;
}

void Fiber::give_back(Fiber* fiber) {
  constexpr std::size_t most_used = 4096;  // half of what ThreadSanitizer can tell apart
  if (!tsan)
    pool().idle.push_back(fiber);
  else if (pool().used.size() < most_used)
    pool().used.push_back(fiber);
  else
    delete fiber;
}

void Fiber::end_launch() {
  pool().idle.insert(pool().idle.end(), pool().used.begin(), pool().used.end());
  pool().used.clear();
}

Fiber& Fiber::home() {
  static auto* home = new Fiber;
  return *home;
}

void Fiber::begin_at_home() {
  running = &home();
#if defined(LECTERN_EMULATOR_TSAN)
  running->tsan_fiber_ = __tsan_get_current_fiber();
#endif
}

void Fiber::switch_stack([[maybe_unused]] bool for_good) {
  left = std::exchange(running, this);
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_start_switch_fiber(for_good ? nullptr : &left->asan_stack_, stack_, stack_bytes_);
#endif
#if defined(LECTERN_EMULATOR_TSAN)
  __tsan_switch_to_fiber(tsan_fiber_, __tsan_switch_to_fiber_no_sync);
#endif
#if defined(__x86_64__)
  lectern_switch_stack(&left->context_->stack_pointer, context_->stack_pointer);
#else
  swapcontext(&left->context_->state, &context_->state);
#endif
}

void Fiber::resume() {
  [[maybe_unused]] Fiber* mine = running;
  switch_stack(false);
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_finish_switch_fiber(mine->asan_stack_, &left->stack_, &left->stack_bytes_);
#endif
}

void Fiber::resume_for_good() {
  switch_stack(true);
  __builtin_unreachable();
}

void Fiber::arrive() {
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_finish_switch_fiber(nullptr, &left->stack_, &left->stack_bytes_);
#endif
}

void publish([[maybe_unused]] void* meeting_point) {
#if defined(LECTERN_EMULATOR_TSAN)
  __tsan_release(meeting_point);
#endif
}

void observe([[maybe_unused]] void* meeting_point) {
#if defined(LECTERN_EMULATOR_TSAN)
  __tsan_acquire(meeting_point);
#endif
}

}  // namespace lectern::emulator
