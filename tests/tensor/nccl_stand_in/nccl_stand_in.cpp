#include <nccl.h>

#include <algorithm>
#include <cstring>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "tensor/check.h"
#include "tensor/cuda/emulator_memory.h"

namespace {

struct Operation {
  bool sends;
  void* buffer;
  std::size_t count;
  ncclDataType_t type;
  int peer;
};

}  // namespace

/// What one rank has of a communicator. It outlives its end, so that a call after that is recognised.
struct ncclComm {
  std::string id;
  int rank, size, device;
  enum class State { alive, leaving, destroyed, aborted } state = State::alive;
  std::deque<Operation> pending{};
  std::optional<ncclResult_t> next_answer{};
  std::string fault{};  // what its partner found out about both
};

namespace {

using State = ncclComm::State;

std::recursive_mutex mutex;
std::vector<std::unique_ptr<ncclComm>> comms;
std::function<void()> while_waiting = [] {};
std::size_t numbers_sent = 0;
int unique_ids = 0, open_groups = 0;
char streams[8];  // the addresses are the streams

thread_local int current_device = -1, depth = 0;
struct Asked {
  ncclComm* comm;
  Operation operation;
};
thread_local std::vector<Asked> asked;  // in the open group

template <class... Words>
[[noreturn]] void refuse(const Words&... words) {
  throw lectern::Error(lectern::text("NCCL stand-in: ", words...));
}

void expect_known(ncclComm* comm, const char* call) {
  const auto known = std::ranges::any_of(comms, [&](const auto& c) { return c.get() == comm; });
  if (!known) refuse(call, " with no communicator");
  if (comm->state == State::aborted) refuse(call, " after ncclCommAbort");
  if (comm->state == State::destroyed) refuse(call, " after ncclCommDestroy");
}

/// The same communicator at another rank; null where it has not come yet.
ncclComm* at_rank(const ncclComm& comm, int rank) {
  for (const auto& other : comms)
    if (other->id == comm.id && other->rank == rank) return other.get();
  return nullptr;
}

bool all_have_come(const ncclComm& comm) {
  for (int rank = 0; rank < comm.size; ++rank)
    if (at_rank(comm, rank) == nullptr) return false;
  return true;
}

const char* name_of(ncclDataType_t type) {
  switch (type) {
    case ncclInt32: return "int32";
    case ncclFloat32: return "float32";
    case ncclFloat64: return "float64";
    case ncclBfloat16: return "bfloat16";
  }
  return nullptr;
}

std::size_t bytes_of(const Operation& operation) {
  return operation.count * (operation.type == ncclFloat64    ? 8
                            : operation.type == ncclBfloat16 ? 2
                                                             : 4);
}

/// Ends both ranks of an exchange with the same words.
[[noreturn]] void refuse_both(ncclComm& a, ncclComm& b, const std::string& words) {
  a.fault = b.fault = words;
  refuse(words);
}

/// Does what both ends of a comm's oldest operations agree upon. Pairs of one sender and one receiver
/// meet in the order in which they were asked for.
void match(ncclComm& comm) {
  for (auto mine = comm.pending.begin(); mine != comm.pending.end();) {
    ncclComm& other = *at_rank(comm, mine->peer);
    const auto theirs = std::ranges::find_if(other.pending, [&](const Operation& operation) {
      return operation.peer == comm.rank && operation.sends != mine->sends;
    });
    if (theirs == other.pending.end()) {
      ++mine;
      continue;
    }
    const bool sends = mine->sends;
    const Operation &from = sends ? *mine : *theirs, &to = sends ? *theirs : *mine;
    const int sender = sends ? comm.rank : other.rank, receiver = sends ? other.rank : comm.rank;
    if (from.count != to.count || from.type != to.type)
      refuse_both(comm, other,
                  lectern::text("rank ", sender, " sends ", from.count, " ", name_of(from.type),
                                " to rank ", receiver, ", which expects ", to.count, " ",
                                name_of(to.type)));
    const lectern::emulator::OpenMemory open;
    std::memcpy(to.buffer, from.buffer, bytes_of(from));
    numbers_sent += from.count;
    other.pending.erase(theirs);
    mine = comm.pending.erase(mine);
  }
}

void ask(ncclComm* comm, const char* call, Operation operation, cudaStream_t stream) {
  const std::lock_guard lock(mutex);
  expect_known(comm, call);
  if (comm->state == State::leaving) refuse(call, " after ncclCommFinalize");
  if (depth == 0)
    refuse(call,
           " outside of a group: two ranks that both send first wait for each other for ever");
  if (!all_have_come(*comm)) refuse(call, " before all ranks have met");
  if (!comm->pending.empty()) refuse(call, " while an exchange is in progress");
  if (operation.peer < 0 || operation.peer >= comm->size || operation.peer == comm->rank)
    refuse(call, " by rank ", comm->rank, " of ", comm->size, " with peer ", operation.peer);
  if (name_of(operation.type) == nullptr) refuse(call, " of data type ", int{operation.type});
  if (reinterpret_cast<char*>(stream) != streams + comm->device)
    refuse(call, " on a stream that is not the one of the communicator's device");
  if (operation.count == 0) refuse(call, " of nothing");
  lectern::emulator::check_device_pointer(call, operation.buffer);
  const auto* end = static_cast<const char*>(operation.buffer) + bytes_of(operation);
  lectern::emulator::check_device_pointer(call, end);
  asked.push_back({comm, operation});
}

}  // namespace

cudaStream_t lectern::cuda::stream_of(Cuda device) {
  current_device = device.index;
  return reinterpret_cast<cudaStream_t>(streams + device.index);
}

ncclResult_t ncclGetUniqueId(ncclUniqueId* id) {
  const std::lock_guard lock(mutex);
  *id = {};
  std::strcpy(id->internal, lectern::text("meeting ", ++unique_ids).c_str());
  return ncclSuccess;
}

ncclResult_t ncclCommInitRankConfig(ncclComm_t* comm, int nranks, ncclUniqueId id, int rank,
                                    ncclConfig_t* config) {
  const std::lock_guard lock(mutex);
  if (config->blocking != 0) refuse("a communicator that blocks the host");
  if (current_device < 0) refuse("ncclCommInitRankConfig before a GPU was chosen");
  if (rank < 0 || rank >= nranks) refuse("rank ", rank, " of ", nranks);
  if (id.internal[0] == '\0') refuse("an id that is none of ncclGetUniqueId's");
  auto made = std::make_unique<ncclComm>(ncclComm{id.internal, rank, nranks, current_device});
  for (const auto& other : comms) {
    if (other->id != made->id) continue;
    if (other->rank == rank) refuse("two ranks ", rank);
    if (other->size != nranks) refuse("a group of ", nranks, " ranks, and one of ", other->size);
  }
  comms.push_back(std::move(made));
  *comm = comms.back().get();
  return ncclInProgress;
}

ncclResult_t ncclCommFinalize(ncclComm_t comm) {
  const std::lock_guard lock(mutex);
  expect_known(comm, "ncclCommFinalize");
  if (!comm->pending.empty()) refuse("ncclCommFinalize while an exchange is in progress");
  comm->state = State::leaving;
  return ncclInProgress;
}

ncclResult_t ncclCommDestroy(ncclComm_t comm) {
  const std::lock_guard lock(mutex);
  expect_known(comm, "ncclCommDestroy");
  if (comm->state != State::leaving) refuse("ncclCommDestroy before ncclCommFinalize");
  comm->state = State::destroyed;
  return ncclSuccess;
}

ncclResult_t ncclCommAbort(ncclComm_t comm) {
  const std::lock_guard lock(mutex);
  expect_known(comm, "ncclCommAbort");
  comm->state = State::aborted;
  comm->pending.clear();
  open_groups -= depth;
  depth = 0;
  asked.clear();
  return ncclSuccess;
}

ncclResult_t ncclCommGetAsyncError(ncclComm_t comm, ncclResult_t* state) {
  {
    const std::lock_guard lock(mutex);
    expect_known(comm, "ncclCommGetAsyncError");
    if (comm->next_answer) {
      *state = *std::exchange(comm->next_answer, std::nullopt);
      return ncclSuccess;
    }
    if (!comm->fault.empty()) refuse(comm->fault);
    bool done = all_have_come(*comm);
    if (comm->state == State::leaving) {
      for (int rank = 0; done && rank < comm->size; ++rank)
        done = at_rank(*comm, rank)->state != State::alive;
    } else if (done) {
      match(*comm);
      done = comm->pending.empty();
    }
    *state = done ? ncclSuccess : ncclInProgress;
  }
  if (*state == ncclInProgress) while_waiting();
  return ncclSuccess;
}

const char* ncclGetErrorString(ncclResult_t result) {
  switch (result) {
    case ncclSuccess: return "no error";
    case ncclUnhandledCudaError: return "unhandled cuda error";
    case ncclInvalidUsage: return "invalid usage";
    case ncclRemoteError: return "remote process exited or there was a network error";
    case ncclInProgress: return "NCCL operation in progress";
  }
  return "unknown result code";
}

const char* ncclGetLastError(ncclComm_t) { return "the stand-in was told to say so"; }

ncclResult_t ncclSend(const void* buffer, std::size_t count, ncclDataType_t type, int peer,
                      ncclComm_t comm, cudaStream_t stream) {
  ask(comm, "ncclSend", {true, const_cast<void*>(buffer), count, type, peer}, stream);
  return ncclSuccess;
}

ncclResult_t ncclRecv(void* buffer, std::size_t count, ncclDataType_t type, int peer,
                      ncclComm_t comm, cudaStream_t stream) {
  ask(comm, "ncclRecv", {false, buffer, count, type, peer}, stream);
  return ncclSuccess;
}

ncclResult_t ncclGroupStart() {
  const std::lock_guard lock(mutex);
  ++depth;
  ++open_groups;
  return ncclSuccess;
}

ncclResult_t ncclGroupEnd() {
  const std::lock_guard lock(mutex);
  if (depth == 0) refuse("ncclGroupEnd without ncclGroupStart");
  --open_groups;
  if (--depth > 0) return ncclSuccess;
  const bool any = !asked.empty();
  for (const Asked& one : asked) one.comm->pending.push_back(one.operation);
  asked.clear();
  return any ? ncclInProgress : ncclSuccess;
}

namespace lectern::nccl_stand_in {

void begin(std::function<void()> waiting) {
  const std::lock_guard lock(mutex);
  comms.clear();
  while_waiting = std::move(waiting);
  numbers_sent = 0;
  open_groups = depth = 0;
  asked.clear();
}

std::string left_behind() {
  const std::lock_guard lock(mutex);
  for (const auto& comm : comms)
    if (comm->state == State::alive || comm->state == State::leaving)
      return text("rank ", comm->rank, " has neither destroyed nor aborted its communicator");
  return open_groups == 0 ? "" : text(open_groups, " groups without ncclGroupEnd");
}

void answer_next(int rank, ncclResult_t result) {
  const std::lock_guard lock(mutex);
  for (const auto& comm : comms)
    if (comm->rank == rank && comm->state == State::alive) comm->next_answer = result;
}

std::size_t sent() {
  const std::lock_guard lock(mutex);
  return numbers_sent;
}

}  // namespace lectern::nccl_stand_in
