#include "tasks/synthetic/reverse.h"

namespace lectern {

std::vector<std::int32_t> reverse_sequence(const std::vector<std::int32_t>& word) {
  std::vector<std::int32_t> sequence = {0};
  sequence.insert(sequence.end(), word.begin(), word.end());
  sequence.push_back(0);
  sequence.insert(sequence.end(), word.rbegin(), word.rend());
  return sequence;
}

TaskKind reverse_kind() {
  return repeat_kind<reverse_sequence>("reverse", "to say a word of symbols backwards");
}

}  // namespace lectern
