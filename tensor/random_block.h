#pragma once

#include <cstdint>
#include <cstring>

#include "tensor/random.h"
#include "tensor/vector.h"

namespace lectern {

// The words of a RandomKey, a block at a time: the same bits as RandomKey::word, a register of counters
// at once. A training step draws millions of words, and this takes about half a nanosecond for one.

/// Quads of words that are drawn at once: one to each 64-bit lane of a register, of which the lower
/// half counts.
constexpr std::int64_t random_quads = vector_bytes / 8;
using RandomLanes [[gnu::vector_size(vector_bytes)]] = std::uint64_t;

/// Lane by lane, the 64-bit product of the lower half and a 32-bit factor.
inline void multiply_lower_halves(RandomLanes& product, const RandomLanes& lanes,
                                  std::uint64_t factor) {
#if defined(__AVX512F__)
  product = reinterpret_cast<RandomLanes>(_mm512_maskz_mul_epu32(
      0xff, reinterpret_cast<__m512i>(lanes), _mm512_set1_epi64(static_cast<long long>(factor))));
#elif defined(__AVX2__)
  product = reinterpret_cast<RandomLanes>(_mm256_mul_epu32(
      reinterpret_cast<__m256i>(lanes), _mm256_set1_epi64x(static_cast<long long>(factor))));
#else
  product = (lanes & 0xffffffffu) * factor;  // the compiler needs three products to be sure
#endif
}

/// The words of the quads from `quad` on, `random_quads` of them. What the upper halves of the lanes
/// hold is ignored by the products and cut off at the end.
inline void draw_quads(const RandomKey& key, std::uint64_t quad, std::uint32_t* words) {
  RandomLanes place, in_turns_low, in_turns_high;
  for (std::int64_t i = 0; i < random_quads; ++i) {
    place[i] = static_cast<std::uint64_t>(i);
    in_turns_low[i] = static_cast<std::uint64_t>(i / 2 + i % 2 * random_quads);
    in_turns_high[i] = in_turns_low[i] + random_quads / 2;
  }
  const RandomLanes quads = key.first_quad + quad + place;
  RandomLanes c0 = quads, c1 = quads >> 32, c2 = RandomLanes{} + key.step,
              c3 = RandomLanes{} + key.site;
  std::uint32_t key0 = static_cast<std::uint32_t>(key.seed);
  std::uint32_t key1 = static_cast<std::uint32_t>(key.seed >> 32);
  for (int round = 0; round < 10; ++round) {
    RandomLanes a, b;
    multiply_lower_halves(a, c0, 0xD2511F53u);
    multiply_lower_halves(b, c2, 0xCD9E8D57u);
    c0 = (b >> 32) ^ c1 ^ std::uint64_t{key0};
    c1 = b;
    c2 = (a >> 32) ^ c3 ^ std::uint64_t{key1};
    c3 = a;
    key0 += 0x9E3779B9u;
    key1 += 0xBB67AE85u;
  }
  const RandomLanes first = (c0 & 0xffffffffu) | (c1 << 32);  // words 0 and 1 of each quad
  const RandomLanes second = (c2 & 0xffffffffu) | (c3 << 32);
  const RandomLanes low = __builtin_shuffle(first, second, in_turns_low);
  const RandomLanes high = __builtin_shuffle(first, second, in_turns_high);
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
