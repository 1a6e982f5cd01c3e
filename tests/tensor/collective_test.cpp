#include "tensor/collective.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <span>

#include "tests/catch.h"
#include "tests/tensor/helpers.h"
#include "tests/tensor/ranks_as_threads.h"

namespace lectern {
namespace {

/// What a rank has: numbers of all magnitudes, of which every order of adding has other bits.
std::vector<float> numbers_of(int rank, std::int64_t count) {
  std::vector<float> numbers;
  for (std::int64_t i = 0; i < count; ++i)
    numbers.push_back(std::ldexp(static_cast<float>((i * 7919 + rank * 104729) % 1009 - 504),
                                 static_cast<int>((i + 3 * rank) % 23)));
  return numbers;
}

/// ((0 + 1) + (2 + 3)) + …; every part and every sum of two goes through `round`.
template <class Part, class Round>
std::vector<float> tree_of(int size, const Part& part, const Round& round, int first = 0) {
  if (size == 1) return round(part(first));
  std::vector<float> sum = tree_of(size / 2, part, round, first);
  const std::vector<float> other = tree_of(size / 2, part, round, first + size / 2);
  for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += other[i];
  return round(sum);
}

/// Of ranks `first … first+size-1`.
std::vector<float> sum_of_ranks(int size, std::int64_t count, int first = 0) {
  return tree_of(
      size, [&](int rank) { return numbers_of(first + rank, count); },
      [](std::vector<float> sum) { return sum; });
}

}  // namespace

TEST_CASE("collective: by hand, two ranks") {
  std::vector<std::vector<float>> found(2);
  in_ranks(2, [&](ProcessGroup& group) {
    Tensor numbers =
        group.is_first() ? tensor_of<float>({3}, {1, 2, 3}) : tensor_of<float>({3}, {10, 20, 30});
    all_reduce(group, numbers);
    found[group.rank()] = numbers.to_vector();
  });
  CHECK(found[0] == std::vector<float>{11, 22, 33});
  CHECK(found[1] == found[0]);
}

TEST_CASE("collective: every rank has the bits of the tree") {
  for (const int size : {1, 2, 4, 8, 16})
    for (const std::int64_t count : {0, 1, 2, 3, 7, 64, 1001}) {
      std::vector<std::vector<float>> found(size);
      std::vector<std::size_t> sent(size);
      in_ranks(size, [&](ThreadGroup& group) {
        Tensor numbers = tensor_of<float>({count}, numbers_of(group.rank(), count));
        const std::size_t before = group.bytes_sent();
        all_reduce(group, numbers);
        found[group.rank()] = numbers.to_vector();
        sent[group.rank()] = group.bytes_sent() - before;
      });
      const std::vector<float> expected = sum_of_ranks(size, count);
      for (int rank = 0; rank < size; ++rank) {
        CHECK(std::ranges::equal(std::as_bytes(std::span(found[rank])),
                                 std::as_bytes(std::span(expected))));
        if (count == 1001)
          CHECK(sent[rank] <=
                4 * static_cast<std::size_t>(2 * count * (size - 1) / size + 2 * size));
      }
    }
}

TEST_CASE("collective: sums that are under way together, and go on when a rank lets them") {
  constexpr std::int64_t count = 101, together = 5;
  for (const int size : {1, 2, 4, 8}) {
    std::vector<std::vector<std::vector<float>>> found(size);
    std::vector<int> calculated(size);
    in_ranks(size, [&](ThreadGroup& group) {
      std::vector<Tensor> numbers;
      std::deque<AllReduce> sums;
      for (int i = 0; i < together; ++i) {
        numbers.push_back(tensor_of<float>({count}, numbers_of(group.rank() + i, count)));
        sums.emplace_back(group, numbers.back(), i);
        // Each rank looks at them in another order, and not equally often.
        for (int look = 0; look < group.rank() % 3; ++look)
          sums[(look + group.rank()) % sums.size()].advance();
      }
      for (int turn = 0; turn < 100 && !sums[together - 1].advance(); ++turn)
        ++calculated[group.rank()];
      for (AllReduce& sum : sums) {
        sum.finish();
        if (!sum.advance()) fail("a sum that is finished is not done");
      }
      for (const Tensor& each : numbers) found[group.rank()].push_back(each.to_vector());
    });
    for (int i = 0; i < together; ++i) {
      const std::vector<float> expected = sum_of_ranks(size, count, i);
      for (int rank = 0; rank < size; ++rank) CHECK(found[rank][i] == expected);
    }
    if (size > 1) CHECK(std::ranges::max(calculated) > 0);
  }
}

TEST_CASE("collective: in bf16 every sum of two is rounded") {
  constexpr std::int64_t count = 37;
  const auto rounded = [](const std::vector<float>& numbers) {
    return cast(cast(tensor_of<float>({count}, numbers), DType::bf16), DType::f32).to_vector();
  };
  for (const int size : {1, 2, 4, 8}) {
    std::vector<std::vector<float>> found(size);
    in_ranks(size, [&](ProcessGroup& group) {
      Tensor numbers =
          cast(tensor_of<float>({count}, numbers_of(group.rank(), count)), DType::bf16);
      all_reduce(group, numbers);
      found[group.rank()] = cast(numbers, DType::f32).to_vector();
    });
    const std::vector<float> expected = tree_of(
        size, [&](int rank) { return numbers_of(rank, count); }, rounded);
    for (const std::vector<float>& each : found) CHECK(each == expected);
  }
}

TEST_CASE("collective: another order has other bits") {
  const std::vector<float> tree = sum_of_ranks(8, 1001);
  std::vector<float> in_a_row(1001);
  for (int rank = 0; rank < 8; ++rank)
    for (std::size_t i = 0; i < in_a_row.size(); ++i) in_a_row[i] += numbers_of(rank, 1001)[i];
  CHECK(tree != in_a_row);
}

TEST_CASE("collective: what each rank says is told to all") {
  struct Pair {
    int rank;
    double half;
  };
  for (const int size : {1, 2, 4, 8}) {
    std::vector<int> right(size);
    in_ranks(size, [&](ProcessGroup& group) {
      const std::vector<Pair> pairs = gather(group, Pair{group.rank(), group.rank() / 2.0});
      const std::vector<std::string> words = gather(group, std::string(group.rank(), 'x'));
      bool all = static_cast<int>(pairs.size()) == size && static_cast<int>(words.size()) == size;
      for (int rank = 0; all && rank < size; ++rank)
        all = pairs[rank].rank == rank && pairs[rank].half == rank / 2.0 &&
              words[rank] == std::string(rank, 'x');
      right[group.rank()] = all;
    });
    for (const int all : right) CHECK(all);
  }
}

TEST_CASE("collective: parts of any size are told to all") {
  const std::vector<std::size_t> starts{0, 3, 3, 4, 9};
  std::vector<std::vector<float>> found(4);
  in_ranks(4, [&](ProcessGroup& group) {
    const auto begin = static_cast<std::int64_t>(starts[group.rank()]);
    const auto end = static_cast<std::int64_t>(starts[group.rank() + 1]);
    Tensor all = full({9}, -1);
    all.slice(begin, end).copy_from(full({end - begin}, group.rank()));
    gather_parts(group, all, starts);
    found[group.rank()] = all.to_vector();
  });
  for (const auto& all : found) CHECK(all == std::vector<float>{0, 0, 0, 2, 3, 3, 3, 3, 3});
}

TEST_CASE("collective: ranks know where they are") {
  std::vector<std::string> names(4);
  std::vector<int> neighbours(4), gpus(4);
  in_ranks(4, [&](ProcessGroup& group) {
    names[group.rank()] = group.name(3 - group.rank());
    neighbours[group.rank()] = group.ranks_on_these_cores();
    gpus[group.rank()] = group.rank_on_this_host();
  });
  CHECK(names == std::vector<std::string>{"rank 3 (right)", "rank 2 (right)", "rank 1 (left)",
                                          "rank 0 (left)"});
  CHECK(neighbours == std::vector<int>{2, 2, 2, 2});
  CHECK(gpus == std::vector<int>{0, 1, 0, 1});
}

TEST_CASE("collective: a process alone, and a number of ranks that cannot be") {
  ProcessGroup alone;
  Tensor numbers = tensor_of<float>({2}, {1, 2});
  all_reduce(alone, numbers);
  CHECK(numbers.to_vector() == std::vector<float>{1, 2});
  CHECK(gather(alone, std::string("me")) == std::vector<std::string>{"me"});
  CHECK(alone.name(0) == "rank 0");
  CHECK(contains(message_of([] { ProcessGroup(0, 3); }), "3 ranks: it must be a power of two"));
  const auto speak = [&] { alone.exchange(1, std::span<const char>(), std::span<char>()); };
  CHECK(contains(message_of(speak), "rank 1 is not in a group of one"));
  CHECK(find_group_engine("none") == nullptr);
}

}  // namespace lectern
