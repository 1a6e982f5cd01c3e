#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "tasks/config/value.h"

namespace lectern {

/// The file config.json beside the weights of a Hugging Face model: the keys at its top level.
/// What is no number, word, true or false (a list, null) is Unreadable.
class ConfigJson {
 public:
  using Entries = std::vector<std::pair<std::string, Value>>;

  /// Throws Failure(checkpoint) for a file that cannot be read or is no JSON object.
  explicit ConfigJson(const std::string& path);

  bool has(const std::string& key) const;
  bool is_null(const std::string& key) const;
  /// Throw Failure(checkpoint) naming file and key where it is missing or of another kind.
  std::int64_t integer(const std::string& key) const;
  double number(const std::string& key) const;
  const std::string& word(const std::string& key) const;
  /// A missing switch is `usual`.
  bool on(const std::string& key, bool usual) const;

  /// Ends in Failure(checkpoint): `PATH: KEY is VALUE, but EXPECTED`.
  [[noreturn]] void refuse(const std::string& key, const std::string& expected) const;

  /// The text of such a file.
  static std::string written(const Entries& entries);

 private:
  const Value* find(const std::string& key) const;

  std::string path_;
  Entries entries_;
};

}  // namespace lectern
