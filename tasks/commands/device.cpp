#include "tasks/commands/device.h"

#include <algorithm>
#include <iostream>

#include "tasks/config/config.h"
#include "tasks/failure.h"
#include "tensor/cuda/device_layer.h"
#include "tensor/has_cuda.h"
#include "tensor/parallel.h"
#include "tensor/platform.h"

namespace lectern {
namespace {

int gpu_count() {
  if constexpr (has_cuda) return cuda::device_count();
  return 0;
}

std::string why_no_gpu() {
  if constexpr (has_cuda) return cuda::why_unavailable();
  return "this program was built without CUDA (-DLECTERN_DEVICE=cuda)";
}

/// The GPU that is meant by `cuda` or `cuda:N`.
Device gpu(const std::string& wish, int which) {
  const int count = gpu_count();
  const int index = wish == "cuda" ? which % std::max(1, count)
                                   : std::stoi(wish.substr(std::string("cuda:").size()));
  if (count == 0)
    throw Failure(ExitCode::usage, text("--device ", wish, ": no GPU can be used: ", why_no_gpu(),
                                        "; try --device cpu"));
  if (index >= count)
    throw Failure(ExitCode::usage,
                  text("--device ", wish, ": the GPUs here are cuda:0 to cuda:", count - 1));
  return {Device::Kind::cuda, index};
}

/// An emulated GPU is for tests and debuggers: it has to be asked for.
Device best_device(int which) {
  if constexpr (has_cuda) {
    if (gpu_count() > 0 && !cuda::is_emulated()) return gpu("cuda", which);
    if (gpu_count() == 0) std::cerr << "no GPU: " << why_no_gpu() << "; using the CPU\n";
  }
  return cpu;
}

}  // namespace

void use_device(const std::string& wish, int which) {
  set_default_device(wish == "auto" ? best_device(which) : wish == "cpu" ? cpu : gpu(wish, which));
}

void use_device(const Arguments& arguments) {
  std::vector<Override> typed;  // others may make sense beside the model's configuration alone
  for (const Override& override : arguments.overrides())
    if (override.key == "train.device") typed.push_back(override);
  use_device(parse_config("", "the command line", typed).train.device);
}

std::vector<std::string> known_devices() {
  std::vector<std::string> lines{"cpu"};
  if constexpr (has_cuda)
    for (int index = 0; index < gpu_count(); ++index) {
      const cuda::DeviceInfo info = cuda::device_info(Cuda{index});
      lines.push_back(text("cuda:", index, " ", info.name, ", sm_", info.compute_capability, ", ",
                           info.total_bytes >> 30, " GiB, ", info.free_bytes >> 30, " free"));
    }
  if (gpu_count() == 0) lines.push_back(text("no GPU: ", why_no_gpu()));
  return lines;
}

std::string machine_text() {
  return text(processor_model(), ", ", thread_count(),
              thread_count() == 1 ? " thread" : " threads");
}

}  // namespace lectern
