#include "tasks/config/config.h"

#include <algorithm>

#include "tasks/config/field.h"

namespace lectern {

bool operator==(const Config& a, const Config& b) {
  const auto equal = [&](const Field* field) { return field->get(a) == field->get(b); };
  return a.task.name == b.task.name && std::ranges::all_of(fields_of(a), equal);
}

std::string to_toml(const Config& config) {
  constexpr std::size_t comment_column = 34;
  std::string toml, table;
  for (const Field* field : fields_of(config)) {
    if (field->table != table) toml += (table.empty() ? "[" : "\n[") + field->table + "]\n";
    table = field->table;
    std::string line = field->name + " = " + to_toml(field->get(config));
    line.resize(std::max(line.size() + 2, comment_column), ' ');
    toml += line + "# " + field->doc + "\n";
  }
  return toml;
}

}  // namespace lectern
