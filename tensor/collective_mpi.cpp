#include "tensor/collective_mpi.h"

#include <mpi.h>
#include <sched.h>

#include <bit>
#include <chrono>
#include <thread>

namespace lectern {
namespace {

using Clock = std::chrono::steady_clock;

/// MPI counts in int.
constexpr std::size_t largest_message = std::size_t{1} << 30;

/// How long a rank looks without pause for an answer; then it sleeps between two looks.
constexpr std::chrono::microseconds eager{500}, longest_sleep{100};

/// How often a rank that waits says so.
constexpr std::chrono::milliseconds sign_interval{200};

/// Tags of messages; those of numbers are the first of many.
constexpr int sign_tag = 0, numbers_tag = 1;

std::string error_text(int code) {
  char message[MPI_MAX_ERROR_STRING];
  int length = 0;
  MPI_Error_string(code, message, &length);
  return {message, static_cast<std::size_t>(length)};
}

std::string this_host() {
  char name[MPI_MAX_PROCESSOR_NAME];
  int length = 0;
  MPI_Get_processor_name(name, &length);
  return {name, static_cast<std::size_t>(length)};
}

/// The cores that this process may use, each as 0 or 1.
std::string these_cores() {
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return {};
  std::string cores;
  for (int core = 0; core < CPU_SETSIZE; ++core) cores += CPU_ISSET(core, &allowed) ? '1' : '0';
  return cores;
}

int rank_of_this_process() {
  int rank = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  return rank;
}

int number_of_ranks() {
  int size = 1;
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  return size;
}

class MpiGroup : public ProcessGroup {
 public:
  explicit MpiGroup(const GroupOptions& options)
      : ProcessGroup(rank_of_this_process(), number_of_ranks()), patience_(options.patience) {
    signs_.assign(std::bit_width(static_cast<unsigned>(size() - 1)), MPI_REQUEST_NULL);
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    introduce(this_host(), these_cores());
  }

  /// Not MPI_Barrier, which would keep a core busy while the first rank has work to do.
  void leave() override {
    gather(*this, '.');
    MPI_Waitall(static_cast<int>(signs_.size()), signs_.data(), MPI_STATUSES_IGNORE);
    hears_sign_of(rank());
    MPI_Finalize();
  }

 private:
  /// Messages of one exchange.
  class Messages : public Exchange {
   public:
    Messages(MpiGroup& group, int partner) : group_(group), partner_(partner) {}
    bool is_done() override { return group_.are_done(partner_, requests); }
    void wait() override { group_.wait(partner_, requests); }
    std::vector<MPI_Request> requests;

   private:
    MpiGroup& group_;
    int partner_;
  };

  void send_and_receive(int partner, std::span<const char> out, std::span<char> in) override {
    start(partner, 0, out, in)->wait();
  }

  std::unique_ptr<Exchange> start(int partner, int tag, std::span<const char> out,
                                  std::span<char> in) override {
    auto messages = std::make_unique<Messages>(*this, partner);
    std::vector<MPI_Request>& requests = messages->requests;
    for (; !in.empty(); in = in.subspan(std::min(in.size(), largest_message))) {
      const int count = static_cast<int>(std::min(in.size(), largest_message));
      expect_success(partner, MPI_Irecv(in.data(), count, MPI_BYTE, partner, numbers_tag + tag,
                                        MPI_COMM_WORLD, &requests.emplace_back()));
    }
    for (; !out.empty(); out = out.subspan(std::min(out.size(), largest_message))) {
      const int count = static_cast<int>(std::min(out.size(), largest_message));
      expect_success(partner, MPI_Isend(out.data(), count, MPI_BYTE, partner, numbers_tag + tag,
                                        MPI_COMM_WORLD, &requests.emplace_back()));
    }
    return messages;
  }

  bool are_done(int partner, std::vector<MPI_Request>& requests) {
    int done = 0;
    expect_success(partner, MPI_Testall(static_cast<int>(requests.size()), requests.data(), &done,
                                        MPI_STATUSES_IGNORE));
    return done != 0;
  }

  /// Until all is sent and received. Who waits in vain is often not to blame: it waits itself for the
  /// one that hangs. So ranks that wait give a sign of life, and only a silent one counts as lost.
  /// Several ranks may wait for that one; the nearest speaks first, and ends them all.
  void wait(int partner, std::vector<MPI_Request>& requests) {
    Clock::time_point looked = Clock::now();
    std::chrono::duration<double> waited{0}, silence{0}, without_sign{0};
    const auto distance = static_cast<unsigned>(rank() ^ partner);
    const double patience = patience_ + 5 * (std::bit_width(distance) - 1);
    std::chrono::microseconds sleep{1};
    while (!are_done(partner, requests)) {
      // A rank that was itself stopped for a while must not blame the others.
      const Clock::time_point now = Clock::now();
      const auto passed = std::min<std::chrono::duration<double>>(now - looked, sign_interval);
      waited += passed, silence += passed, without_sign += passed;
      looked = now;
      if (waited < eager) {
        std::this_thread::yield();
        continue;
      }
      if (without_sign >= sign_interval) {
        give_sign();
        if (hears_sign_of(partner)) silence = {};
        without_sign = {};
      }
      if (silence.count() > patience)
        throw RankLost(
            text(name(partner), " has not answered for ", patience,
                 " s: it hangs, or its host or the network does. A step, a validation or a "
                 "save that may take longer wants a larger --rank-timeout; the last "
                 "checkpoint is intact: go on with --resume auto"));
      std::this_thread::sleep_for(sleep);
      sleep = std::min(2 * sleep, longest_sleep);
    }
  }

  /// To all ranks that this one ever exchanges numbers with.
  void give_sign() {
    for (std::size_t bit = 0; bit < signs_.size(); ++bit) {
      int sent = 0;
      MPI_Test(&signs_[bit], &sent, MPI_STATUS_IGNORE);
      if (sent != 0)
        MPI_Isend(&sign_, 1, MPI_BYTE, rank() ^ 1 << bit, sign_tag, MPI_COMM_WORLD, &signs_[bit]);
    }
  }

  /// Takes in all signs that have come.
  bool hears_sign_of(int partner) {
    bool heard = false;
    for (;;) {
      int there = 0;
      MPI_Status status;
      if (MPI_Iprobe(MPI_ANY_SOURCE, sign_tag, MPI_COMM_WORLD, &there, &status) != MPI_SUCCESS ||
          there == 0)
        return heard;
      char sign = 0;
      MPI_Recv(&sign, 1, MPI_BYTE, status.MPI_SOURCE, sign_tag, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
      heard |= status.MPI_SOURCE == partner;
    }
  }

  void expect_success(int partner, int code) {
    if (code == MPI_SUCCESS) return;
    throw RankLost(text(name(partner), " cannot be reached: ", error_text(code),
                        "; the last checkpoint is intact: go on with --resume auto"));
  }

  double patience_;
  char sign_ = '.';
  std::vector<MPI_Request> signs_;  // by the bit in which the other rank differs
};

}  // namespace

GroupEngine mpi_engine() {
  return {.name = "mpi", .join = [](const GroupOptions& options) -> std::unique_ptr<ProcessGroup> {
            int offered = 0;
            MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &offered);
            return std::make_unique<MpiGroup>(options);
          }};
}

int end_mpi(int exit_code) {
  int joined = 0, left = 0;
  MPI_Initialized(&joined);
  MPI_Finalized(&left);
  if (joined != 0 && left == 0) MPI_Abort(MPI_COMM_WORLD, exit_code == 0 ? 1 : exit_code);
  return exit_code;
}

}  // namespace lectern
