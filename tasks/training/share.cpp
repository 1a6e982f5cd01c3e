#include "tasks/training/share.h"

#include <sstream>

namespace lectern {

std::int64_t sum_of_ranks(ProcessGroup& ranks, std::int64_t found) {
  std::int64_t sum = 0;
  for (const std::int64_t each : gather(ranks, found)) sum += each;
  return sum;
}

LossSum sum_of_ranks(ProcessGroup& ranks, const LossSum& found) {
  return {.billionths = sum_of_ranks(ranks, found.billionths),
          .count = sum_of_ranks(ranks, found.count)};
}

std::vector<std::string> texts_of_ranks(ProcessGroup& ranks, const std::vector<std::string>& own) {
  std::string letters, lengths;  // of this rank's texts, one behind the other
  for (const std::string& text : own) {
    letters += text;
    lengths += std::to_string(text.size()) + ' ';
  }
  const std::vector<std::string> all = gather(ranks, letters);
  std::vector<std::istringstream> sizes;
  for (const std::string& each : gather(ranks, lengths)) sizes.emplace_back(each);
  std::vector<std::size_t> read(all.size(), 0);
  std::vector<std::string> texts;
  for (;;) {
    const std::size_t rank = texts.size() % all.size();  // whose share the next piece is
    std::size_t size = 0;
    if (!(sizes[rank] >> size)) return texts;
    texts.push_back(all[rank].substr(read[rank], size));
    read[rank] += size;
  }
}

}  // namespace lectern
