#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace lectern {

/// What hashing does in one head of one layer, for one sequence: see lsh_quality.
struct BucketsHead {
  int layer = 0;            ///< counted from 0, shown from 1
  int head = 0;             ///< counted from 0, shown from 1
  double recall = 0;        ///< of a query's heaviest keys, the part that it meets
  double chance = 0;        ///< the recall, were as many keys met at random
  double mass = 0;          ///< of the weights of exact attention, the part on keys that it meets
  double keys_a_query = 0;  ///< how many keys a query meets
  double entropy = 0;       ///< of the buckets [bits]
  double overflow = 0;      ///< part of the tokens whose bucket has more members than there is room
  std::vector<std::int64_t> occupancy{};  ///< [n]: how many buckets, of all rounds, have n members
  std::vector<std::int32_t> buckets{};    ///< [token]: in the first round
  std::vector<std::int32_t> sorted{};     ///< [position]: the tokens as the first round sorts them
  std::vector<float> meetings{};  ///< [query, key]: the part of the rounds in which they meet
  std::vector<float> weights{};   ///< [query, key]: of exact attention, each row summing to one
};

/// LSH attention at one sequence.
struct BucketsPage {
  std::string example{};              ///< what was read
  std::vector<std::string> tokens{};  ///< and its tokens
  int top = 16;                       ///< how many keys of a query count for the recall
  int rounds = 0;
  std::int64_t bucket_count = 0;
  bool chunks = true;     ///< tokens meet by chunks of the sorted sequence, else by bucket alone
  std::int64_t room = 0;  ///< tokens of a chunk, or of the window in a bucket
  std::string note{};     ///< to be known before reading on; may be empty
  std::vector<BucketsHead> heads{};
  std::string command{};
  std::string version{};
};

/// The numbers as a table for a terminal, a line for each head.
std::string buckets_table(const BucketsPage& page);

/// One self-contained HTML page: the numbers, and for each head the sequence coloured by bucket,
/// how it is sorted and cut, and who meets whom beside the weights of exact attention.
///
/// Size: about 100 KB a head for a hundred tokens, bounded for longer sequences, which are drawn in
/// less detail.
/// \throws Error when a head's vectors do not belong to `tokens`
std::string buckets_page(const BucketsPage& page);

/// All heads as one SVG file.
std::string buckets_file(const BucketsPage& page);

/// The picture of one head, 984 wide: one `<svg>` element for a page that has `chart_style()`.
std::string buckets_picture(const BucketsPage& page, const BucketsHead& head);

}  // namespace lectern
