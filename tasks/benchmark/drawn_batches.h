#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tasks/text/corpus.h"

namespace lectern {

/// Pairs of sentences that are trained on together, without <s>, </s> and padding.
using SentenceBatch = std::vector<TokenPair>;

/// Batches of sentences of nearly equal lengths, with lengths like Multi30k's. The same numbers as
/// `draw_batches` in bench/peers/peer.py, so that both measure the same work.
std::vector<SentenceBatch> draw_batches(int count, int sentences, std::int32_t vocabulary);

/// Reads a batch a line: `{"source": [[17, 254, …], …], "target": [[90, 8, …], …]}`.
std::vector<SentenceBatch> read_batches(const std::string& path);

}  // namespace lectern
