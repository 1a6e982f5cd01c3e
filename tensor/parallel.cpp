#include "tensor/parallel.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include "tensor/check.h"
#include "tensor/out_of_memory.h"
#include "tensor/platform.h"
#if defined(__x86_64__)
#include "tensor/pause_x86.h"
#endif

namespace lectern {
namespace {

using Body = std::function<void(std::int64_t, std::int64_t)>;
using Clock = std::chrono::steady_clock;

/// One loop: who wants a block increments `next`.
struct Loop {
  const Body* body;
  std::int64_t count, grain, blocks;
  std::atomic<std::int64_t> next{0};
  std::atomic<std::int64_t> finished{0};
  std::mutex failure_mutex;
  std::exception_ptr failure;

  /// Returns how many it got.
  std::int64_t claim_blocks() {
    std::int64_t claimed = 0;
    for (std::int64_t i; (i = next.fetch_add(1)) < blocks; finished.fetch_add(1)) {
      ++claimed;
      try {
        (*body)(i * grain, std::min(count, (i + 1) * grain));
      } catch (...) {
        std::lock_guard lock(failure_mutex);
        if (!failure) failure = std::current_exception();
      }
    }
    return claimed;
  }
};

thread_local bool inside_a_loop = false;

#if !defined(__x86_64__)
void pause() { std::this_thread::yield(); }
#endif

/// How often to pause before a core is given away: some fifty microseconds, longer than it takes
/// to calculate most things between two loops and about as long as waking a thread takes.
constexpr int patience = 1000;

/// A wait for other threads beyond this, and beyond four times what a block takes, means that one of
/// them has lost its core. The caller then works alone for so many times what the wait cost.
constexpr Clock::duration long_wait = std::chrono::milliseconds(1);
constexpr int alone_for = 8;

/// Threads that wait for a loop, a short while awake and then asleep.
class Pool {
 public:
  static Pool& instance() {
    static Pool pool;
    return pool;
  }

  int threads() const { return threads_; }

  /// False when the system has no room for all of them.
  bool resize(int threads) {
    stop();
    threads_ = threads;
    const std::uint64_t seen = generation_.load();
    try {
      for (int i = 1; i < std::min(threads, cores_of_this_process()); ++i)
        workers_.emplace_back([this, seen] { work(seen); });
    } catch (const std::system_error&) {
      return false;
    } catch (const std::bad_alloc&) {
      return false;
    }
    return true;
  }

  void run(const std::shared_ptr<Loop>& loop) {
    const Clock::time_point begin = Clock::now();
    const bool alone = begin.time_since_epoch().count() < alone_until_.load();
    if (!alone) call_workers(loop);
    inside_a_loop = true;
    const std::int64_t claimed = loop->claim_blocks();
    inside_a_loop = false;
    if (alone) return;
    const Clock::time_point end = Clock::now();
    for (int waits = 0; loop->finished.load() < loop->blocks; ++waits)
      waits < patience ? pause() : std::this_thread::yield();
    const Clock::time_point now = Clock::now();
    if (claimed > 0 && now - end > long_wait + 4 * (end - begin) / claimed)
      alone_until_.store((now + alone_for * (now - end)).time_since_epoch().count());
  }

  ~Pool() { stop(); }

 private:
  Pool() { resize(cores_of_this_process()); }

  void call_workers(const std::shared_ptr<Loop>& loop) {
    {
      std::lock_guard lock(mutex_);
      loop_ = loop;
      generation_.fetch_add(1);
    }
    if (sleeping_.load() > 0) wake_.notify_all();
  }

  void stop() {
    {
      std::lock_guard lock(mutex_);
      stopping_ = true;
      generation_.fetch_add(1);
    }
    wake_.notify_all();
    for (std::thread& worker : workers_) worker.join();
    workers_.clear();
    stopping_ = false;
  }

  void work(std::uint64_t seen) {
    inside_a_loop = true;
    for (;;) {
      for (int waits = 0; generation_.load() == seen && waits < patience; ++waits) pause();
      std::shared_ptr<Loop> loop;
      {
        std::unique_lock lock(mutex_);
        sleeping_.fetch_add(1);
        wake_.wait(lock, [&] { return generation_.load() != seen; });
        sleeping_.fetch_sub(1);
        seen = generation_.load();
        if (stopping_) return;
        loop = loop_;
      }
      if (loop) loop->claim_blocks();
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  std::shared_ptr<Loop> loop_;
  std::atomic<std::uint64_t> generation_{0};
  std::atomic<int> sleeping_{0};
  bool stopping_ = false;
  int threads_ = 1;
  std::atomic<Clock::rep> alone_until_{0};
  std::vector<std::thread> workers_;
};

}  // namespace

int thread_count() { return inside_a_loop ? 1 : Pool::instance().threads(); }

void set_thread_count(int count) {
  check(count >= 1 && count <= 1024,
        [&] { return text("thread count ", count, " is not between 1 and 1024"); });
  if (!Pool::instance().resize(count))
    throw OutOfMemory(
        text("out of memory: the system starts no more threads; ask for fewer than ", count));
}

void parallel_for(std::int64_t count, std::int64_t grain, const Body& body) {
  check(grain >= 1, "parallel_for needs a grain of at least 1");
  if (count <= 0) return;
  const std::int64_t blocks = (count + grain - 1) / grain;
  if (blocks == 1 || thread_count() == 1) {
    for (std::int64_t i = 0; i < blocks; ++i) body(i * grain, std::min(count, (i + 1) * grain));
    return;
  }
  auto loop = std::make_shared<Loop>();
  loop->body = &body;
  loop->count = count, loop->grain = grain, loop->blocks = blocks;
  Pool::instance().run(loop);
  if (loop->failure) std::rethrow_exception(loop->failure);
}

}  // namespace lectern
