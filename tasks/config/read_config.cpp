#include "tasks/config/field.h"
#include "tasks/config/settings.h"
#include "tasks/config/toml.h"
#include "tasks/failure.h"

namespace lectern {
namespace {

Config parse(const std::string& toml, const std::string& name,
             const std::vector<Override>& overrides, Settings settings) {
  if (toml.size() > largest_toml)
    throw Failure(ExitCode::usage,
                  name + ": larger than 1 MiB; try a configuration, a few lines of TOML");
  const std::vector<TomlEntry> entries = read_toml(toml, name);
  for (const bool of_task : {true, false}) {  // the task's name decides which keys there are
    for (const TomlEntry& entry : entries) {
      if ((entry.key == "task.name") != of_task) continue;
      if (entry.is_table && is_config_table(entry.key)) continue;
      const Value value = entry.is_table ? Unreadable{"a table"} : entry.value;
      settings.set(entry.key, value, text(name, ":", entry.line));
    }
    for (const Override& entry : overrides)
      if ((entry.key == "task.name") == of_task) settings.set(entry);
  }
  return settings.finish();
}

}  // namespace

Config parse_config(const std::string& toml, const std::string& name,
                    const std::vector<Override>& overrides) {
  return parse(toml, name, overrides, Settings());
}

Config stored_config(const std::string& toml, const std::string& name,
                     const std::vector<Override>& overrides) {
  const Settings of_a_checkpoint({.stored = true});
  try {
    const Config config = parse(toml, name, {}, of_a_checkpoint);
    if (overrides.empty()) return config;
  } catch (const Failure& failure) {
    throw Failure(ExitCode::checkpoint,
                  text(failure.what(),
                       " (in the configuration that this checkpoint holds: take another one)"));
  }
  return parse(toml, name, overrides, of_a_checkpoint);
}

Config read_config(const std::string& path, const std::vector<Override>& overrides) {
  return parse_config(toml_file(path), path, overrides);
}

}  // namespace lectern
