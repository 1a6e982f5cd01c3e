#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tasks/config/config.h"
#include "tasks/config/value.h"

namespace lectern {

/// One key of the configuration: all that reading, overriding, printing, checking and the command
/// line's flags know about it.
struct Field {
  std::string table;  ///< `train`
  std::string name;   ///< `learning_rate`
  std::string doc;    ///< what it does, in the field's word first, with its unit
  std::vector<std::string>
      aliases;           ///< flags that other toolkits' users type; `cpu=cpu` has a value
  std::string metavar;   ///< what stands for the value in the help: `N`; empty: a switch
  std::string expected;  ///< `a number in (0, 1]`
  std::function<Value(const Config&)> get = nullptr;
  /// Stores the value; returns false where it is of the wrong type or out of range.
  std::function<bool(Config&, const Value&)> set = nullptr;
  /// The words that its value is made of, to suggest the nearest one; empty: any text, a number …
  std::vector<std::string> choices = {};

  bool may_change = false;  ///< a run can be resumed with another value
  /// Where the key changes anything; null: everywhere.
  std::function<bool(const Config&)> has_effect = nullptr;
  std::string needs = {};  ///< has_effect in words: `decode.temperature > 0`

  /// `train.learning_rate`
  std::string key() const { return table + "." + name; }

  /// For the end of a row: the key may change when a run is resumed.
  Field& resumable() {
    may_change = true;
    return *this;
  }
  /// For the end of a row: the key changes nothing unless `condition`, which is `words`.
  Field& only_with(std::string words, std::function<bool(const Config&)> condition) {
    needs = std::move(words);
    has_effect = std::move(condition);
    return *this;
  }
};

/// Every key but those of tasks, table by table, in the order in which they are printed.
const std::vector<Field>& config_fields();

/// Every key of this configuration: config_fields() with the keys of its task in their place.
std::vector<const Field*> fields_of(const Config& config);

/// The field of `key` (`train.learning_rate`, or one of the task's), or null.
const Field* find_field(const Config& config, const std::string& key);

/// Whether `name` is a table: task, data, tokenizer, model, attention, train, decode or log.
bool is_config_table(const std::string& name);

/// Whether `key` is one of `chosen`, or in a table that is.
bool is_chosen(const std::string& key, const std::vector<std::string>& chosen);

/// The defaults, for the task that `config` names.
Config defaults_for(const Config& config);

}  // namespace lectern
