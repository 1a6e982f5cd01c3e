#pragma once

#include <map>
#include <string>

#include "tasks/config/config.h"
#include "tasks/config/value.h"

namespace lectern {

/// A configuration while it is put together; it remembers where each value came from.
class Settings {
 public:
  struct Options {
    bool stored = false;  ///< a checkpoint's: what was learned with it is there already
  };
  Settings() = default;
  explicit Settings(const Options& options) : options_(options) {}

  /// Stores `value` under `key`. `where` is `FILE:LINE` or the flag that was typed. The task's name
  /// comes first: it decides which keys there are.
  void set(const std::string& key, const Value& value, const std::string& where);

  /// Stores what a flag or `--set` says.
  void set(const Override& entry);

  /// The configuration, once its values are known to agree with each other.
  Config finish() const;

  // For checks.
  const Config& config() const { return config_; }
  const Options& options() const { return options_; }
  /// Fails: `key = … PROBLEM other_key = …; try ADVICE`, where the one or the other was set.
  [[noreturn]] void disagree(const std::string& key, const std::string& other_key,
                             const std::string& problem, const std::string& advice) const;

 private:
  void pass_over(const std::string& key, const Value& value, const std::string& where);
  void check_heads() const;
  void check_attention() const;
  void check_search() const;
  void check_metric(const std::vector<std::string>& metrics) const;
  void check_end() const;

  Options options_;
  Config config_;
  std::map<std::string, std::string> origins_;  ///< key: where it was set last
};

}  // namespace lectern
