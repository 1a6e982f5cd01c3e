#pragma once

#include <algorithm>
#include <vector>

#include "tensor/cuda/loops.h"

namespace lectern {

// Several tensors in one launch. A model has a hundred parameters, most of them small: one launch
// for each would take longer than the work. The table of them travels with the kernel's arguments,
// so nothing has to be copied to the device first.

/// Tensors cut into chunks, one block a chunk.
/// \tparam Item  what a kernel knows of a tensor: addresses, and `size`, how many numbers it has
template <class Item>
struct Chunks {
  static constexpr std::int64_t chunk_size = 4096;
  static constexpr int capacity = (4096 - 64) / (sizeof(Item) + sizeof(int));  // of the arguments

  Item item[capacity];
  int end[capacity];  ///< the block behind the last chunk of each tensor
  int count = 0;
  int blocks_before = 0;  ///< in earlier launches of the same list

  int blocks() const { return count == 0 ? 0 : end[count - 1]; }
};

/// What the running block works on: numbers `begin … end−1` of a tensor.
template <class Item>
struct Chunk {
  Item item;
  std::int64_t begin, end;
};

template <class Item>
__device__ Chunk<Item> chunk_of_block(const Chunks<Item>& chunks) {
  const int block = static_cast<int>(blockIdx.x);
  int i = 0, first_block = 0;
  for (; chunks.end[i] <= block; ++i) first_block = chunks.end[i];
  const std::int64_t begin = (block - first_block) * Chunks<Item>::chunk_size;
  const std::int64_t size = chunks.item[i].size;
  return {chunks.item[i], begin, min(begin + Chunks<Item>::chunk_size, size)};
}

/// Blocks that all these tensors need.
template <class Item>
std::int64_t chunk_count(const std::vector<Item>& items) {
  std::int64_t blocks = 0;
  for (const Item& item : items) blocks += divide_up(item.size, Chunks<Item>::chunk_size);
  return blocks;
}

/// Starts `kernel(chunks, arguments…)` with a block for every chunk of the tensors, in as few
/// launches as the tables need.
template <auto kernel, class Item, class... Arguments>
void launch_chunks(Cuda device, const std::vector<Item>& items, const Arguments&... arguments) {
  Chunks<Item> chunks{};
  const auto start = [&] {
    const int blocks = chunks.blocks();
    if (blocks > 0)
      launch_kernel<kernel>(
          device, {.blocks = dim3(static_cast<unsigned>(blocks)), .threads = dim3(block_threads)},
          chunks, arguments...);
    chunks.blocks_before += blocks;
    chunks.count = 0;
  };
  for (const Item& item : items) {
    if (item.size == 0) continue;
    const auto mine = static_cast<int>(divide_up(item.size, Chunks<Item>::chunk_size));
    chunks.end[chunks.count] = chunks.blocks() + mine;
    chunks.item[chunks.count++] = item;
    if (chunks.count == Chunks<Item>::capacity) start();
  }
  start();
}

}  // namespace lectern
