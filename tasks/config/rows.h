#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <functional>
#include <regex>
#include <string>
#include <type_traits>
#include <vector>

#include "tasks/config/field.h"
#include "tasks/config/patterns_of.h"

namespace lectern {

/// Numbers from `low` to `high`, each end included or not.
struct ValueRange {
  double low = 0;
  double high = 0;
  bool low_included = true;
  bool high_included = true;

  /// Every comparison with NaN is false, so that no range holds it.
  bool holds(double x) const {
    return (low_included ? x >= low : x > low) && (high_included ? x <= high : x < high);
  }
  /// A whole number is compared as such: a double would make 2^53 of 2^53 + 1.
  bool holds(std::int64_t n) const {
    const auto lowest = static_cast<std::int64_t>(low), highest = static_cast<std::int64_t>(high);
    return (low_included ? n >= lowest : n > lowest) &&
           (high_included ? n <= highest : n < highest);
  }
  /// `(0, 1]`
  std::string shown() const {
    const auto end = [](double x) {
      const auto whole = static_cast<std::int64_t>(x);
      return static_cast<double>(whole) == x ? to_toml(Value(whole)) : to_toml(Value(x));
    };
    return text(low_included ? "[" : "(", end(low), ", ", end(high), high_included ? "]" : ")");
  }
};

/// The names of an enum's values. `name_of(Enum)`, which stands beside the enum, says nothing after
/// the last one.
template <class Enum>
std::vector<std::string> names_of() {
  std::vector<std::string> names;
  for (int i = 0; !name_of(static_cast<Enum>(i)).empty(); ++i)
    names.emplace_back(name_of(static_cast<Enum>(i)));
  return names;
}

/// Writes the fields of one table: `rows.integer("nhead", &ModelConfig::nhead, range, doc)`.
///
/// \param access  leads from a configuration to the struct whose members the rows name:
///                `&Config::model`, or a function of `auto&`
template <class Access>
class FieldRows {
 public:
  using Section = std::remove_reference_t<std::invoke_result_t<Access, Config&>>;
  using Aliases = std::vector<std::string>;

  FieldRows(std::vector<Field>& fields, std::string table, Access access)
      : fields_(fields), table_(std::move(table)), access_(access) {}

  Field& text(std::string name, std::string Section::*member, std::string doc,
              Aliases aliases = {}) {
    return add({table_, name, doc, aliases, "TEXT", "text"}, member, to_value<std::string>,
               assign<std::string>);
  }

  /// Text of a certain form, which `metavar` shows.
  Field& matching(std::string name, std::string Section::*member, std::string metavar,
                  std::regex form, std::string doc, Aliases aliases = {}) {
    return add({table_, name, doc, aliases, metavar, metavar}, member, to_value<std::string>,
               [form](std::string& place, const Value& value) {
                 const auto* typed = std::get_if<std::string>(&value);
                 return typed && std::regex_match(*typed, form) && assign(place, value);
               });
  }

  Field& boolean(std::string name, bool Section::*member, std::string doc, Aliases aliases = {}) {
    return add({table_, name, doc, aliases, "", "true or false"}, member, to_value<bool>,
               assign<bool>);
  }

  Field& integer(std::string name, std::int64_t Section::*member, ValueRange range, std::string doc,
                 Aliases aliases = {}) {
    return add({table_, name, doc, aliases, "N", "a whole number in " + range.shown()}, member,
               to_value<std::int64_t>, [range](std::int64_t& place, const Value& value) {
                 const auto* number = std::get_if<std::int64_t>(&value);
                 return number && range.holds(*number) && assign(place, value);
               });
  }

  Field& number(std::string name, double Section::*member, ValueRange range, std::string doc,
                Aliases aliases = {}) {
    return add({table_, name, doc, aliases, "X", "a number in " + range.shown()}, member,
               to_value<double>, [range](double& place, const Value& value) {
                 const auto* whole = std::get_if<std::int64_t>(&value);
                 const Value real = whole ? Value(static_cast<double>(*whole)) : value;
                 const auto* number = std::get_if<double>(&real);
                 return number && range.holds(*number) && assign(place, real);
               });
  }

  Field& pair(std::string name, std::array<double, 2> Section::*member, ValueRange range,
              std::string doc, Aliases aliases = {}) {
    using Pair = std::array<double, 2>;
    const auto read = [](const Pair& p) { return Value(std::vector<double>(p.begin(), p.end())); };
    return add({table_, name, doc, aliases, "X,Y", "two numbers in " + range.shown()}, member, read,
               [range](Pair& place, const Value& value) {
                 const auto* list = std::get_if<std::vector<double>>(&value);
                 const auto inside = [range](double x) { return range.holds(x); };
                 if (!list || list->size() != 2 || !std::ranges::all_of(*list, inside))
                   return false;
                 std::copy(list->begin(), list->end(), place.begin());
                 return true;
               });
  }

  /// Whole numbers, each above the one before it; or none.
  Field& ascending(std::string name, std::vector<std::int64_t> Section::*member, ValueRange range,
                   std::string doc, Aliases aliases = {}) {
    using Numbers = std::vector<std::int64_t>;
    const auto read = [](const Numbers& n) {
      return Value(std::vector<double>(n.begin(), n.end()));
    };
    return add({table_, name, doc, aliases, "N,N…",
                "whole numbers in " + range.shown() + ", each above the one before it"},
               member, read, [range](Numbers& place, const Value& value) {
                 const auto* list = std::get_if<std::vector<double>>(&value);
                 if (!list) return false;
                 Numbers numbers;
                 for (const double x : *list) {
                   const bool fits = range.holds(x) && x == std::floor(x) &&
                                     (numbers.empty() || x > static_cast<double>(numbers.back()));
                   if (!fits) return false;
                   numbers.push_back(static_cast<std::int64_t>(x));
                 }
                 place = std::move(numbers);
                 return true;
               });
  }

  template <class Enum>
  Field& choice(std::string name, Enum Section::*member, std::string doc, Aliases aliases = {}) {
    const std::vector<std::string> names = names_of<Enum>();
    std::string metavar, expected;
    for (const std::string& each : names) {
      metavar += (metavar.empty() ? "" : "|") + each;
      expected += (expected.empty() ? "one of " : ", ") + to_toml(Value(each));
    }
    const auto read = [](Enum place) { return Value(std::string(name_of(place))); };
    Field field{table_, name, doc, aliases, metavar, expected};
    field.choices = names;
    return add(std::move(field), member, read, [names](Enum& place, const Value& value) {
      const auto* typed = std::get_if<std::string>(&value);
      const auto found = typed ? std::ranges::find(names, *typed) : names.end();
      if (found != names.end()) place = static_cast<Enum>(found - names.begin());
      return found != names.end();
    });
  }

  /// One of `names`, or several with commas between them.
  Field& list(std::string name, std::string Section::*member, std::vector<std::string> names,
              std::string doc, Aliases aliases = {}) {
    std::string metavar;
    for (const std::string& each : names) metavar += (metavar.empty() ? "" : "|") + each;
    Field field{table_, name, doc, aliases, metavar, metavar};
    field.choices = names;
    return add(std::move(field), member, to_value<std::string>,
               [names](std::string& place, const Value& value) {
                 const auto* typed = std::get_if<std::string>(&value);
                 const auto known = [&](const std::string& each) {
                   return std::ranges::count(names, each) > 0;
                 };
                 return typed && std::ranges::all_of(listed_names(*typed), known) &&
                        assign(place, value);
               });
  }

 private:
  template <class T>
  static Value to_value(const T& place) {
    return place;
  }

  template <class T>
  static bool assign(T& place, const Value& value) {
    const T* found = std::get_if<T>(&value);
    if (found) place = *found;
    return found != nullptr;
  }

  /// Completes `field` with `read` and `set`, which speak of the member alone.
  template <class T, class Read, class Set>
  Field& add(Field field, T Section::*member, Read read, Set set) {
    const Access access = access_;
    field.get = [=](const Config& config) { return read(std::invoke(access, config).*member); };
    field.set = [=](Config& config, const Value& value) {
      return set(std::invoke(access, config).*member, value);
    };
    fields_.push_back(std::move(field));
    return fields_.back();
  }

  std::vector<Field>& fields_;
  std::string table_;
  Access access_;
};

/// The rows of a task's own table: `auto rows = task_rows<ListOpsSettings>(keys)`.
template <class TaskSettings>
auto task_rows(std::vector<Field>& keys) {
  return FieldRows(
      keys, "task", [](auto& config) -> auto& { return config.task.template as<TaskSettings>(); });
}

}  // namespace lectern
