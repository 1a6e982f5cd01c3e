#pragma once

#include "tensor/collective.h"

namespace lectern {

/// Ranks of which each has a GPU of its own, by way of NVIDIA's NCCL: "nccl". Only a program that is
/// linked with NCCL has it (LECTERN_NCCL).
///
/// Tensors travel from GPU to GPU, on the one stream of each. What lies in the host's memory goes by
/// the engine below: small numbers, NCCL's own first words, and a byte before every exchange, so that
/// a rank that is not there is found, and named, as that engine does it, and no GPU begins to wait
/// for one. Sums are all_reduce's, not ncclAllReduce's: the same bits as on every engine.
/// \param host  "mpi"
/// Cost of an exchange: a message of the host and two kernels of NCCL; the host waits for them.
GroupEngine nccl_engine(const GroupEngine& host);

}  // namespace lectern
