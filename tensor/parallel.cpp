#include "tensor/parallel.h"

#include <sched.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "tensor/check.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace lectern {
namespace {

using Body = std::function<void(std::int64_t, std::int64_t)>;

/// One loop: who wants a block increments `next`.
struct Loop {
  const Body* body;
  std::int64_t count, grain, blocks;
  std::atomic<std::int64_t> next{0};
  std::atomic<std::int64_t> finished{0};
  std::mutex failure_mutex;
  std::exception_ptr failure;

  void claim_blocks() {
    for (std::int64_t i; (i = next.fetch_add(1)) < blocks; finished.fetch_add(1)) {
      try {
        (*body)(i * grain, std::min(count, (i + 1) * grain));
      } catch (...) {
        std::lock_guard lock(failure_mutex);
        if (!failure) failure = std::current_exception();
      }
    }
  }
};

thread_local bool inside_a_loop = false;

int cores_of_this_process() {
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) == 0) return std::max(1, CPU_COUNT(&allowed));
  return std::max(1u, std::thread::hardware_concurrency());
}

/// Tells the core that this thread only waits, without giving the core away.
void pause() {
#if defined(__x86_64__)
  _mm_pause();
#else
  std::this_thread::yield();
#endif
}

/// How often to pause before a core is given away: some fifty microseconds, longer than it takes
/// to calculate most things between two loops and about as long as waking a thread takes.
constexpr int patience = 1000;

/// Threads that wait for a loop, a short while awake and then asleep.
class Pool {
 public:
  static Pool& instance() {
    static Pool pool;
    return pool;
  }

  int threads() const { return static_cast<int>(workers_.size()) + 1; }

  void resize(int threads) {
    stop();
    const std::uint64_t seen = generation_.load();
    for (int i = 1; i < threads; ++i) workers_.emplace_back([this, seen] { work(seen); });
  }

  void run(const std::shared_ptr<Loop>& loop) {
    {
      std::lock_guard lock(mutex_);
      loop_ = loop;
      generation_.fetch_add(1);
    }
    if (sleeping_.load() > 0) wake_.notify_all();
    inside_a_loop = true;
    loop->claim_blocks();
    inside_a_loop = false;
    for (int waits = 0; loop->finished.load() < loop->blocks; ++waits)
      waits < patience ? pause() : std::this_thread::yield();
  }

  ~Pool() { stop(); }

 private:
  Pool() { resize(cores_of_this_process()); }

  void stop() {
    {
      std::lock_guard lock(mutex_);
      stopping_ = true;
      generation_.fetch_add(1);
    }
    wake_.notify_all();
    workers_.clear();  // joins
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
  std::vector<std::jthread> workers_;
};

}  // namespace

int thread_count() { return inside_a_loop ? 1 : Pool::instance().threads(); }

void set_thread_count(int count) {
  check(count >= 1 && count <= 1024,
        [&] { return text("thread count ", count, " is not between 1 and 1024"); });
  Pool::instance().resize(count);
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
