#pragma once

#include <cstdint>
#include <cstring>

#if defined(__AVX512F__)
#include <immintrin.h>
#endif

#include "tensor/random.h"

namespace lectern {

// The words of a RandomKey, a block at a time: the same bits as RandomKey::word, eight counters at
// once. A training step draws millions of words, and this takes about half a nanosecond for one.

/// Eight 64-bit lanes, of which the lower halves count.
using RandomLanes = std::uint64_t __attribute__((vector_size(64)));

/// Lane by lane, the 64-bit product of the lower half and a 32-bit factor.
inline void multiply_lower_halves(RandomLanes& product, const RandomLanes& lanes,
                                  std::uint64_t factor) {
#if defined(__AVX512F__)
  product = reinterpret_cast<RandomLanes>(_mm512_maskz_mul_epu32(
      0xff, reinterpret_cast<__m512i>(lanes), _mm512_set1_epi64(static_cast<long long>(factor))));
#else
  product = (lanes & 0xffffffffu) * factor;  // the compiler needs three products to be sure
#endif
}

/// The 32 words of the eight quads from `quad` on. What the upper halves of the lanes hold is
/// ignored by the products and cut off at the end.
inline void random_words_of_eight_quads(const RandomKey& key, std::uint64_t quad,
                                        std::uint32_t* words) {
  const RandomLanes quads = key.first_quad + quad + RandomLanes{0, 1, 2, 3, 4, 5, 6, 7};
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
  const RandomLanes low = __builtin_shuffle(first, second, RandomLanes{0, 8, 1, 9, 2, 10, 3, 11});
  const RandomLanes high =
      __builtin_shuffle(first, second, RandomLanes{4, 12, 5, 13, 6, 14, 7, 15});
  std::memcpy(words, &low, sizeof low);
  std::memcpy(words + 16, &high, sizeof high);
}

/// words[i] = key.word(first_element + i), i = 0 … count−1.
inline void random_block(const RandomKey& key, std::uint64_t first_element, std::int64_t count,
                         std::uint32_t* words) {
  std::int64_t done = 0;
  for (; done < count && (first_element + done) % 4 != 0; ++done)
    words[done] = key.word(first_element + done);
  for (; done + 32 <= count; done += 32)
    random_words_of_eight_quads(key, (first_element + done) / 4, words + done);
  if (done == count) return;
  std::uint32_t last[32];
  random_words_of_eight_quads(key, (first_element + done) / 4, last);
  std::memcpy(words + done, last, static_cast<std::size_t>(count - done) * sizeof last[0]);
}

}  // namespace lectern
