#pragma once

#include <cstdint>
#include <functional>

namespace lectern {

/// How many threads share the work of a loop, the caller included. The default is the number of
/// cores that this process may use; inside a parallel_for it is one. No more threads than cores are
/// started, whatever the count: they would only wait for each other. Results never depend on it.
int thread_count();
void set_thread_count(int count);

/// Calls `body(begin, end)` for every block `[i·grain, min((i+1)·grain, count))` of `0 … count`.
///
/// The blocks are fixed by `count` and `grain` alone; the threads *claim* them one after another.
/// So the bits of a result cannot depend on the number of threads, and a thread that loses its core
/// to another program delays one block, not the whole loop. Work of one block, and a call from
/// inside another parallel_for, runs in the caller. The first exception is rethrown here.
void parallel_for(std::int64_t count, std::int64_t grain,
                  const std::function<void(std::int64_t begin, std::int64_t end)>& body);

}  // namespace lectern
