#pragma once

#include <string>
#include <vector>

#include "tensor/random.h"

namespace lectern {

/// Random choices of the corruptor, one after another.
class WordDraws {
 public:
  explicit WordDraws(const RandomKey& key) : key_(key) {}

  /// Drawn evenly from [0, 1).
  double share() { return static_cast<double>(key_.word(drawn_++)) / 4294967296.0; }
  /// Drawn evenly from 0 … count − 1.
  std::size_t below(std::size_t count) {
    return static_cast<std::size_t>((static_cast<std::uint64_t>(key_.word(drawn_++)) * count) >>
                                    32);
  }
  const std::string& one_of(const std::vector<std::string>& words) {
    return words.at(below(words.size()));
  }

 private:
  RandomKey key_;
  std::uint64_t drawn_ = 0;
};

}  // namespace lectern
