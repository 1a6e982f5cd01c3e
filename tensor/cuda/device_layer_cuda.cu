// The device layer of a build for NVIDIA GPUs: the CUDA runtime.

#include <array>
#include <cstring>
#include <map>
#include <mutex>
#include <vector>

#include "tensor/check.h"
#include "tensor/cuda/device_layer.h"
#include "tensor/cuda/memory.h"
#include "tensor/cuda/runtime.h"

namespace lectern::cuda {

void check_cuda(cudaError_t result, const char* what, Where where) {
  if (result == cudaSuccess) return;
  cudaGetLastError();  // so that the next call does not report it again
  fail(text(what, ": ", cudaGetErrorString(result), " (", cudaGetErrorName(result), ")"), where);
}

namespace {

/// Pinned host memory through which small uploads pass, so that the program need not wait for the
/// GPU: the caller's memory is free again at once. Two buffers take turns, each when the other one
/// is full.
class Staging {
 public:
  static constexpr std::int64_t bytes = std::int64_t{1} << 20;

  Staging() {
    for (Buffer& buffer : buffers_) {
      check_cuda(cudaMallocHost(&buffer.memory, bytes), "pinned memory");
      check_cuda(cudaEventCreateWithFlags(&buffer.sent, cudaEventDisableTiming), "event");
    }
  }
  void upload(cudaStream_t stream, void* to, const void* from, std::size_t count) {
    if (used_ + count > bytes) turn(stream);
    char* place = static_cast<char*>(buffers_[current_].memory) + used_;
    used_ += (count + alignment - 1) / alignment * alignment;
    std::memcpy(place, from, count);
    check_cuda(cudaMemcpyAsync(to, place, count, cudaMemcpyHostToDevice, stream), "upload");
  }

 private:
  static constexpr std::size_t alignment = 64;
  struct Buffer {
    void* memory = nullptr;
    cudaEvent_t sent = nullptr;
  };

  void turn(cudaStream_t stream) {
    check_cuda(cudaEventRecord(buffers_[current_].sent, stream), "upload");
    current_ = 1 - current_;
    used_ = 0;
    check_cuda(cudaEventSynchronize(buffers_[current_].sent), "upload");
  }

  std::array<Buffer, 2> buffers_;
  std::size_t current_ = 0, used_ = 0;
};

/// What the library keeps of a GPU.
struct Gpu {
  cudaStream_t stream = nullptr;
  Staging staging;

  Gpu() { check_cuda(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), "stream"); }

  bool is_capturing() const {
    cudaStreamCaptureStatus status = cudaStreamCaptureStatusNone;
    check_cuda(cudaStreamIsCapturing(stream, &status), "stream");
    return status != cudaStreamCaptureStatusNone;
  }
};

/// Makes the GPU the calling thread's current one, and starts to use it when this is the first
/// call. Never destroyed: the driver may be gone before static objects are.
Gpu& gpu(Cuda device) {
  static auto* mutex = new std::mutex;
  static auto* gpus = new std::map<int, Gpu*>;
  check_cuda(cudaSetDevice(device.index), "choosing a GPU");
  std::lock_guard lock(*mutex);
  Gpu*& found = (*gpus)[device.index];
  if (found == nullptr) found = new Gpu;
  return *found;
}

int version(cudaError_t (*ask)(int*)) {
  int number = 0;
  return ask(&number) == cudaSuccess ? number : 0;
}

}  // namespace

cudaStream_t stream_of(Cuda device) { return gpu(device).stream; }

void check_launch(const char* signature) {
  const cudaError_t result = cudaGetLastError();
  if (result != cudaSuccess) check_cuda(result, kernel_name(signature).c_str());
}

void allow_shared_memory(const void* kernel, std::size_t bytes) {
  static std::mutex mutex;
  static std::map<const void*, std::size_t> allowed;
  std::lock_guard lock(mutex);
  if (allowed[kernel] >= bytes) return;
  check_cuda(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                  static_cast<int>(bytes)),
             "shared memory of a block");
  allowed[kernel] = bytes;
}

int device_count() {
  int count = 0;
  if (cudaGetDeviceCount(&count) == cudaSuccess) return count;
  cudaGetLastError();
  return 0;
}

bool is_emulated() { return false; }

std::string why_unavailable() {
  int count = 0;
  const cudaError_t result = cudaGetDeviceCount(&count);
  if (result == cudaSuccess && count > 0) return "";
  cudaGetLastError();
  return cudaGetErrorString(result == cudaSuccess ? cudaErrorNoDevice : result);
}

DeviceInfo device_info(Cuda device) {
  gpu(device);
  cudaDeviceProp properties;
  check_cuda(cudaGetDeviceProperties(&properties, device.index), "device_info");
  std::size_t free = 0, total = 0;
  check_cuda(cudaMemGetInfo(&free, &total), "device_info");
  return {.name = properties.name,
          .compute_capability = properties.major * 10 + properties.minor,
          .multiprocessors = properties.multiProcessorCount,
          .total_bytes = static_cast<std::int64_t>(total),
          .free_bytes = static_cast<std::int64_t>(free),
          .runtime_version = version(cudaRuntimeGetVersion),
          .driver_version = version(cudaDriverGetVersion)};
}

void* take_memory(Cuda device, std::int64_t bytes) {
  gpu(device);
  void* memory = nullptr;
  const cudaError_t result = cudaMalloc(&memory, static_cast<std::size_t>(bytes));
  if (result == cudaErrorMemoryAllocation) {
    cudaGetLastError();
    return nullptr;
  }
  check_cuda(result, "cudaMalloc");
  return memory;
}

/// Tensors that die at the end of the program may outlive the driver: its answer does not matter.
void give_back_memory(Cuda device, void* memory) {
  if (cudaSetDevice(device.index) == cudaSuccess) cudaFree(memory);
}

void copy(Cuda device, void* to, const void* from, std::int64_t bytes, Way way) {
  if (bytes == 0) return;
  Gpu& here = gpu(device);
  const auto count = static_cast<std::size_t>(bytes);
  if (way == Way::on_device)
    return check_cuda(cudaMemcpyAsync(to, from, count, cudaMemcpyDeviceToDevice, here.stream),
                      "copy on the GPU");
  check(!here.is_capturing(),
        "numbers cannot be copied to or from the host while a graph is captured");
  if (way == Way::to_device && bytes <= Staging::bytes)
    return here.staging.upload(here.stream, to, from, count);
  check_cuda(cudaMemcpyAsync(to, from, count, cudaMemcpyDefault, here.stream), "copy");
  check_cuda(cudaStreamSynchronize(here.stream), "copy");
}

void clear(Cuda device, void* memory, std::int64_t bytes) {
  if (bytes > 0)
    check_cuda(cudaMemsetAsync(memory, 0, static_cast<std::size_t>(bytes), stream_of(device)),
               "clear");
}

void synchronize(Cuda device) { check_cuda(cudaStreamSynchronize(stream_of(device)), "a kernel"); }

bool is_idle(Cuda device) {
  const cudaError_t result = cudaStreamQuery(stream_of(device));
  if (result != cudaErrorNotReady) check_cuda(result, "a kernel");
  return result == cudaSuccess;
}

struct Event::State {
  Cuda device;
  cudaEvent_t event = nullptr;
  explicit State(Cuda on) : device(on) {
    gpu(device);
    check_cuda(cudaEventCreate(&event), "event");
  }
  ~State() { cudaEventDestroy(event); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
};

Event::Event(Cuda device) : state_(std::make_shared<State>(device)) {}

void Event::record() {
  check_cuda(cudaEventRecord(state_->event, stream_of(state_->device)), "event");
}

double Event::milliseconds_since(const Event& earlier) const {
  check_cuda(cudaEventSynchronize(state_->event), "event");
  float milliseconds = 0;
  check_cuda(cudaEventElapsedTime(&milliseconds, earlier.state_->event, state_->event), "event");
  return milliseconds;
}

struct Graph::State {
  Cuda device;
  std::shared_ptr<MemoryArena> arena;
  cudaGraphExec_t work = nullptr;
  State(Cuda on, std::shared_ptr<MemoryArena> in) : device(on), arena(std::move(in)) {}
  ~State() {
    if (work == nullptr) return;
    cudaStreamSynchronize(stream_of(device));  // it may still be running in the arena
    cudaGraphExecDestroy(work);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
};

bool is_recording(Cuda device) { return gpu(device).is_capturing(); }

Graph::Graph(Cuda device, const std::function<void()>& work, std::shared_ptr<MemoryArena> arena)
    : state_(std::make_shared<State>(
          device, arena ? std::move(arena) : std::make_shared<MemoryArena>(device))) {
  const cudaStream_t stream = stream_of(device);
  const MemoryArena::Opened opened(*state_->arena);
  cudaGraph_t graph = nullptr;
  // Relaxed: cudaMalloc, which records nothing, may be called meanwhile.
  check_cuda(cudaStreamBeginCapture(stream, cudaStreamCaptureModeRelaxed), "capturing a graph");
  try {
    work();
  } catch (...) {
    cudaStreamEndCapture(stream, &graph);
    if (graph != nullptr) cudaGraphDestroy(graph);
    cudaGetLastError();
    throw;
  }
  check_cuda(cudaStreamEndCapture(stream, &graph), "capturing a graph");
  const cudaError_t result = cudaGraphInstantiate(&state_->work, graph, 0);
  cudaGraphDestroy(graph);
  check_cuda(result, "capturing a graph");
}

void Graph::launch() const {
  check_cuda(cudaGraphLaunch(state_->work, stream_of(state_->device)), "launching a graph");
}

}  // namespace lectern::cuda
