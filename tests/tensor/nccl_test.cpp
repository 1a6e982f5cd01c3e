#include <nccl.h>

#include <cmath>
#include <cstring>

#include "tensor/collective_nccl.h"
#include "tensor/cuda/device_layer.h"
#include "tests/catch.h"
#include "tests/tensor/helpers.h"
#include "tests/tensor/ranks_as_threads.h"

// Training between GPUs, with a stand-in for NCCL that checks every call. Ranks are threads that share
// the emulated GPU.

using namespace lectern;

namespace {

constexpr Device gpu{Device::Kind::cuda};

/// Makes tensors on the emulated GPU until the end of a scope, and begins with a new stand-in.
struct OnGpu {
  Device before = default_device();
  OnGpu() {
    set_default_device(gpu);
    nccl_stand_in::begin([] {});
  }
  ~OnGpu() { set_default_device(before); }
};

/// Runs `body(group)` in every rank, with NCCL above the threads' own engine.
template <class Body>
std::vector<std::string> with_nccl(int size, double patience, Body body) {
  static thread_local ThreadGroup* waiting = nullptr;
  nccl_stand_in::begin([] { waiting->pause(); });
  return what_ranks_throw(size, [&](ThreadGroup& threads) {
    waiting = &threads;
    class Host : public ProcessGroup {
     public:
      explicit Host(ThreadGroup& ranks) : ProcessGroup(ranks.rank(), ranks.size()), ranks_(ranks) {
        introduce(ranks);
      }

     private:
      void send_and_receive(int partner, std::span<const char> out, std::span<char> in) override {
        ranks_.exchange(partner, out, in);
      }
      ThreadGroup& ranks_;
    };
    const GroupEngine host{"threads",
                           [&](const GroupOptions&) { return std::make_unique<Host>(threads); }};
    const std::unique_ptr<ProcessGroup> group = nccl_engine(host).join({.patience = patience});
    body(*group);
  });
}

std::vector<std::string> nothing(int size) { return std::vector<std::string>(size); }

Tensor numbers_of(int rank, std::int64_t count, DType dtype) {
  std::vector<double> numbers;
  for (std::int64_t i = 0; i < count; ++i)
    numbers.push_back(std::ldexp(static_cast<double>((i * 7919 + rank * 104729) % 1009 - 504),
                                 static_cast<int>((i + 3 * rank) % 23)));
  return cast(tensor_of<double>({count}, numbers), dtype);
}

/// A communicator of two ranks, by hand: what the library must never do is asked of it.
struct ByHand {
  OnGpu on_gpu;
  ncclComm_t comm[2] = {};
  cudaStream_t stream = cuda::stream_of(Cuda{});
  Tensor out = full({4}, 1), in = full({4}, 2);

  ByHand() {
    ncclUniqueId id;
    ncclGetUniqueId(&id);
    ncclConfig_t config = NCCL_CONFIG_INITIALIZER;
    config.blocking = 0;
    for (const int rank : {0, 1}) ncclCommInitRankConfig(&comm[rank], 2, id, rank, &config);
  }
  void send(int rank, std::size_t count = 4, ncclDataType_t type = ncclFloat32) {
    ncclSend(out.device_data<float>(), count, type, 1 - rank, comm[rank], stream);
  }
  void receive(int rank, std::size_t count = 4, ncclDataType_t type = ncclFloat32) {
    ncclRecv(in.device_data<float>(), count, type, 1 - rank, comm[rank], stream);
  }
  ncclResult_t state(int rank) {
    ncclResult_t state;
    ncclCommGetAsyncError(comm[rank], &state);
    return state;
  }
};

}  // namespace

TEST_CASE("nccl: sums of GPUs have the bits of every other engine") {
  const OnGpu on_gpu;
  for (const DType dtype : {DType::f32, DType::f64})
    for (const int size : {1, 2, 4, 8})
      for (const std::int64_t count : {1, 3, 64, 1001}) {
        std::vector<Tensor> found(size), expected(size);
        const auto sum_into = [&](std::vector<Tensor>& sums) {
          return [&](ProcessGroup& group) {
            group.meet_on(gpu);
            Tensor numbers = numbers_of(group.rank(), count, dtype);
            all_reduce(group, numbers);
            sums[group.rank()] = numbers;
            if (&sums == &found) group.leave();
          };
        };
        CHECK(what_ranks_throw(size, sum_into(expected)) == nothing(size));
        CHECK(with_nccl(size, 10, sum_into(found)) == nothing(size));
        for (int rank = 0; rank < size; ++rank) {
          CHECK(found[rank].device() == gpu);
          CHECK(same_bits(found[rank], expected[rank]));
        }
        CHECK(nccl_stand_in::left_behind() == "");
        // 2 (n−1)/n of them by each; halves of odd numbers are not alike.
        const std::size_t sent = nccl_stand_in::sent();
        CHECK(sent == static_cast<std::size_t>(2 * count * (size - 1)));
      }
}

TEST_CASE("nccl: parts of any size, none among them, and what lies in the host's memory") {
  const OnGpu on_gpu;
  const std::vector<std::size_t> starts{0, 3, 3, 4, 9};
  std::vector<std::vector<float>> found(4);
  std::vector<std::string> said(4);
  const auto body = [&](ProcessGroup& group) {
    group.meet_on(gpu);
    const auto begin = static_cast<std::int64_t>(starts[group.rank()]);
    const auto end = static_cast<std::int64_t>(starts[group.rank() + 1]);
    Tensor all = full({9}, -1);
    all.slice(begin, end).copy_from(full({end - begin}, group.rank()));
    gather_parts(group, all, starts);
    found[group.rank()] = all.to_vector();
    Tensor here = full({1}, group.rank(), DType::f32, cpu);
    all_reduce(group, here);
    for (const std::string& word : gather(group, text(group.rank(), ".")))
      said[group.rank()] += word;
    said[group.rank()] += text(here.item(), " ", group.name(3));
    group.leave();
  };
  CHECK(with_nccl(4, 10, body) == nothing(4));
  for (const auto& all : found) CHECK(all == std::vector<float>{0, 0, 0, 2, 3, 3, 3, 3, 3});
  for (const std::string& words : said) CHECK(words == "0.1.2.3.6 rank 3 (right)");
  CHECK(nccl_stand_in::left_behind() == "");
}

TEST_CASE("nccl: a GPU that does not answer, and one that is cut off") {
  const OnGpu on_gpu;
  const auto fails = [&](ncclResult_t answer, double patience) {
    return with_nccl(2, patience, [&](ProcessGroup& group) {
      group.meet_on(gpu);
      Tensor numbers = full({64}, group.rank());
      all_reduce(group, numbers);
      if (group.is_first()) {
        // Rank 0 believes that its partner sends as well, and waits.
        nccl_stand_in::answer_next(0, answer);
        all_reduce(group, numbers);
      } else if (answer == ncclInProgress) {
        char here = 0, there = 0;
        group.exchange(0, std::span<const char>(&here, 1), std::span<char>(&there, 1));
      } else {
        all_reduce(group, numbers);
      }
    });
  };
  const std::string silent = fails(ncclInProgress, 0.2)[0];
  CHECK(contains(silent, "rank 1 (left) is there, but nothing has come from its GPU for 0.2 s"));
  CHECK(contains(silent, "--resume auto"));
  CHECK(nccl_stand_in::left_behind() == "");

  const std::vector<std::string> cut = fails(ncclRemoteError, 0.2);
  CHECK(contains(cut[0], "rank 0 (left), cuda:0: remote process exited"));
  CHECK(contains(cut[0], "--resume auto"));
  CHECK(contains(cut[1], "nothing has come from its GPU"));  // rank 0 took back what it had begun
  CHECK(nccl_stand_in::left_behind() == "");

  const std::string broken = fails(ncclUnhandledCudaError, 0.2)[0];
  CHECK(contains(broken, "unhandled cuda error (the stand-in was told to say so)"));
  CHECK(contains(broken, "NCCL_DEBUG=INFO"));
}

TEST_CASE("nccl: a rank whose GPU never comes, and tensors elsewhere than agreed") {
  const OnGpu on_gpu;
  const auto thrown = with_nccl(2, 0.2, [&](ProcessGroup& group) {
    if (group.is_first()) return group.meet_on(gpu);
    gather(group, ncclUniqueId{});  // it hears where, and goes no further
  });
  CHECK(contains(thrown[0], "the ranks' GPUs have not met for 0.2 s"));
  CHECK(nccl_stand_in::left_behind() == "");
  CHECK(contains(with_nccl(2, 0.2,
                           [&](ProcessGroup& group) {
                             Tensor numbers = full({4}, 1);
                             all_reduce(group, numbers);
                           })[1],
                 "the ranks have not met on"));
}

TEST_CASE("nccl: what goes wrong without a word on a GPU is found by the stand-in") {
  SECTION("nothing is wrong") {
    ByHand group;
    for (const int rank : {0, 1}) {
      ncclGroupStart();
      group.send(rank);
      if (rank == 1) group.receive(rank);
      ncclGroupEnd();
    }
    CHECK(group.state(0) == ncclSuccess);
    CHECK(group.state(1) == ncclInProgress);  // nobody has sent yet what it waits for
    CHECK(contains(nccl_stand_in::left_behind(), "has neither destroyed nor aborted"));
  }
  SECTION("another count, another type") {
    for (const bool count : {true, false}) {
      ByHand group;
      ncclGroupStart();
      group.send(0);
      ncclGroupEnd();
      ncclGroupStart();
      count ? group.receive(1, 3) : group.receive(1, 4, ncclInt32);
      ncclGroupEnd();
      const std::string words = count ? "sends 4 float32 to rank 1, which expects 3 float32"
                                      : "sends 4 float32 to rank 1, which expects 4 int32";
      for (const int rank : {0, 1}) CHECK(contains(message_of([&] { group.state(rank); }), words));
    }
  }
  SECTION("a peer that is not there") {
    for (const int peer : {0, -1, 2}) {
      ByHand group;
      ncclGroupStart();
      const auto send = [&] {
        ncclSend(group.out.device_data<float>(), 4, ncclFloat32, peer, group.comm[0], group.stream);
      };
      CHECK(contains(message_of(send), text("by rank 0 of 2 with peer ", peer)));
    }
  }
  SECTION("outside of a group, and a group that does not end or begin") {
    ByHand group;
    CHECK(contains(message_of([&] { group.send(0); }), "outside of a group"));
    CHECK(contains(message_of([] { ncclGroupEnd(); }), "without ncclGroupStart"));
    ncclGroupStart();
    for (ncclComm_t comm : group.comm) {
      ncclCommFinalize(comm);
      ncclCommDestroy(comm);
    }
    CHECK(nccl_stand_in::left_behind() == "1 groups without ncclGroupEnd");
  }
  SECTION("after the end") {
    ByHand group;
    ncclCommAbort(group.comm[0]);
    ncclGroupStart();
    CHECK(contains(message_of([&] { group.send(0); }), "after ncclCommAbort"));
    CHECK(contains(message_of([&] { ncclCommAbort(group.comm[0]); }), "after ncclCommAbort"));
    CHECK(contains(message_of([&] { ncclCommDestroy(group.comm[1]); }), "before ncclCommFinalize"));
    ncclCommFinalize(group.comm[1]);
    CHECK(contains(message_of([&] { group.send(1); }), "after ncclCommFinalize"));
    ncclCommDestroy(group.comm[1]);
    CHECK(contains(message_of([&] { group.send(1); }), "after ncclCommDestroy"));
  }
  SECTION("another stream") {
    ByHand group;
    group.stream = cuda::stream_of(Cuda{1});
    ncclGroupStart();
    CHECK(contains(message_of([&] { group.send(0); }), "a stream that is not the one of"));
    group.stream = nullptr;
    CHECK(contains(message_of([&] { group.receive(0); }), "a stream that is not the one of"));
  }
  SECTION("memory of the host, and beyond the end") {
    ByHand group;
    float here[4] = {};
    ncclGroupStart();
    const auto send = [&](const float* from, std::size_t count) {
      ncclSend(from, count, ncclFloat32, 1, group.comm[0], group.stream);
    };
    CHECK(contains(message_of([&] { send(here, 4); }), "host address"));
    CHECK(contains(message_of([&] { group.send(0, 1 << 20); }), "host address"));
    CHECK(contains(message_of([&] { group.send(0, 0); }), "of nothing"));
  }
  SECTION("too early, and twice at once") {
    ByHand group;
    ncclGroupStart();
    group.send(0);
    ncclGroupEnd();
    ncclGroupStart();
    CHECK(contains(message_of([&] { group.send(0); }), "while an exchange is in progress"));
    CHECK(contains(message_of([&] { ncclCommFinalize(group.comm[0]); }), "in progress"));
    ncclUniqueId id;
    ncclGetUniqueId(&id);
    ncclConfig_t config = NCCL_CONFIG_INITIALIZER;
    const auto join = [&](int rank, int size) {
      ncclCommInitRankConfig(&group.comm[0], size, id, rank, &config);
    };
    CHECK(contains(message_of([&] { join(0, 2); }), "blocks the host"));
    config.blocking = 0;
    join(0, 2);
    CHECK(contains(message_of([&] { group.send(0); }), "before all ranks have met"));
    CHECK(contains(message_of([&] { join(0, 2); }), "two ranks 0"));
    CHECK(contains(message_of([&] { join(1, 4); }), "a group of 4 ranks, and one of 2"));
    CHECK(contains(message_of([&] { join(2, 2); }), "rank 2 of 2"));
  }
}
