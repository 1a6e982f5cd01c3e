#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "tensor/tensor.h"

namespace lectern {

/// The processes that train one model together, as one of them sees it. Each is a rank, 0 … size−1;
/// size is a power of two. All ranks make the same calls in the same order.
///
/// An engine (MPI, NCCL) brings one thing: two ranks exchange numbers. What many of them do
/// together is written once on top of that, all_reduce and gather, so that every engine adds in one
/// order. Without an engine a process is a group of its own.
///
/// An engine has to know the host's memory. Tensors of a GPU pass through it, unless the engine
/// brings a shorter way.
class ProcessGroup {
 public:
  ProcessGroup() = default;
  ProcessGroup(int rank, int size);
  virtual ~ProcessGroup() = default;
  ProcessGroup(const ProcessGroup&) = delete;
  ProcessGroup& operator=(const ProcessGroup&) = delete;

  int rank() const { return rank_; }
  int size() const { return size_; }
  bool is_first() const { return rank_ == 0; }
  /// "rank 2 (node7)", for messages.
  std::string name(int rank) const;
  /// How many ranks may run on the very cores of this one, which is counted.
  int ranks_on_these_cores() const;
  /// How many ranks with a smaller number run on this host: which of its GPUs is this one's.
  int rank_on_this_host() const;

  /// Told by all ranks at once where the tensors will lie that they exchange.
  virtual void meet_on(Device) {}

  /// Sends `out` to a partner and receives `in` from it, while the partner does the same. Throws
  /// RankLost when it does not answer. On a GPU it first waits for all work that was started there:
  /// what counts as exchanging is not the calculation of the numbers.
  void exchange(int partner, const Tensor& out, Tensor& in);
  void exchange(int partner, std::span<const char> out, std::span<char> in);

  /// An exchange that is under way.
  class Exchange {
   public:
    virtual ~Exchange() = default;
    virtual bool is_done() = 0;  ///< looks, and does not wait
    virtual void wait() = 0;
  };
  /// The same, but goes on at once; both tensors have to stay as they are until it is done. Only
  /// numbers of the CPU travel meanwhile, and only where the engine can do that.
  /// \param tag  tells exchanges apart that are under way with one partner: the same number on both
  ///             sides
  /// \return     null where all is done
  std::unique_ptr<Exchange> start_exchange(int partner, int tag, const Tensor& out, Tensor& in);
  void wait_for(Exchange& exchange);

  /// Seconds spent in these: waiting for others, and for the numbers to travel.
  double seconds_exchanging() const { return seconds_exchanging_; }

  /// The end, when all is well: waits for all ranks.
  virtual void leave() {}

 protected:
  /// Tells all ranks where this one runs. An engine calls it first.
  void introduce(const std::string& host, const std::string& cores);
  /// The same for an engine that stands on another one.
  void introduce(const ProcessGroup& same_ranks);

 private:
  virtual void send_and_receive_numbers(int partner, const Tensor& out, Tensor& in);
  virtual void send_and_receive(int partner, std::span<const char> out, std::span<char> in);
  /// What an engine brings besides if it can exchange while others calculate; by default it does
  /// not.
  virtual std::unique_ptr<Exchange> start(int partner, int tag, std::span<const char> out,
                                          std::span<char> in);

  int rank_ = 0, size_ = 1;
  double seconds_exchanging_ = 0;
  std::vector<std::string> hosts_, cores_;  // of all ranks
};

/// A rank that is dead, hung, or cut off.
class RankLost : public Error {
 public:
  using Error::Error;
};

/// Replaces `numbers`, `[number]`, by their sum over all ranks, the same bits on each: pairwise,
/// ranks 0 and 1, 2 and 3, …, then pairs of pairs.
///
///     rank 0   rank 1   rank 2   rank 3
///         \     /           \     /
///            +                 +          first round
///             \_______   _____/
///                      +                  second round
///
/// Every round halves what is sent: a rank is left with the sums of half as many numbers over twice
/// as many ranks. As many rounds back give everybody all the sums. (Recursive halving and doubling:
/// Thakur, Rabenseifner, Gropp 2005, "Optimization of Collective Communication Operations in
/// MPICH", section 4.4.)
/// Numbers in bf16 are added in f32, and every sum of two is rounded to bf16.
/// Cost with n ranks: 2 log₂ n messages, 2 (n−1)/n times the numbers sent and (n−1)/n added by each;
/// memory for half the numbers.
void all_reduce(ProcessGroup& group, Tensor& numbers);

/// An all_reduce that goes on whenever its caller lets it, and calculates other things meanwhile.
class AllReduce {
 public:
  /// \param numbers  `[number]`, which nobody touches until all is done
  /// \param tag      tells those apart that are under way together: the same number on all ranks
  AllReduce(ProcessGroup& group, Tensor numbers, int tag = 0);
  /// Does what can be done without waiting. \return  whether all is done
  bool advance();
  /// Waits until all is done. Of several, all ranks finish the same one first.
  void finish();

 private:
  /// Numbers `begin … end-1`.
  struct Section {
    std::int64_t begin, end;
  };
  static Section half(const Section& whole, bool upper);
  Tensor of(const Section& section) const { return numbers_.slice(section.begin, section.end); }
  bool start_round();
  void end_round();

  ProcessGroup& group_;
  Tensor numbers_;
  int tag_;
  int distance_ = 1;           // between the ranks of this round
  bool halving_ = true;        // the first half: sums are made
  std::vector<Section> kept_;  // what this rank has the sums of, round by round
  Tensor received_;
  std::unique_ptr<ProcessGroup::Exchange> under_way_;
};

/// The strings of all ranks, by rank, for each of them. Small ones: a setting, a checksum.
std::vector<std::string> gather(ProcessGroup& group, const std::string& mine);
/// The same for a number, or a struct of numbers.
template <class T>
std::vector<T> gather(ProcessGroup& group, const T& mine);

struct GroupOptions {
  double patience = 1800;  ///< how long a rank waits for another one before it counts as lost [s]
};

/// What starts ranks and lets them exchange numbers. A program that is linked with one adds it, and
/// asks for it by its name.
struct GroupEngine {
  std::string name;  ///< "mpi"
  std::function<std::unique_ptr<ProcessGroup>(const GroupOptions&)> join;
};
void add_group_engine(GroupEngine engine);
/// Null where the program is not linked with it.
const GroupEngine* find_group_engine(const std::string& name);

/// All ranks' parts of `all`, each of which begins with its own part alone: `starts[r] … starts[r+1]`.
/// Cost with n ranks: log₂ n messages, (n−1)/n of `all` sent by each where the parts are alike.
void gather_parts(ProcessGroup& group, std::span<char> all, const std::vector<std::size_t>& starts);
/// The same for parts of `[number]`.
void gather_parts(ProcessGroup& group, const Tensor& all, const std::vector<std::size_t>& starts);

template <class T>
std::vector<T> gather(ProcessGroup& group, const T& mine) {
  static_assert(std::is_trivially_copyable_v<T>);
  std::vector<T> all(static_cast<std::size_t>(group.size()), mine);
  std::vector<std::size_t> starts;
  for (std::size_t rank = 0; rank <= all.size(); ++rank) starts.push_back(rank * sizeof(T));
  gather_parts(group, {reinterpret_cast<char*>(all.data()), starts.back()}, starts);
  return all;
}

}  // namespace lectern
