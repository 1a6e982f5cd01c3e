#pragma once

#include <map>
#include <string>

#include "tasks/config/config.h"
#include "tasks/config/value.h"

namespace lectern {

/// A configuration while it is put together; it remembers where each value came from.
class Settings {
 public:
  /// Stores `value` under `key`. `where` is `FILE:LINE` or the flag that was typed.
  void set(const std::string& key, const Value& value, const std::string& where);

  /// Stores what a flag or `--set` says.
  void set(const Override& entry);

  /// The configuration, once its values are known to agree with each other.
  Config finish() const;

 private:
  [[noreturn]] void disagree(const std::string& key, const std::string& other_key,
                             const std::string& problem, const std::string& advice) const;
  void check_heads() const;
  void check_attention() const;
  void check_lengths() const;
  void check_vocabularies() const;
  void check_task() const;
  void check_repeated_word() const;
  void check_expressions() const;
  void check_metric() const;
  void check_end() const;

  Config config_;
  std::map<std::string, std::string> origins_;  ///< key: where it was set last
};

}  // namespace lectern
