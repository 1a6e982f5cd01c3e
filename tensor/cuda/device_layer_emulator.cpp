// The device layer of a build without a GPU: everything is done at once, on the host.

#include <algorithm>
#include <chrono>
#include <cstring>
#include <numeric>
#include <vector>

#include "tensor/check.h"
#include "tensor/cuda/device_layer.h"
#include "tensor/cuda/emulator_launch.h"
#include "tensor/cuda/emulator_memory.h"
#include "tensor/cuda/memory.h"

namespace lectern::cuda {

int device_count() { return 1; }
bool is_emulated() { return true; }
std::string why_unavailable() { return ""; }

DeviceInfo device_info(Cuda) {
  return {.name = "CUDA emulator",
          .compute_capability = 80,
          .multiprocessors = 1,
          .total_bytes = emulator::total_memory,
          .free_bytes = emulator::total_memory - emulator::memory_in_use()};
}

void* take_memory(Cuda, std::int64_t bytes) { return emulator::take_memory(bytes); }
void give_back_memory(Cuda, void* memory) { emulator::give_back_memory(memory); }

void copy(Cuda, void* to, const void* from, std::int64_t bytes, Way way) {
  if (bytes == 0) return;
  if (way != Way::to_host) emulator::check_device_pointer("copy", to);
  if (way != Way::to_device) emulator::check_device_pointer("copy", from);
  check(way == Way::on_device || !emulator::Recording::in_progress(),
        "numbers cannot be copied to or from the host while a graph is captured");
  emulator::submit([=] {
    const emulator::OpenMemory open;
    std::memcpy(to, from, static_cast<std::size_t>(bytes));
  });
}

void clear(Cuda, void* memory, std::int64_t bytes) {
  if (bytes == 0) return;
  emulator::check_device_pointer("clear", memory);
  emulator::submit([=] {
    const emulator::OpenMemory open;
    std::memset(memory, 0, static_cast<std::size_t>(bytes));
  });
}

void sort_pairs(Cuda, std::int64_t count, const std::uint32_t* keys, const std::int32_t* values,
                std::uint32_t* sorted_keys, std::int32_t* sorted_values, int key_bits) {
  for (const void* address :
       {static_cast<const void*>(keys), static_cast<const void*>(values),
        static_cast<const void*>(sorted_keys), static_cast<const void*>(sorted_values)})
    emulator::check_device_pointer("sort_pairs", address);
  emulator::submit([=] {
    const emulator::OpenMemory open;
    const std::uint32_t counted =
        key_bits >= 32 ? ~std::uint32_t{0} : (std::uint32_t{1} << key_bits) - 1;
    std::vector<std::int64_t> order(static_cast<std::size_t>(count));
    std::iota(order.begin(), order.end(), std::int64_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) {
      return (keys[a] & counted) < (keys[b] & counted);
    });
    for (std::int64_t i = 0; i < count; ++i) {
      sorted_keys[i] = keys[order[static_cast<std::size_t>(i)]];
      sorted_values[i] = values[order[static_cast<std::size_t>(i)]];
    }
  });
}

void synchronize(Cuda) {}
bool is_idle(Cuda) { return true; }

struct Event::State {
  std::chrono::steady_clock::time_point moment;
};

Event::Event(Cuda) : state_(std::make_shared<State>()) {}
void Event::record() { state_->moment = std::chrono::steady_clock::now(); }
double Event::milliseconds_since(const Event& earlier) const {
  return std::chrono::duration<double, std::milli>(state_->moment - earlier.state_->moment).count();
}

struct Graph::State {
  std::shared_ptr<MemoryArena> arena;
  std::vector<std::function<void()>> work;
};

bool is_recording(Cuda) { return emulator::Recording::in_progress(); }

Graph::Graph(Cuda device, const std::function<void()>& work, std::shared_ptr<MemoryArena> arena)
    : state_(std::make_shared<State>(
          State{arena ? std::move(arena) : std::make_shared<MemoryArena>(device), {}})) {
  const MemoryArena::Opened opened(*state_->arena);
  const emulator::Recording recording(state_->work);
  work();
}

void Graph::launch() const {
  for (const std::function<void()>& step : state_->work) step();
}

}  // namespace lectern::cuda
