#include "tasks/config/config.h"

#include <algorithm>

#include "tasks/config/field.h"

namespace lectern {

bool operator==(const Config& a, const Config& b) {
  const auto equal = [&](const Field& field) { return field.get(a) == field.get(b); };
  return std::ranges::all_of(config_fields(), equal);
}

std::string task_name(const Config& config) {
  return std::get<std::string>(find_field("task.name")->get(config));
}

std::string to_toml(const Config& config) {
  constexpr std::size_t comment_column = 34;
  std::string toml, table;
  for (const Field& field : config_fields()) {
    if (field.table != table) toml += (table.empty() ? "[" : "\n[") + field.table + "]\n";
    table = field.table;
    std::string line = field.name + " = " + to_toml(field.get(config));
    line.resize(std::max(line.size() + 2, comment_column), ' ');
    toml += line + "# " + field.doc + "\n";
  }
  return toml;
}

}  // namespace lectern
