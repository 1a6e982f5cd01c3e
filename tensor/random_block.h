#pragma once

#include <cstdint>
#include <cstring>

#include "tensor/random.h"
#include "tensor/registers.h"

namespace lectern {

// The words of a RandomKey, a block at a time: the same bits as RandomKey::word, a register of counters
// at once. A training step draws millions of words, and this takes about half a nanosecond for one.

/// Quads of words that are drawn at once: one to each 64-bit lane of a register, of which the lower
/// half counts.
constexpr std::int64_t random_quads = vector_bytes / 8;
/// The words of the quads from `quad` on, `random_quads` of them. What the upper halves of the lanes
/// hold is ignored by the products and cut off at the end.
inline void draw_quads(const RandomKey& key, std::uint64_t quad, std::uint32_t* words) {
  constexpr int lanes = random_quads;
  constexpr auto in_turns_low = [](int i) { return i / 2 + i % 2 * lanes; };
  constexpr auto in_turns_high = [](int i) { return i / 2 + i % 2 * lanes + lanes / 2; };
  WordRegister place;
  for (int i = 0; i < lanes; ++i) place[i] = static_cast<std::uint64_t>(i);
  const WordRegister quads = key.first_quad + quad + place;
  WordRegister c0 = quads, c1 = quads >> 32, c2 = WordRegister{} + key.step,
               c3 = WordRegister{} + key.site;
  std::uint32_t key0 = static_cast<std::uint32_t>(key.seed);
  std::uint32_t key1 = static_cast<std::uint32_t>(key.seed >> 32);
  for (int round = 0; round < 10; ++round) {
    WordRegister a, b;
    registers::multiply_lower_halves(a, c0, 0xD2511F53u);
    registers::multiply_lower_halves(b, c2, 0xCD9E8D57u);
    c0 = (b >> 32) ^ c1 ^ std::uint64_t{key0};
    c1 = b;
    c2 = (a >> 32) ^ c3 ^ std::uint64_t{key1};
    c3 = a;
    key0 += 0x9E3779B9u;
    key1 += 0xBB67AE85u;
  }
  const WordRegister first = (c0 & 0xffffffffu) | (c1 << 32);  // words 0 and 1 of each quad
  const WordRegister second = (c2 & 0xffffffffu) | (c3 << 32);
  const WordRegister low = registers::shuffle(first, second, in_turns_low);
  const WordRegister high = registers::shuffle(first, second, in_turns_high);
  std::memcpy(words, &low, sizeof low);
  std::memcpy(words + 2 * random_quads, &high, sizeof high);
}

/// words[i] = key.word(first_element + i), i = 0 … count−1.
inline void random_block(const RandomKey& key, std::uint64_t first_element, std::int64_t count,
                         std::uint32_t* words) {
  std::int64_t done = 0;
  for (; done < count && (first_element + done) % 4 != 0; ++done)
    words[done] = key.word(first_element + done);
  constexpr std::int64_t at_once = 4 * random_quads;
  for (; done + at_once <= count; done += at_once)
    draw_quads(key, (first_element + done) / 4, words + done);
  if (done == count) return;
  std::uint32_t last[at_once];
  draw_quads(key, (first_element + done) / 4, last);
  std::memcpy(words + done, last, static_cast<std::size_t>(count - done) * sizeof last[0]);
}

}  // namespace lectern
