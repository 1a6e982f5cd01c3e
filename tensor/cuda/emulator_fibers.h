#pragma once

#include <cstddef>
#include <memory>

namespace lectern::emulator {

// A ThreadSanitizer build compiles the emulator's own files without it and says so by this name:
// the scheduler's bookkeeping must not look like an order between CUDA threads.
#if defined(LECTERN_EMULATOR_TSAN)
constexpr bool tsan = true;
#else
constexpr bool tsan = false;
#endif

/// A stack of its own to run a function on. Fibers take turns on one thread of the system: one runs
/// until it switches to another. Stacks are kept for the next fiber.
class Fiber {
 public:
  /// A fiber that calls `entry` when it is first switched to; `entry` must not return.
  static Fiber* take(void (*entry)());
  /// A fiber may give back itself, if what it does next is to resume another for good.
  static void give_back(Fiber* fiber);
  /// Lets `take` use fibers again that ThreadSanitizer must tell apart in one launch.
  static void end_launch();
  /// The stack that the program itself runs on. `begin_at_home` says that it runs now.
  static Fiber& home();
  static void begin_at_home();

  /// Leaves the running fiber and goes on in this one.
  void resume();
  /// The same when the running fiber will never be continued.
  [[noreturn]] void resume_for_good();
  /// The first thing that `entry` does.
  static void arrive();

  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

 private:
  struct Context;
  Fiber();
  ~Fiber();
  void start_at(void (*entry)());
  void switch_stack(bool for_good);

  std::unique_ptr<Context> context_;
  const void* stack_ = nullptr;
  std::size_t stack_bytes_ = 0;
  [[maybe_unused]] void* asan_stack_ =
      nullptr;  // what AddressSanitizer keeps of a fiber that waits
  [[maybe_unused]] void* tsan_fiber_ = nullptr;
};

/// ThreadSanitizer's words for "what I wrote is visible" and "now I see it".
void publish(void* meeting_point);
void observe(void* meeting_point);

}  // namespace lectern::emulator
