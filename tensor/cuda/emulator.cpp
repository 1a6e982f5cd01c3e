#include "tensor/cuda/emulator.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <exception>
#include <mutex>
#include <string>
#include <vector>

#include "tensor/check.h"
#include "tensor/cuda/emulator_fibers.h"
#include "tensor/cuda/emulator_launch.h"
#include "tensor/cuda/emulator_memory.h"

// The scheduler: blocks run one after another, and the threads of a block take turns. A thread that
// comes to a barrier steps aside until its partners have come; then the next one runs, first of
// those that waited, else one that has not begun.

uint3 threadIdx, blockIdx;
dim3 blockDim, gridDim;

namespace lectern::emulator {
namespace {

constexpr unsigned warp_lanes = 32, most_threads = 1024;

struct Warp;

struct Copy {
  void* to;
  const void* from;
  int group;
};

bool same(Place a, Place b) {
  return a.line == b.line && (a.file == b.file || std::strcmp(a.file, b.file) == 0);
}

/// A CUDA thread.
struct Thread {
  uint3 index;
  unsigned lane;
  Warp* warp;
  Fiber* fiber = nullptr;  // none before it begins
  bool done = false;
  Place place{};                   // of the barrier that it came to last
  Thread* next_waiting = nullptr;  // at the same barrier
  std::vector<Copy> copies{};
  int copy_groups = 0;
};

/// Where threads wait for each other.
struct Barrier {
  Thread* first = nullptr;
  Thread* last = nullptr;
  unsigned arrived = 0;
  char order = 0;  // its address is what ThreadSanitizer orders by
};

/// A barrier for a set of lanes, and what they offer each other: two tables by turns, so that one
/// meeting is enough for an exchange.
struct WarpBarrier : Barrier {
  unsigned mask = 0;
  unsigned turn = 0;
  bool exchanges = false;  // what the lanes that have arrived came for, and where
  Place place;
  std::array<std::array<Slot, warp_lanes>, 2> offers;
};

struct Warp {
  unsigned existing = 0, alive = 0;
  int barrier_count = 0;
  std::array<std::unique_ptr<WarpBarrier>, 32> barriers;
};

/// The block that runs.
struct Block {
  Launch launch{};
  std::vector<Thread> threads;
  std::vector<Warp> warps;
  std::vector<unsigned> order;  // in which the threads begin
  std::size_t begun = 0, alive = 0;
  std::array<Thread*, most_threads> ready;  // a ring: met their partners, and wait for their turn
  std::size_t ready_first = 0, ready_count = 0;
  Barrier barrier;
  Place barrier_place;
  SharedMemory shared;
  Thread* running = nullptr;
  std::string failure;
  std::exception_ptr thrown;  // by a kernel: no GPU can, but a reader's unfinished one may
  char begin_order = 0, end_order = 0;  // what the threads see of the host, and the host of them
};

Block block;
std::mutex one_launch_at_a_time;

void run_threads();

void make_ready(Thread* thread) {
  block.ready[(block.ready_first + block.ready_count++) % most_threads] = thread;
}

/// Whose turn it is; null when all threads have ended.
Thread* next_thread() {
  if (block.ready_count > 0) {
    Thread* thread = block.ready[block.ready_first];
    block.ready_first = (block.ready_first + 1) % most_threads;
    --block.ready_count;
    return thread;
  }
  if (block.begun < block.threads.size()) return &block.threads[block.order[block.begun++]];
  if (block.alive == 0) return nullptr;
  if (block.running->done) {  // name a thread that waits
    if constexpr (!tsan) Fiber::give_back(block.running->fiber);
    block.running = &*std::find_if(block.threads.begin(), block.threads.end(),
                                   [](const Thread& thread) { return !thread.done; });
  }
  fail("deadlock: some threads never come to this barrier");
}

void set_running(Thread* thread) {
  block.running = thread;
  threadIdx = thread->index;
}

/// Stops the running thread until all `expected` have come.
void meet(Barrier& barrier, unsigned expected) {
  Thread* mine = block.running;
  if (++barrier.arrived == expected) {
    barrier.arrived = 0;
    for (Thread* thread = barrier.first; thread != nullptr; thread = thread->next_waiting)
      make_ready(thread);
    barrier.first = nullptr;
    return;
  }
  mine->next_waiting = nullptr;
  (barrier.first == nullptr ? barrier.first : barrier.last->next_waiting) = mine;
  barrier.last = mine;

  Thread* next = next_thread();
  set_running(next);
  if (next->fiber == nullptr) next->fiber = Fiber::take(run_threads);
  next->fiber->resume();
}

void end_thread(Thread& thread) {
  if (!thread.copies.empty()) fail("a thread returned before its copy_async had finished");
  std::vector<Copy>().swap(thread.copies);
  thread.done = true;
  thread.warp->alive &= ~(1u << thread.lane);
  --block.alive;
  publish(&block.end_order);
}

/// What a fiber does: runs threads one after another until one has to wait, so that a kernel
/// without barriers needs one fiber. ThreadSanitizer wants to see a fiber for every thread.
void run_threads() {
  Fiber::arrive();
  for (;;) {
    observe(&block.begin_order);
    try {
      block.launch.body(block.launch.arguments);
    } catch (...) {
      block.thrown = std::current_exception();
    }
    if (block.thrown) Fiber::home().resume_for_good();
    Thread& mine = *block.running;
    end_thread(mine);
    Thread* next = next_thread();
    if (next != nullptr) set_running(next);
    if (next != nullptr && next->fiber == nullptr) {
      next->fiber = mine.fiber;
      continue;
    }
    if constexpr (!tsan) Fiber::give_back(mine.fiber);
    (next == nullptr ? Fiber::home() : *next->fiber).resume_for_good();
  }
}

/// Makes here, where no CUDA thread runs, all that would look like an order between CUDA threads,
/// or like memory that they share, if one of them made it.
[[maybe_unused]] void prepare_for_tsan() {
  for (Warp& warp : block.warps)
    for (auto& barrier : warp.barriers)
      if (barrier == nullptr) barrier = std::make_unique<WarpBarrier>();
  for (Thread& thread : block.threads) thread.fiber = Fiber::take(run_threads);
}

void prepare_threads() {
  const Launch& launch = block.launch;
  const unsigned count = launch.threads.x * launch.threads.y * launch.threads.z;
  block.threads.resize(count);
  block.warps.resize((count + warp_lanes - 1) / warp_lanes);
  for (Warp& warp : block.warps) {
    warp.existing = warp.alive = 0;
    warp.barrier_count = 0;
  }
  for (unsigned i = 0; i < count; ++i) {
    Thread& thread = block.threads[i];
    thread = Thread{.index = {i % launch.threads.x, i / launch.threads.x % launch.threads.y,
                              i / launch.threads.x / launch.threads.y},
                    .lane = i % warp_lanes,
                    .warp = &block.warps[i / warp_lanes]};
    thread.warp->existing |= 1u << thread.lane;
  }
  for (Warp& warp : block.warps) warp.alive = warp.existing;
  block.begun = 0;
  block.alive = count;
  block.ready_count = 0;
  block.barrier.arrived = 0;
  block.barrier.first = nullptr;
  arrange(block.order, count);
  if constexpr (tsan) prepare_for_tsan();
}

void run_block() {
  block.shared.begin_block();
  prepare_threads();
  publish(&block.begin_order);
  Thread* first = next_thread();
  set_running(first);
  if (first->fiber == nullptr) first->fiber = Fiber::take(run_threads);
  first->fiber->resume();

  block.running = nullptr;
  block.shared.end_block();
  for (Thread& thread : block.threads)  // those of a launch that failed, too
    if (thread.fiber != nullptr && (tsan || !thread.done)) Fiber::give_back(thread.fiber);
  if (!block.failure.empty()) throw Error(std::exchange(block.failure, {}));
  if (block.thrown) std::rethrow_exception(std::exchange(block.thrown, nullptr));
}

}  // namespace

void run(const Launch& launch) {
  const std::lock_guard lock(one_launch_at_a_time);
  check_limits(launch);
  note_launch(launch.kernel);
  Fiber::begin_at_home();
  const OpenMemory open;
  block.launch = launch;
  blockDim = launch.threads;
  gridDim = launch.blocks;
  std::vector<unsigned> sequence;
  arrange(sequence, std::size_t{gridDim.x} * gridDim.y * gridDim.z);
  for (const unsigned number : sequence) {
    blockIdx = {number % gridDim.x, number / gridDim.x % gridDim.y, number / gridDim.x / gridDim.y};
    run_block();
  }
  observe(&block.end_order);
  Fiber::end_launch();
}

void fail(const char* what, Place place) {
  block.running->place = place;
  fail(what);
}

void fail(const char* what) {
  const Thread& thread = *block.running;
  block.failure =
      text("kernel ", block.launch.kernel, ", block ", show(blockIdx), ", thread ",
           show(thread.index), ", ", thread.place.file, ":", thread.place.line, ": ", what);
  Fiber::home().resume_for_good();
}

void sync_block(Place place) {
  Thread& mine = *block.running;
  mine.place = place;
  if (block.alive != block.threads.size())
    fail("__syncthreads() after some threads of the block have returned");
  if (block.barrier.arrived > 0 && !same(place, block.barrier_place))
    fail("threads of one block wait at different __syncthreads()");
  block.barrier_place = place;
  publish(&block.barrier.order);
  meet(block.barrier, static_cast<unsigned>(block.threads.size()));
  observe(&block.barrier.order);
}

namespace {

WarpBarrier& barrier_for(Warp& warp, unsigned mask, Place place) {
  Thread& mine = *block.running;
  mine.place = place;
  if (!(mask >> mine.lane & 1)) fail("a lane outside the mask takes part in a warp operation");
  mask &= warp.existing;
  if (mask & ~warp.alive) fail("a warp operation names a lane that has returned");
  for (int i = 0; i < warp.barrier_count; ++i)
    if (warp.barriers[i]->mask == mask) return *warp.barriers[i];
  if (warp.barrier_count == static_cast<int>(warp.barriers.size()))
    fail("a warp has synchronised with more than 32 different masks");
  auto& barrier = warp.barriers[warp.barrier_count++];
  if (barrier == nullptr) barrier = std::make_unique<WarpBarrier>();
  barrier->mask = mask;
  barrier->arrived = 0;
  barrier->first = nullptr;
  return *barrier;
}

unsigned lanes_in(const WarpBarrier& barrier) {
  return static_cast<unsigned>(__builtin_popcount(barrier.mask));
}

}  // namespace

void sync_warp(unsigned mask, bool orders_memory, Place place) {
  WarpBarrier& barrier = barrier_for(*block.running->warp, mask, place);
  if (barrier.arrived == 0) barrier.exchanges = false;
  if (barrier.exchanges) fail("lanes of one warp meet in different operations");
  if (orders_memory) publish(&barrier.order);
  meet(barrier, lanes_in(barrier));
  if (orders_memory) observe(&barrier.order);
}

const Slot* exchange(unsigned mask, const Slot& mine, Place place) {
  WarpBarrier& barrier = barrier_for(*block.running->warp, mask, place);
  if (barrier.arrived == 0) {
    barrier.exchanges = true;
    barrier.place = place;
  } else if (!barrier.exchanges || !same(place, barrier.place)) {
    fail("lanes of one warp meet in different operations");
  }
  auto& offers = barrier.offers[barrier.turn % 2];
  offers[block.running->lane] = mine;
  if (barrier.arrived + 1 == lanes_in(barrier)) ++barrier.turn;
  meet(barrier, lanes_in(barrier));
  return offers.data();
}

unsigned lane() { return block.running->lane; }
unsigned existing_lanes() { return block.running->warp->existing; }

void* shared_memory(const void* key, std::size_t bytes) {
  void* region = block.shared.region(key, bytes);
  if (region == nullptr) fail("more shared memory than a block has");
  return region;
}

void* dynamic_shared_memory() {
  return shared_memory(&block.launch.shared_bytes, block.launch.shared_bytes);
}

void begin_copy(void* to, const void* from, Place place) {
  const auto misaligned = [](const void* address) {
    return reinterpret_cast<std::uintptr_t>(address) % 16 != 0;
  };
  if (misaligned(to) || misaligned(from))
    fail("copy_async needs addresses that are multiples of 16", place);
  block.running->copies.push_back({to, from, block.running->copy_groups});
}

void commit_copies() { ++block.running->copy_groups; }

bool finish_copy(int pending, void** to, const void** from) {
  auto& copies = block.running->copies;
  if (copies.empty() || copies.front().group >= block.running->copy_groups - pending) return false;
  *to = copies.front().to;
  *from = copies.front().from;
  copies.erase(copies.begin());
  return true;
}

}  // namespace lectern::emulator
