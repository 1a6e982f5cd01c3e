#include "tensor/cuda/emulator_fibers.h"

#include <sys/mman.h>

#include <utility>
#include <vector>

#include "tensor/check.h"
#include "tensor/cuda/emulator_stack.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#if defined(LECTERN_EMULATOR_TSAN)
#include <sanitizer/tsan_interface.h>
#endif

namespace lectern::emulator {
namespace {

constexpr std::size_t stack_bytes = std::size_t{256} << 10;
// An overflow ends in a fault, not in the next stack; no system has larger pages.
constexpr std::size_t guard_bytes = std::size_t{64} << 10;

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

struct Fiber::Context {
  void* stack_pointer = nullptr;
};

void Fiber::start_at(void (*entry)()) {
  void* end = static_cast<std::byte*>(const_cast<void*>(stack_)) + stack_bytes;
  context_->stack_pointer = begin_stack(static_cast<void**>(end), entry);
}

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
  switch_stacks(&left->context_->stack_pointer, context_->stack_pointer);
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
