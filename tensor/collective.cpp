#include "tensor/collective.h"

#include <algorithm>
#include <bit>
#include <chrono>

#include "tensor/cuda/device_layer.h"
#include "tensor/launch.h"
#include "tensor/ops/arithmetic.h"
#include "tensor/ops/cast.h"

namespace lectern {
namespace {

using Clock = std::chrono::steady_clock;

std::vector<GroupEngine>& engines() {
  static std::vector<GroupEngine> all;
  return all;
}

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// What has been started on the tensor's device is done.
void finish_work_on(const Tensor& tensor) {
  with_device(tensor, [](auto device) {
    if constexpr (std::is_same_v<decltype(device), Cuda>) cuda::synchronize(device);
  });
}

std::span<char> bytes_of(Tensor& numbers) {
  std::span<char> bytes;
  launch_any(numbers, [&](auto, auto zero) {
    bytes = {reinterpret_cast<char*>(numbers.data<decltype(zero)>()),
             static_cast<std::size_t>(numbers.size()) * sizeof zero};
  });
  return bytes;
}

std::span<const char> bytes_of(const Tensor& numbers) {
  Tensor same = numbers;  // the same memory, which is only read
  return bytes_of(same);
}

/// sum += other; in bf16 the sum is rounded.
void add_up(Tensor& sum, const Tensor& other) {
  if (sum.dtype() != DType::bf16) return add_in_place(sum, other);
  const Tensor exact = add(cast(sum, DType::f32), cast(other, DType::f32));
  sum.copy_from(cast(exact, DType::bf16));
}

/// gather_parts for whatever `exchange(partner, my part, the partner's)` takes; a part is `[begin, end)`.
template <class Exchange>
void gather_ranges(int rank, const std::vector<std::size_t>& starts, const Exchange& exchange) {
  const auto own = static_cast<std::size_t>(rank);
  for (std::size_t distance = 1; distance + 1 < starts.size(); distance *= 2) {
    // By now a rank knows `distance` neighbouring parts, and its partner the neighbours of those.
    const std::size_t first = own & ~(distance - 1);
    const auto parts = [&](std::size_t begin) {
      return std::pair(starts[begin], starts[begin + distance]);
    };
    exchange(static_cast<int>(own ^ distance), parts(first), parts(first ^ distance));
  }
}

}  // namespace

ProcessGroup::ProcessGroup(int rank, int size) : rank_(rank), size_(size) {
  check(size > 0 && std::has_single_bit(static_cast<unsigned>(size)),
        [&] { return text("a group of ", size, " ranks: it must be a power of two"); });
}

std::string ProcessGroup::name(int rank) const {
  const auto at = static_cast<std::size_t>(rank);
  return at < hosts_.size() ? text("rank ", rank, " (", hosts_[at], ")") : text("rank ", rank);
}

int ProcessGroup::ranks_on_these_cores() const {
  int count = 0;
  for (std::size_t i = 0; i < cores_.size(); ++i)
    count += hosts_[i] == hosts_[static_cast<std::size_t>(rank_)] &&
             cores_[i] == cores_[static_cast<std::size_t>(rank_)];
  return std::max(1, count);
}

int ProcessGroup::rank_on_this_host() const {
  int before = 0;
  for (std::size_t i = 0; i < hosts_.size() && static_cast<int>(i) < rank_; ++i)
    before += hosts_[i] == hosts_[static_cast<std::size_t>(rank_)];
  return before;
}

void ProcessGroup::introduce(const ProcessGroup& same_ranks) {
  hosts_ = same_ranks.hosts_;
  cores_ = same_ranks.cores_;
}

void ProcessGroup::introduce(const std::string& host, const std::string& cores) {
  hosts_ = gather(*this, host);
  cores_ = gather(*this, cores);
}

void ProcessGroup::exchange(int partner, const Tensor& out, Tensor& in) {
  finish_work_on(out);
  const Clock::time_point start = Clock::now();
  send_and_receive_numbers(partner, out, in);
  seconds_exchanging_ += seconds_since(start);
}

void ProcessGroup::exchange(int partner, std::span<const char> out, std::span<char> in) {
  const Clock::time_point start = Clock::now();
  send_and_receive(partner, out, in);
  seconds_exchanging_ += seconds_since(start);
}

std::unique_ptr<ProcessGroup::Exchange> ProcessGroup::start_exchange(int partner, int tag,
                                                                     const Tensor& out,
                                                                     Tensor& in) {
  if (out.device() != cpu) {
    exchange(partner, out, in);
    return nullptr;
  }
  const Clock::time_point begin = Clock::now();
  std::unique_ptr<Exchange> started = start(partner, tag, bytes_of(out), bytes_of(in));
  seconds_exchanging_ += seconds_since(begin);
  return started;
}

void ProcessGroup::wait_for(Exchange& exchange) {
  const Clock::time_point begin = Clock::now();
  exchange.wait();
  seconds_exchanging_ += seconds_since(begin);
}

void ProcessGroup::send_and_receive_numbers(int partner, const Tensor& out, Tensor& in) {
  const Tensor sent = out.to(cpu);
  Tensor received = in.device() == cpu ? in : Tensor(in.shape(), in.dtype(), cpu);
  send_and_receive(partner, bytes_of(sent), bytes_of(received));
  if (in.device() != cpu) in.copy_from(received);
}

void ProcessGroup::send_and_receive(int partner, std::span<const char>, std::span<char>) {
  fail(text("rank ", partner, " is not in a group of one"));
}

std::unique_ptr<ProcessGroup::Exchange> ProcessGroup::start(int partner, int,
                                                            std::span<const char> out,
                                                            std::span<char> in) {
  send_and_receive(partner, out, in);
  return nullptr;
}

AllReduce::AllReduce(ProcessGroup& group, Tensor numbers, int tag)
    : group_(group), numbers_(std::move(numbers)), tag_(tag), kept_{{0, numbers_.size()}} {}

bool AllReduce::advance() {
  for (;;) {
    if (under_way_) {
      if (!under_way_->is_done()) return false;
      end_round();
    }
    if (!start_round()) return true;
  }
}

void AllReduce::finish() {
  for (;;) {
    if (under_way_) {
      group_.wait_for(*under_way_);
      end_round();
    }
    if (!start_round()) return;
  }
}

/// The half of `whole` that a rank keeps, or the one that its partner keeps.
AllReduce::Section AllReduce::half(const Section& whole, bool upper) {
  const std::int64_t middle = whole.begin + (whole.end - whole.begin) / 2;
  return upper ? Section{middle, whole.end} : Section{whole.begin, middle};
}

/// \return  whether there was one more
bool AllReduce::start_round() {
  halving_ = halving_ && distance_ < group_.size();
  if (halving_) {
    const bool upper = (group_.rank() & distance_) != 0;
    const Section mine = half(kept_.back(), upper), theirs = half(kept_.back(), !upper);
    received_ = empty_like(of(mine));
    kept_.push_back(mine);
    under_way_ = group_.start_exchange(group_.rank() ^ distance_, tag_, of(theirs), received_);
  } else {
    distance_ /= 2;
    if (distance_ == 0) return false;
    const Section mine = kept_.back();
    kept_.pop_back();
    received_ = of(half(kept_.back(), (group_.rank() & distance_) == 0));
    under_way_ = group_.start_exchange(group_.rank() ^ distance_, tag_, of(mine), received_);
  }
  if (!under_way_) end_round();
  return true;
}

void AllReduce::end_round() {
  under_way_ = nullptr;
  if (!halving_) return;  // the others' sums have come to their place
  Tensor sum = of(kept_.back());
  add_up(sum, received_);
  distance_ *= 2;
}

void all_reduce(ProcessGroup& group, Tensor& numbers) { AllReduce(group, numbers).finish(); }

void gather_parts(ProcessGroup& group, std::span<char> all,
                  const std::vector<std::size_t>& starts) {
  const auto part = [&](const auto& range) {
    return all.subspan(range.first, range.second - range.first);
  };
  gather_ranges(group.rank(), starts, [&](int partner, const auto& mine, const auto& theirs) {
    group.exchange(partner, part(mine), part(theirs));
  });
}

void gather_parts(ProcessGroup& group, const Tensor& all, const std::vector<std::size_t>& starts) {
  const auto part = [&](const auto& range) {
    return all.slice(static_cast<std::int64_t>(range.first),
                     static_cast<std::int64_t>(range.second));
  };
  gather_ranges(group.rank(), starts, [&](int partner, const auto& mine, const auto& theirs) {
    Tensor received = part(theirs);
    group.exchange(partner, part(mine), received);
  });
}

std::vector<std::string> gather(ProcessGroup& group, const std::string& mine) {
  std::vector<std::size_t> starts{0};
  for (const std::size_t length : gather(group, mine.size()))
    starts.push_back(starts.back() + length);
  std::string all(starts.back(), '\0');
  const std::size_t own = starts[static_cast<std::size_t>(group.rank())];
  std::copy(mine.begin(), mine.end(), all.begin() + static_cast<std::ptrdiff_t>(own));
  gather_parts(group, {all.data(), all.size()}, starts);
  std::vector<std::string> strings;
  for (std::size_t i = 0; i + 1 < starts.size(); ++i)
    strings.push_back(all.substr(starts[i], starts[i + 1] - starts[i]));
  return strings;
}

void add_group_engine(GroupEngine engine) { engines().push_back(std::move(engine)); }

const GroupEngine* find_group_engine(const std::string& name) {
  for (const GroupEngine& engine : engines())
    if (engine.name == name) return &engine;
  return nullptr;
}

}  // namespace lectern
