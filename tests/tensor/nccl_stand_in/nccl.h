#pragma once

// What collective_nccl.cu calls of NCCL and of the CUDA runtime, for a machine without either: ranks
// are threads of one process that share the emulated GPU. Every call is checked, as strictly as the
// documents of NCCL 2.28 say and a little stricter: what a real NCCL would answer by waiting for ever
// is an Error here. That these declarations are NCCL's own is seen by nvcc, which compiles the same
// file against the real header (kernels_compile).

#include <cstddef>
#include <functional>
#include <string>

#include "tensor/tensor.h"

// NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming): these are NVIDIA's names
using cudaStream_t = struct CUstream_st*;
namespace lectern::cuda {
cudaStream_t stream_of(Cuda device);
}

using ncclComm_t = struct ncclComm*;
struct ncclUniqueId {
  char internal[128];
};
struct ncclConfig_t {
  int blocking;
};
#define NCCL_CONFIG_INITIALIZER \
  { 1 }

enum ncclResult_t {
  ncclSuccess = 0,
  ncclUnhandledCudaError = 1,
  ncclInvalidUsage = 5,
  ncclRemoteError = 6,
  ncclInProgress = 7
};
enum ncclDataType_t { ncclInt32 = 2, ncclFloat32 = 7, ncclFloat64 = 8, ncclBfloat16 = 9 };

ncclResult_t ncclGetUniqueId(ncclUniqueId* id);
ncclResult_t ncclCommInitRankConfig(ncclComm_t* comm, int nranks, ncclUniqueId id, int rank,
                                    ncclConfig_t* config);
ncclResult_t ncclCommFinalize(ncclComm_t comm);
ncclResult_t ncclCommDestroy(ncclComm_t comm);
ncclResult_t ncclCommAbort(ncclComm_t comm);
ncclResult_t ncclCommGetAsyncError(ncclComm_t comm, ncclResult_t* state);
const char* ncclGetErrorString(ncclResult_t result);
const char* ncclGetLastError(ncclComm_t comm);
ncclResult_t ncclSend(const void* buffer, std::size_t count, ncclDataType_t type, int peer,
                      ncclComm_t comm, cudaStream_t stream);
ncclResult_t ncclRecv(void* buffer, std::size_t count, ncclDataType_t type, int peer,
                      ncclComm_t comm, cudaStream_t stream);
ncclResult_t ncclGroupStart();
ncclResult_t ncclGroupEnd();
// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming)

namespace lectern::nccl_stand_in {

/// Forgets all communicators. \param while_waiting  lets other ranks run where one has to wait
void begin(std::function<void()> while_waiting);
/// What was left undone: a communicator that nobody destroyed or aborted, a group that nobody ended.
/// Empty where all is well.
std::string left_behind();
/// The next answer of a rank's ncclCommGetAsyncError, instead of the true one.
void answer_next(int rank, ncclResult_t result);
/// How many numbers have been sent, by all ranks.
std::size_t sent();

}  // namespace lectern::nccl_stand_in
