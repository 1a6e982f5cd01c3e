#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "tensor/device.h"
#include "tensor/dtype.h"

/// \defgroup cuda CUDA
/// All that the library asks of a GPU beside running its kernels. Two implementations: the CUDA
/// runtime with cuBLASLt and CUB (device_layer_cuda.cu), and the emulator on the host
/// (device_layer_emulator.cpp). Everything is ordered on one stream per device.
namespace lectern::cuda {

/// How many GPUs can be used; 0 without a driver. Never throws.
int device_count();
/// Why there is none, in the driver's own words; empty when there is one.
std::string why_unavailable();
/// True when the kernels run on the host, in the emulator.
bool is_emulated();

struct DeviceInfo {
  std::string name;            ///< `NVIDIA H100 80GB HBM3`, `CUDA emulator`
  int compute_capability = 0;  ///< 90 for sm_90
  int multiprocessors = 0;
  std::int64_t total_bytes = 0, free_bytes = 0;
  int runtime_version = 0, driver_version = 0;  ///< 13000 for 13.0
};
DeviceInfo device_info(Cuda device);

/// Memory straight from the device, aligned to 256 bytes; null when there is no more.
void* take_memory(Cuda device, std::int64_t bytes);
void give_back_memory(Cuda device, void* memory);

/// Copies between the host and a device or inside a device. When host memory takes part the numbers
/// have arrived on return.
enum class Way { to_device, to_host, on_device };
void copy(Cuda device, void* to, const void* from, std::int64_t bytes, Way way);
/// Sets bytes to zero.
void clear(Cuda device, void* memory, std::int64_t bytes);

/// One strided batch of row-major products `C = start + op(A) op(B)`, f32, f64, or bf16 with f32
/// sums. Strides count numbers from one matrix of a batch to the next; 0 repeats a matrix.
struct Gemm {
  DType dtype;              ///< of A and B
  bool f32_result = false;  ///< C and the bias of bf16 matrices are f32; otherwise they are like A
  bool tf32 = false;        ///< inputs of f32 are rounded to 11 bits of precision (TF32)
  std::int64_t rows, columns, depth;
  bool transpose_a = false, transpose_b = false;
  const void *a, *b;
  void* c;
  const void* bias = nullptr;  ///< [column], added to every row
  bool accumulate = false;     ///< add to what C holds
  std::int64_t batch = 1, a_stride = 0, b_stride = 0, c_stride = 0;
};
void gemm(Cuda device, const Gemm& gemm);

/// Sorts pairs by key, equal keys in their old order. Only the lowest `key_bits` bits count.
void sort_pairs(Cuda device, std::int64_t count, const std::uint32_t* keys,
                const std::int32_t* values, std::uint32_t* sorted_keys, std::int32_t* sorted_values,
                int key_bits = 32);

/// Waits for everything that was started; throws the first error of a kernel.
void synchronize(Cuda device);
/// Whether everything that was started is done; throws the first error of a kernel.
bool is_idle(Cuda device);

/// A moment on the stream, to measure time with.
class Event {
 public:
  explicit Event(Cuda device);
  void record();
  /// Milliseconds from `earlier` to this one; waits for both.
  double milliseconds_since(const Event& earlier) const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

class MemoryArena;

/// Whether a Graph is being recorded on the device: nothing can be read from it then.
bool is_recording(Cuda device);

/// Work that was recorded once and can be started again with one call (a CUDA graph). Addresses and
/// numbers passed by value are repeated as they were; what is to change lies in device memory.
class Graph {
 public:
  /// Calls `work`, whose kernels are recorded and not run. Graphs that never run at once, and leave
  /// nothing behind in the memory they work in, can share an arena.
  Graph(Cuda device, const std::function<void()>& work,
        std::shared_ptr<MemoryArena> arena = nullptr);
  void launch() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace lectern::cuda
