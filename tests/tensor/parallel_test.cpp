#include "tensor/parallel.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <set>
#include <thread>

#include "tests/catch.h"
#include "tests/tensor/helpers.h"

using namespace lectern;

TEST_CASE("parallel_for: the blocks are fixed by count and grain") {
  const int before = thread_count();
  for (const int threads : {1, 2, 5}) {
    set_thread_count(threads);
    std::mutex mutex;
    std::set<std::pair<std::int64_t, std::int64_t>> blocks;
    parallel_for(10, 4, [&](std::int64_t begin, std::int64_t end) {
      const std::lock_guard lock(mutex);
      blocks.emplace(begin, end);
    });
    CHECK(blocks == std::set<std::pair<std::int64_t, std::int64_t>>{{0, 4}, {4, 8}, {8, 10}});
  }
  set_thread_count(before);
}

TEST_CASE("parallel_for: nothing to do, and loops inside loops") {
  std::atomic<int> calls{0};
  parallel_for(0, 1, [&](std::int64_t, std::int64_t) { ++calls; });
  CHECK(calls == 0);
  parallel_for(8, 1, [&](std::int64_t, std::int64_t) {
    parallel_for(4, 1, [&](std::int64_t, std::int64_t) { ++calls; });
  });
  CHECK(calls == 32);
}

TEST_CASE("thread_count: a loop inside a loop has one thread") {
  const int before = thread_count();
  set_thread_count(2);
  CHECK(thread_count() == 2);
  std::atomic<int> sum{0};
  parallel_for(8, 1, [&](std::int64_t, std::int64_t) { sum += thread_count(); });
  CHECK(sum == 8);
  CHECK(thread_count() == 2);
  set_thread_count(before);
}

TEST_CASE("parallel_for: threads that fell asleep wake up") {
  for (int i = 0; i < 5; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    std::atomic<int> calls{0};
    parallel_for(100, 1, [&](std::int64_t, std::int64_t) { ++calls; });
    CHECK(calls == 100);
  }
}

TEST_CASE("parallel_for: an exception comes back, and the threads go on working") {
  const auto fail_at_three = [](std::int64_t begin, std::int64_t) {
    check(begin != 3, "block three failed");
  };
  CHECK(contains(message_of([&] { parallel_for(8, 1, fail_at_three); }), "block three failed"));
  std::atomic<int> calls{0};
  for (int i = 0; i < 1000; ++i) parallel_for(3, 1, [&](std::int64_t, std::int64_t) { ++calls; });
  CHECK(calls == 3000);
}

TEST_CASE("parallel_for: a thread count out of range is refused") {
  CHECK(contains(message_of([] { set_thread_count(0); }), "not between 1 and 1024"));
}
