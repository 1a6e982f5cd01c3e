#include <nccl.h>

#include <algorithm>
#include <chrono>
#include <thread>
#include <type_traits>
#include <utility>

#include "tensor/collective_nccl.h"
#include "tensor/cuda/device_layer.h"
#include "tensor/cuda/kernel.h"
#include "tensor/launch.h"

namespace lectern {
namespace {

using Clock = std::chrono::steady_clock;

/// Where the ranks meet. (NCCL's struct has no name of its own, which nvcc 13.0 stumbles over.)
struct Place {
  ncclUniqueId id;
};

/// How long the host looks without pause whether its GPU is done; then it sleeps between two looks.
constexpr std::chrono::microseconds eager{500}, sleep{50};

ncclDataType_t type_of(DType dtype) {
  switch (dtype) {
    case DType::f32: return ncclFloat32;
    case DType::f64: return ncclFloat64;
    case DType::i32: return ncclInt32;
    case DType::bf16: break;
  }
  return ncclBfloat16;
}

void* address_of(const Tensor& tensor) {
  void* address = nullptr;
  launch_any(tensor, [&](auto device, auto zero) {
    if constexpr (std::is_same_v<decltype(device), Cuda>)
      address = Tensor(tensor).device_data<decltype(zero)>();
  });
  return address;
}

class NcclGroup : public ProcessGroup {
 public:
  NcclGroup(std::unique_ptr<ProcessGroup> host, const GroupOptions& options)
      : ProcessGroup(host->rank(), host->size()),
        host_(std::move(host)),
        patience_(options.patience) {
    introduce(*host_);
  }
  ~NcclGroup() override { abort(); }

  void meet_on(Device device) override {
    if (device.kind == Device::Kind::cpu) return;
    check(comm_ == nullptr, "the ranks have met on a GPU already");
    device_ = device;
    Place place{};
    if (is_first()) expect_success(ncclGetUniqueId(&place.id), "meeting");
    place = gather(*host_, place).front();
    ncclConfig_t config = NCCL_CONFIG_INITIALIZER;
    config.blocking = 0;  // a rank that is lost must not keep the host
    stream();             // it is the current GPU that NCCL takes
    expect_success(ncclCommInitRankConfig(&comm_, size(), place.id, rank(), &config), "meeting");
    wait_until([&] { return has_answered("meeting"); }, "the ranks' GPUs have not met");
  }

  void leave() override {
    if (comm_ != nullptr) {
      expect_success(ncclCommFinalize(comm_), "leaving");
      wait_until([&] { return has_answered("leaving"); }, "the ranks' GPUs have not parted");
      expect_success(ncclCommDestroy(std::exchange(comm_, nullptr)), "leaving");
    }
    host_->leave();
  }

 private:
  void send_and_receive(int partner, std::span<const char> out, std::span<char> in) override {
    host_->exchange(partner, out, in);
  }

  void send_and_receive_numbers(int partner, const Tensor& out, Tensor& in) override {
    if (out.device().kind == Device::Kind::cpu) return host_->exchange(partner, out, in);
    check(comm_ != nullptr && out.device() == device_ && in.device() == device_, [&] {
      return text("numbers on ", out.device(), " for ", name(partner), " to be received on ",
                  in.device(), ": the ranks have ",
                  comm_ ? text("met on ", device_) : "not met on a GPU");
    });
    char here = 0, there = 0;
    host_->exchange(partner, std::span<const char>(&here, 1), std::span<char>(&there, 1));
    try {
      enqueue(partner, out, in);
      wait_until([&] { return has_answered("an exchange") && cuda::is_idle(gpu()); },
                 text(name(partner), " is there, but nothing has come from its GPU"));
    } catch (...) {
      abort();  // or the GPU waits for ever, and whoever waits for the GPU
      throw;
    }
  }

  /// Both halves of an exchange, in the GPU's own order; they are done when the stream is.
  void enqueue(int partner, const Tensor& out, Tensor& in) {
    expect_success(ncclGroupStart(), "an exchange");
    if (out.size() > 0)
      expect_success(ncclSend(address_of(out), static_cast<std::size_t>(out.size()),
                              type_of(out.dtype()), partner, comm_, stream()),
                     "an exchange");
    if (in.size() > 0)
      expect_success(ncclRecv(address_of(in), static_cast<std::size_t>(in.size()),
                              type_of(in.dtype()), partner, comm_, stream()),
                     "an exchange");
    expect_success(ncclGroupEnd(), "an exchange");
  }

  /// Waits, a while without pause, for what `is_done` asks.
  /// \param problem  what is said where that takes too long
  template <class IsDone>
  void wait_until(const IsDone& is_done, const std::string& problem) {
    Clock::time_point looked = Clock::now();
    std::chrono::duration<double> waited{0};
    while (!is_done()) {
      // A rank that was itself stopped for a while must not blame the others.
      const Clock::time_point now = Clock::now();
      waited += std::min<std::chrono::duration<double>>(now - looked, std::chrono::seconds(1));
      looked = now;
      if (waited.count() > patience_)
        throw RankLost(
            text(problem, " for ", patience_,
                 " s: a GPU or what connects it hangs, and NCCL_DEBUG=INFO may say where; the last "
                 "checkpoint is intact: go on with --resume auto"));
      if (waited < eager)
        std::this_thread::yield();
      else
        std::this_thread::sleep_for(sleep);
    }
  }

  /// Whether NCCL has done what it was asked last, or handed it to the GPU. Throws what went wrong.
  bool has_answered(const char* when) {
    ncclResult_t state = ncclSuccess;
    expect_success(ncclCommGetAsyncError(comm_, &state), when);
    expect_success(state, when);
    return state == ncclSuccess;
  }

  void expect_success(ncclResult_t result, const char* when) {
    if (result == ncclSuccess || result == ncclInProgress) return;
    const std::string reason =
        text("NCCL, ", when, " on ", name(rank()), ", ", device_, ": ", ncclGetErrorString(result),
             comm_ ? text(" (", ncclGetLastError(comm_), ")") : std::string());
    if (result == ncclRemoteError)
      throw RankLost(text(reason, "; the last checkpoint is intact: go on with --resume auto"));
    fail(text(reason, "; every rank needs a GPU of its own, and NCCL_DEBUG=INFO says more"));
  }

  /// Ends whatever a GPU waits for.
  void abort() {
    if (comm_ != nullptr) ncclCommAbort(std::exchange(comm_, nullptr));
  }

  Cuda gpu() const { return Cuda{device_.index}; }
  cudaStream_t stream() const { return cuda::stream_of(gpu()); }

  std::unique_ptr<ProcessGroup> host_;
  double patience_;
  Device device_;
  ncclComm_t comm_ = nullptr;
};

}  // namespace

GroupEngine nccl_engine(const GroupEngine& host) {
  return {.name = "nccl",
          .join = [join = host.join](const GroupOptions& options) -> std::unique_ptr<ProcessGroup> {
            return std::make_unique<NcclGroup>(join(options), options);
          }};
}

}  // namespace lectern
