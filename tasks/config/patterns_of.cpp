#include "tasks/config/patterns_of.h"

#include <sstream>

#include "tasks/config/architecture.h"

namespace lectern {

std::vector<std::string> listed_names(const std::string& list) {
  std::vector<std::string> names;
  std::istringstream words(list + ",");  // so that nothing behind a comma is a name, too
  words.exceptions(std::ios::badbit);
  for (std::string name; std::getline(words, name, ',');) {
    std::erase(name, ' ');
    names.push_back(name);
  }
  return names;
}

std::vector<const PatternEntry*> patterns_of(const Config& config) {
  std::vector<const PatternEntry*> entries;
  if (is_recurrent(config)) return entries;
  for (const std::string& name : listed_names(config.model.attention)) {
    entries.push_back(find_pattern(name));
    check(entries.back() != nullptr,
          [&] { return text("model.attention names \"", name, "\", which is no pattern"); });
  }
  return entries;
}

}  // namespace lectern
