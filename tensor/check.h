#pragma once

#include <source_location>
#include <sstream>
#include <stdexcept>
#include <string>

namespace lectern {

/// What the library throws: where, what came, what was expected, what to do about it.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Joins its arguments into one string, each as `operator<<` prints it.
template <class... Parts>
std::string text(const Parts&... parts) {
  std::ostringstream out;
  (out << ... << parts);
  return out.str();
}

/// Throws an Error with the caller's file and line.
[[noreturn]] void fail(const std::string& message,
                       std::source_location where = std::source_location::current());

/// Throws `message` unless `condition` holds. The message is built by a function, so that a check
/// that passes costs one branch: `check(a == b, [&] { return text(a, " is not ", b); })`.
template <class Message>
void check(bool condition, Message message,
           std::source_location where = std::source_location::current()) {
  if (condition) [[likely]]
    return;
  if constexpr (std::is_invocable_v<Message>)
    fail(message(), where);
  else
    fail(std::string(message), where);
}

}  // namespace lectern
