#include "tensor/memory_pool.h"

#include <cstring>
#include <vector>

#include "tensor/random.h"
#include "tests/catch.h"

using namespace lectern;

TEST_CASE("a block that is given back is used again", "[memory_pool]") {
  MemoryPool pool;
  void* first = pool.take(1000);
  CHECK(reinterpret_cast<std::uintptr_t>(first) % MemoryPool::alignment == 0);
  pool.give_back(first);
  CHECK(pool.take(900) == first);
}

TEST_CASE("neighbours that are free are joined", "[memory_pool]") {
  MemoryPool pool;
  const std::int64_t third = std::int64_t{10} << 20;
  std::vector<void*> blocks;
  for (int i = 0; i < 3; ++i) blocks.push_back(pool.take(third));
  const std::int64_t reserved = pool.reserved();
  for (const int i : {0, 2, 1}) pool.give_back(blocks[i]);
  CHECK(pool.take(3 * third) == blocks[0]);
  CHECK(pool.reserved() == reserved);
}

TEST_CASE("blocks in use never overlap, whatever comes and goes", "[memory_pool]") {
  MemoryPool pool;
  struct Used {
    unsigned char* bytes;
    std::size_t size;
    unsigned char mark;
  };
  std::vector<Used> used;
  const RandomKey key{.seed = 7};
  for (std::uint64_t i = 0; i < 4000; ++i) {
    const PhiloxWords words = key.words(i);
    if (words[0] % 3 != 0 || used.empty()) {
      const std::size_t size = words[1] % (words[2] % 5 == 0 ? 3'000'000 : 5000) + 1;
      auto* bytes = static_cast<unsigned char*>(pool.take(static_cast<std::int64_t>(size)));
      const auto mark = static_cast<unsigned char>(words[3]);
      bytes[0] = bytes[size - 1] = mark;
      used.push_back({bytes, size, mark});
    } else {
      const std::size_t chosen = words[1] % used.size();
      const Used block = used[chosen];
      REQUIRE(block.bytes[0] == block.mark);
      REQUIRE(block.bytes[block.size - 1] == block.mark);
      pool.give_back(block.bytes);
      used.erase(used.begin() + static_cast<std::ptrdiff_t>(chosen));
    }
  }
  for (const Used& block : used) pool.give_back(block.bytes);
  pool.release();
  CHECK(pool.reserved() == 0);
}
