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
  std::string doc;    ///< what it does, with its unit
  std::vector<std::string>
      aliases;           ///< flags that other toolkits' users type; `cpu=cpu` has a value
  std::string metavar;   ///< what stands for the value in the help: `N`; empty: a switch
  std::string expected;  ///< `a number in (0, 1]`
  std::function<Value(const Config&)> get = nullptr;
  /// Stores the value; returns false where it is of the wrong type or out of range.
  std::function<bool(Config&, const Value&)> set = nullptr;
  /// The words that its value is made of, to suggest the nearest one; empty: any text, a number …
  std::vector<std::string> choices = {};

  /// `train.learning_rate`
  std::string key() const { return table + "." + name; }
};

/// Every key, table by table, in the order in which they are printed.
const std::vector<Field>& config_fields();

/// The field of `key` (`train.learning_rate`), or null.
const Field* find_field(const std::string& key);

/// Whether `name` is a table: task, data, tokenizer, model, attention, train, decode or log.
bool is_config_table(const std::string& name);

}  // namespace lectern
