#pragma once

#include <string>
#include <vector>

#include "tasks/config/value.h"

namespace lectern {

/// `key = value`, or a table's header `[key]`.
struct TomlEntry {
  std::string key;      ///< with the table's name: `model.nhead`
  Value value = false;  ///< Unreadable for what is valid TOML but no value of ours, such as a date
  bool is_table = false;  ///< a header; `value` says nothing
  int line = 0;           ///< counted from 1
};

/// The entries of `toml` in their order, read by toml++. Two things that TOML has and no
/// configuration needs are refused before: text over several lines, and more than 2000 dots and
/// brackets, so that no depth can exhaust the stack.
///
/// \param name  what messages call the text: its file
/// \throws Failure (ExitCode::usage) with `name` and the line, for anything else, for a key that is
///         there twice, and for bytes that are not UTF-8
/// \see https://toml.io/en/v1.0.0
std::vector<TomlEntry> read_toml(const std::string& toml, const std::string& name);

/// No configuration is larger [bytes].
inline constexpr std::size_t largest_toml = 1 << 20;

/// The text of a file of a person's own.
/// \throws Failure (ExitCode::usage) where it cannot be read or is larger than largest_toml
std::string toml_file(const std::string& path);

}  // namespace lectern
