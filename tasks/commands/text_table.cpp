#include "tasks/commands/text_table.h"

#include <algorithm>

#include "tasks/report/markup.h"

namespace lectern {
std::string text_table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], characters(row[i]));
  }
  std::string lines;
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string room(widths[i] - characters(row[i]), ' ');
      const bool last = i + 1 == row.size();
      lines += i == 0 ? row[i] + (last ? "" : room) : "  " + room + row[i];
    }
    lines += '\n';
  }
  return lines;
}

}  // namespace lectern
