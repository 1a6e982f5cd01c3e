#include "tasks/synthetic/copy.h"

namespace lectern {

std::vector<std::int32_t> copy_sequence(const std::vector<std::int32_t>& word) {
  std::vector<std::int32_t> sequence = {0};
  sequence.insert(sequence.end(), word.begin(), word.end());
  sequence.push_back(0);
  sequence.insert(sequence.end(), word.begin(), word.end());
  return sequence;
}

TaskKind copy_kind() {
  return repeat_kind<copy_sequence>("copy", "to say a word of symbols once more");
}

}  // namespace lectern
