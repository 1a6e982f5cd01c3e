#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <variant>

#include "tensor/check.h"

namespace lectern {

/// A whole number, or any number: what stands behind a key that a pattern brings along.
using PatternSetting = std::variant<std::int64_t, double>;

/// The keys that a pattern brings along (PatternKey), each with its value.
class PatternSettings {
 public:
  void set(const std::string& key, PatternSetting value) { values_[key] = value; }
  /// Null where it is not set.
  const PatternSetting* find(const std::string& key) const {
    const auto found = values_.find(key);
    return found == values_.end() ? nullptr : &found->second;
  }

  /// Throw where there is no such key, or its default is a number of the other kind.
  std::int64_t whole(const std::string& key) const { return get<std::int64_t>(key, "whole"); }
  double number(const std::string& key) const { return get<double>(key, "real"); }

  friend bool operator==(const PatternSettings&, const PatternSettings&) = default;

 private:
  template <class T>
  T get(const std::string& key, const char* kind) const {
    const PatternSetting* found = find(key);
    check(found && std::holds_alternative<T>(*found), [&] {
      return text("a pattern asks for a ", kind, " number \"", key,
                  "\", which it does not bring along; name it among PatternEntry::keys, its "
                  "default a ",
                  kind, " number");
    });
    return std::get<T>(*found);
  }

  std::map<std::string, PatternSetting> values_;
};

}  // namespace lectern
