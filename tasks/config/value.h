#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace lectern {

/// Something that no key takes, such as a date: what a message calls it.
struct Unreadable {
  std::string shown;
  friend bool operator==(const Unreadable&, const Unreadable&) = default;
};

/// What can stand behind a key.
using Value =
    std::variant<bool, std::int64_t, double, std::string, std::vector<double>, Unreadable>;

/// `value` as TOML. Numbers are the shortest text that reads back as the same bits, whatever the
/// locale.
std::string to_toml(const Value& value);

/// `typed`, from the command line, as a value of the same kind as `like`; Unreadable where it does
/// not spell one.
Value parse_value(const std::string& typed, const Value& like);

/// The whole of `typed` as a number. Returns false for anything else, such as `1e400`, which no
/// double holds. `nan` and `inf` are numbers here: ranges refuse them.
bool parse_number(const std::string& typed, double& number);
bool parse_number(const std::string& typed, std::int64_t& number);

/// Whether `text` is UTF-8 as TOML and Unicode have it: no overlong forms, no halves of UTF-16
/// pairs.
bool is_utf8(const std::string& text);

/// At most `longest` bytes of `text`, on one line, for a message.
std::string excerpt(const std::string& text, std::size_t longest = 60);

}  // namespace lectern
