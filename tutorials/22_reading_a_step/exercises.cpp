// The exercises of chapter 22. Write your lines where it says so, then type ./check.
#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "exercise.h"

using namespace lectern;

namespace {

/// Exercise 1: the operations of a Linear layer from `in` to `out` numbers, for so many rows: its
/// forward pass and its backward pass together. Where x needs no gradient, nobody asks for it.
std::int64_t operations_of_linear(std::int64_t rows, std::int64_t in,
                                  std::int64_t out, bool x_needs_gradient) {
  // [solution 1]
  const std::int64_t one = 2 * rows * in * out;
  return x_needs_gradient ? 3 * one : 2 * one;
  // [/solution]
}

/// Exercise 2: what the forward pass of one part of a model keeps, in bytes: of the part
/// `encoder.layers.1` itself and of all parts inside of it, but not of `encoder.layers.10`. Each of
/// profile.ops has .part, the name of its part, and .kept.
std::int64_t kept_by(const StepProfile& profile, const std::string& part) {
  // [solution 2]
  std::int64_t kept = 0;
  for (const ProfiledOp& op : profile.ops)
    if (op.part == part || op.part.starts_with(part + ".")) kept += op.kept;
  return kept;
  // [/solution]
}

/// Exercise 3: the largest block of memory that is taken and given back again within the step; of
/// several that are as large, any. Each of profile.blocks has .bytes, .from, the phase in which it was
/// taken (StepPhase::before: it was there before the step), and .died, -1 if it outlives the step.
MemoryBlock largest_passing(const StepProfile& profile) {
  // [solution 3]
  MemoryBlock largest;
  for (const MemoryBlock& block : profile.blocks)
    if (block.from != StepPhase::before && block.died >= 0 &&
        block.bytes > largest.bytes)
      largest = block;
  return largest;
  // [/solution]
}

/// Exercise 4: a watcher that finds the op with the longest derivative by its output: `op.name` of
/// the largest sqrt(sum(square(d_output))).
class Steepest : public OpWatcher {
 public:
  void after_forward(const Record&) override {}
  void before_backward(const Record& op, const Tensor& d_output) override {
    // [solution 4]
    const double norm = std::sqrt(sum(square(d_output)).item());
    if (norm > longest) longest = norm, name = op.name;
    // [/solution]
  }
  void after_backward(const Record&) override {}
  std::string name;
  double longest = 0;
};

/// Ranks that sum up their gradients, here in one process: ranks[r] are the numbers of rank r. They write
/// to each other in rounds. In each a rank sends one letter at most, and receives one.
using Numbers = std::vector<double>;
using Ranks = std::vector<Numbers>;

class Mail {
 public:
  /// In this round, from one rank to another.
  void send(std::size_t from, std::size_t to, const Numbers& numbers);
  /// Ends the round: what was sent arrives.
  void deliver();
  /// What has arrived at a rank.
  const Numbers& at(std::size_t rank);
  int rounds = 0;
  std::size_t most_sent = 0;  // numbers, by the rank that has sent most

 private:
  std::map<std::size_t, Numbers> on_their_way_, arrived_;
  std::set<std::size_t> writers_;
  std::map<std::size_t, std::size_t> sent_;
};

/// A part of a rank's numbers, the p-th of so many that are alike; and numbers that are added to it,
/// or take its place.
Numbers part(const Numbers& all, std::size_t p, std::size_t parts) {
  const auto size = static_cast<std::ptrdiff_t>(all.size() / parts);
  const auto begin = all.begin() + static_cast<std::ptrdiff_t>(p) * size;
  return {begin, begin + size};
}
void add_to_part(Numbers& all, std::size_t p, const Numbers& numbers) {
  for (std::size_t i = 0; i < numbers.size(); ++i)
    all[p * numbers.size() + i] += numbers[i];
}
void replace_part(Numbers& all, std::size_t p, const Numbers& numbers) {
  std::copy(numbers.begin(), numbers.end(),
            all.begin() + static_cast<std::ptrdiff_t>(p * numbers.size()));
}

/// What you have found on paper: how many rounds, and how many numbers the busiest rank sends.
struct OnPaper {
  int rounds;
  std::size_t most_sent;
};

/// Exercise 5: afterwards every rank has the sum of all. In a ring each only ever writes to its
/// neighbour, rank 0 to 1, 1 to 2, the last one to 0, one part of as many as there are ranks. Which
/// part first, so that after n - 1 rounds each rank has one part of the sum, and after as many again
/// all of them?
OnPaper sum_in_a_ring(Mail& mail, Ranks& ranks) {
  // [solution 5]
  const std::size_t n = ranks.size();
  for (const bool adds : {true, false})
    for (std::size_t round = 0; round + 1 < n; ++round) {
      // Of rank r in the first round: part r, and then, when it is whole, part r + 1.
      const auto sends = [&](std::size_t r) {
        return (r + (adds ? 0 : 1) + n - round) % n;
      };
      for (std::size_t r = 0; r < n; ++r)
        mail.send(r, (r + 1) % n, part(ranks[r], sends(r), n));
      mail.deliver();
      for (std::size_t r = 0; r < n; ++r)
        (adds ? add_to_part : replace_part)(ranks[r], sends((r + n - 1) % n),
                                            mail.at(r));
    }
  return {2 * (static_cast<int>(n) - 1), 2 * (n - 1) * ranks[0].size() / n};
  // [/solution]
}

/// Exercise 6: the same as a tree, for 2, 4, 8 … ranks. All numbers at once go up: rank 1 to 0, 3 to
/// 2, then 2 to 0; what has been added up comes down the same way.
OnPaper sum_in_a_tree(Mail& mail, Ranks& ranks) {
  // [solution 6]
  const std::size_t n = ranks.size();
  int levels = 0;
  for (std::size_t step = 1; step < n; step *= 2, ++levels) {
    for (std::size_t r = step; r < n; r += 2 * step)
      mail.send(r, r - step, ranks[r]);
    mail.deliver();
    for (std::size_t r = 0; r < n; r += 2 * step)
      add_to_part(ranks[r], 0, mail.at(r));
  }
  for (std::size_t step = n / 2; step > 0; step /= 2) {
    for (std::size_t r = 0; r < n; r += 2 * step)
      mail.send(r, r + step, ranks[r]);
    mail.deliver();
    for (std::size_t r = step; r < n; r += 2 * step) ranks[r] = mail.at(r);
  }
  return {2 * levels, static_cast<std::size_t>(levels) * ranks[0].size()};
  // [/solution]
}

void Mail::send(std::size_t from, std::size_t to, const Numbers& numbers) {
  if (!writers_.insert(from).second)
    throw Wrong(text("rank ", from, " sends two letters in one round"));
  if (!on_their_way_.emplace(to, numbers).second)
    throw Wrong(text("rank ", to, " receives two letters in one round"));
  most_sent = std::max(most_sent, sent_[from] += numbers.size());
}

void Mail::deliver() {
  arrived_ = std::exchange(on_their_way_, {});
  writers_.clear();
  ++rounds;
}

const Numbers& Mail::at(std::size_t rank) {
  const auto letter = arrived_.find(rank);
  if (letter == arrived_.end())
    throw Wrong(text("nothing has arrived at rank ", rank));
  return letter->second;
}

/// Sums up whole numbers, which have no rounding: each rank must have exactly the sum. What it takes
/// is counted, and told: `rounds` and `most_sent` are for n ranks with n numbers each.
void check_sum(OnPaper (*sum)(Mail&, Ranks&), int rounds(int n),
               int most_sent(int n)) {
  for (const int n : {2, 4, 8, 16}) {
    Ranks ranks;
    Numbers whole;
    for (int r = 0; r < n; ++r) {
      ranks.emplace_back();
      for (int i = 0; i < n; ++i) ranks.back().push_back(r * r + 10 * i);
    }
    for (int i = 0; i < n; ++i)
      whole.push_back((n - 1) * n * (2 * n - 1) / 6 + 10 * i * n);
    Mail mail;
    const OnPaper paper = sum(mail, ranks);
    for (int r = 0; r < n; ++r)
      for (int i = 0; i < n; ++i)
        expect_near(
            text("number ", i, " of rank ", r, ", of ", n),
            ranks[static_cast<std::size_t>(r)][static_cast<std::size_t>(i)],
            whole[static_cast<std::size_t>(i)], 0);
    expect_equal(text("rounds of ", n, " ranks"), mail.rounds, rounds(n));
    expect_equal(text("numbers that the busiest of ", n, " sends"),
                 static_cast<int>(mail.most_sent), most_sent(n));
    expect_equal("rounds on paper", paper.rounds, mail.rounds);
    expect_equal("numbers of the busiest on paper", paper.most_sent,
                 mail.most_sent);
  }
}

int logarithm(int n) { return n == 1 ? 0 : 1 + logarithm(n / 2); }

/// Two linear layers, with a bend between them.
class Network : public Module {
 public:
  explicit Network(Initializer& init)
      : first_(8, 32, init), second_(32, 4, init) {}
  Variable operator()(const Tensor& x) const {
    return second_(relu(first_(Variable(x))));
  }
  void visit(Visitor& visitor) override {
    visitor("layer1", first_);
    visitor("layer10", second_);
  }

 private:
  Linear first_, second_;
};

StepProfile profile_of(Network& network, Sgd& sgd) {
  const Tensor x = random_normal({16, 8}, 1.0, {.seed = 1});  // [row, in]
  return profile_step(network,
                      [&] { minimise(sum(square(network(x))), sgd, 0.0); },
                      {.rounds = 1});
}

}  // namespace

int main() {
  Exercises exercises;
  Initializer init(1);
  Network network(init);
  Sgd sgd(parameters(network), {});
  exercises.check(1, [&] {
    for (const bool needs : {false, true}) {
      const Linear layer(8, 32, init);
      const Tensor numbers = random_normal({16, 8}, 1.0, {.seed = 1});
      const Variable x =
          needs ? Variable::parameter(numbers) : Variable(numbers);
      expect_equal(text("operations of 16 rows from 8 to 32, x ",
                        needs ? "needs a gradient" : "needs none"),
                   operations_of_linear(16, 8, 32, needs),
                   operations([&] { backward(sum(layer(x))); }));
    }
  });
  exercises.check(2, [&] {
    const StepProfile profile = profile_of(network, sgd);
    std::int64_t first = 0, second = 0;
    for (const ProfiledOp& op : profile.ops) {
      if (op.part == "layer1") first += op.kept;
      if (op.part == "layer10") second += op.kept;
    }
    expect_equal("bytes kept by layer1", kept_by(profile, "layer1"), first);
    expect_equal("bytes kept by layer10", kept_by(profile, "layer10"), second);
    StepProfile inside;
    inside.ops.push_back({.part = "encoder.layers.1.norm1", .kept = 12});
    inside.ops.push_back({.part = "encoder.layers.10.norm1", .kept = 30});
    expect_equal("12 in encoder.layers.1, 30 in encoder.layers.10",
                 kept_by(inside, "encoder.layers.1"), std::int64_t{12});
  });
  exercises.check(3, [&] {
    StepProfile made;
    made.blocks = {
        {.bytes = 900, .from = StepPhase::before, .died = 4},
        {.bytes = 800, .from = StepPhase::forward, .born = 1},
        {.bytes = 50, .from = StepPhase::forward, .born = 2, .died = 5},
        {.bytes = 70, .from = StepPhase::backward, .born = 3, .died = 4}};
    expect_equal("bytes of the largest passing block",
                 largest_passing(made).bytes, std::int64_t{70});
    const StepProfile profile = profile_of(network, sgd);
    const MemoryBlock block = largest_passing(profile);
    expect_at_least("bytes of one that a step makes",
                    static_cast<double>(block.bytes), 16 * 32 * 4);
    expect_at_least("moment at which it ends, after its beginning", block.died,
                    block.born + 1);
  });
  exercises.check(4, [&] {
    const StepProfile profile = profile_of(network, sgd);
    const auto steepest =
        std::max_element(profile.ops.begin(), profile.ops.end(),
                         [](const ProfiledOp& a, const ProfiledOp& b) {
                           return a.gradient_norm < b.gradient_norm;
                         });
    Steepest watcher;
    minimise(sum(square(network(random_normal({16, 8}, 1.0, {.seed = 1})))),
             sgd, 0.0);
    expect_equal("the steepest op", watcher.name, steepest->name);
    expect_near("its norm", watcher.longest, steepest->gradient_norm,
                1e-3 * steepest->gradient_norm);
  });
  exercises.check(5, [] {
    check_sum(
        sum_in_a_ring, [](int n) { return 2 * (n - 1); },
        [](int n) { return 2 * (n - 1); });
  });
  exercises.check(6, [] {
    check_sum(
        sum_in_a_tree, [](int n) { return 2 * logarithm(n); },
        [](int n) { return logarithm(n) * n; });
  });
  return exercises.result();
}
