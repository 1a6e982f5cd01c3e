#include "tensor/cuda/emulator_launch.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <random>
#include <set>

#include "tensor/check.h"
#include "tensor/cuda/emulator_memory.h"

namespace lectern::emulator {
namespace {

std::vector<std::function<void()>>* recorded = nullptr;

/// The kernels that were started, written down when the program ends.
class LaunchLog {
 public:
  ~LaunchLog() {
    const char* file = std::getenv("LECTERN_EMULATOR_LOG");
    if (file == nullptr) return;
    std::ostringstream lines;
    for (const std::string& name : names_) lines << name << '\n';
    std::ofstream(file, std::ios::app) << lines.str();
  }
  void add(const std::string& kernel) { names_.insert(kernel.substr(0, kernel.find('<'))); }

 private:
  std::set<std::string> names_;
};

/// The order of threads and blocks.
class Order {
 public:
  Order() {
    const char* words = std::getenv("LECTERN_EMULATOR_ORDER");
    const std::string order = words == nullptr ? "forward" : words;
    backward_ = order == "backward";
    shuffled_ = !backward_ && order != "forward";
    if (shuffled_) {
      char* end;
      generator_.seed(std::strtoul(words, &end, 10));
      check(end != words && *end == '\0', [&] {
        return text("LECTERN_EMULATOR_ORDER is '", order,
                    "', expected forward, backward, or a number that shuffles");
      });
    }
  }
  void arrange(std::vector<unsigned>& numbers, std::size_t count) {
    numbers.resize(count);
    for (std::size_t i = 0; i < count; ++i)
      numbers[i] = static_cast<unsigned>(backward_ ? count - 1 - i : i);
    if (shuffled_) std::shuffle(numbers.begin(), numbers.end(), generator_);
  }

 private:
  bool backward_ = false, shuffled_ = false;
  std::mt19937 generator_;
};

}  // namespace

void arrange(std::vector<unsigned>& numbers, std::size_t count) {
  static Order order;
  order.arrange(numbers, count);
}

std::string show(const uint3& index) { return text("(", index.x, ",", index.y, ",", index.z, ")"); }

void check_limits(const Launch& launch) {
  const auto refuse = [&](const std::string& what) {
    throw Error(text("kernel ", launch.kernel, ": ", what));
  };
  const dim3 t = launch.threads, b = launch.blocks;
  const std::uint64_t threads = std::uint64_t{t.x} * t.y * t.z;
  if (threads == 0 || threads > 1024 || t.z > 64)
    refuse(text("a block of ", show({t.x, t.y, t.z}),
                " threads; a block has 1 to 1024 threads, at most 64 of them in z"));
  if (std::uint64_t{b.x} * b.y * b.z == 0 || b.x > 0x7fffffffu || b.y > 65535 || b.z > 65535)
    refuse(text("a grid of ", show({b.x, b.y, b.z}),
                " blocks; a grid has at least one block, at most 65535 in y and in z"));
  if (launch.shared_bytes > SharedMemory::most_bytes)
    refuse(text(launch.shared_bytes, " bytes of shared memory; a block has at most ",
                SharedMemory::most_bytes));
}

void note_launch(const char* kernel) {
  static LaunchLog log;
  static std::set<const char*> seen;
  if (seen.insert(kernel).second) log.add(kernel);
}

Recording::Recording(std::vector<std::function<void()>>& work) {
  check(recorded == nullptr, "a graph is being captured already; one must end before the next");
  recorded = &work;
}
Recording::~Recording() { recorded = nullptr; }
bool Recording::in_progress() { return recorded != nullptr; }

void submit(std::function<void()> work) {
  if (recorded != nullptr)
    recorded->push_back(std::move(work));
  else
    work();
}

}  // namespace lectern::emulator
