#pragma once

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
  out.exceptions(std::ios::badbit);  // lack of memory must not shorten it
  (out << ... << parts);
  return out.str();
}

/// A line of a program. What checks its arguments takes one last, by default the caller's:
/// `Tensor softmax(const Tensor& scores, Where where = Where::current())`. It hands it on to the
/// checks, so that an error names the line where the mistake was made. Costs two registers.
///
/// A std::source_location that the standard libraries of clang 14 have not got.
struct Where {
  static constexpr Where current(const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
    return {file, line};
  }
  const char* file;
  int line;
};

/// "tensor/ops/softmax.cpp:12". A file of this house is named from its root on, wherever it was
/// built; any other one as its compiler was told.
std::string line_of(const Where& where);

/// An Error that begins with a line of the program: what fail and check throw.
class ProgramError : public Error {
 public:
  ProgramError(const std::string& problem, const Where& where);
  const std::string problem;  ///< without the line, for whoever does not read the program
};

/// Throws a ProgramError with the caller's file and line.
[[noreturn]] void fail(const std::string& message, Where where = Where::current());

/// Throws `message` unless `condition` holds. The message is built by a function, so that a check
/// that passes costs one branch: `check(a == b, [&] { return text(a, " is not ", b); })`.
template <class Message>
void check(bool condition, Message message, Where where = Where::current()) {
  if (condition) [[likely]]
    return;
  if constexpr (std::is_invocable_v<Message>)
    fail(message(), where);
  else
    fail(std::string(message), where);
}

}  // namespace lectern
