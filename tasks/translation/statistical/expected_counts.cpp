#include "tasks/translation/statistical/expected_counts.h"

#include <array>

#include "tensor/parallel.h"

namespace lectern {

ExpectedCounts expected_counts(std::size_t pairs, std::size_t entries, std::size_t jumps,
                               const std::function<void(std::size_t pair, ExpectedCounts&)>& add) {
  constexpr std::size_t parts = 4;
  std::array<ExpectedCounts, parts> part_counts;
  parallel_for(parts, 1, [&](std::int64_t begin, std::int64_t end) {
    for (auto part = static_cast<std::size_t>(begin); part < static_cast<std::size_t>(end);
         ++part) {
      ExpectedCounts& mine = part_counts[part];
      mine.counts.assign(entries, 0.0);
      mine.jumps.assign(jumps, 0.0);
      mine.jump_room.assign(jumps, 0.0);
      for (std::size_t pair = pairs * part / parts; pair < pairs * (part + 1) / parts; ++pair)
        add(pair, mine);
    }
  });
  ExpectedCounts& sum = part_counts[0];
  const auto add_up = [](std::vector<double>& to, const std::vector<double>& from) {
    for (std::size_t i = 0; i < to.size(); ++i) to[i] += from[i];
  };
  for (std::size_t part = 1; part < parts; ++part) {
    add_up(sum.counts, part_counts[part].counts);
    add_up(sum.jumps, part_counts[part].jumps);
    add_up(sum.jump_room, part_counts[part].jump_room);
    sum.log_likelihood += part_counts[part].log_likelihood;
  }
  return std::move(sum);
}

}  // namespace lectern
