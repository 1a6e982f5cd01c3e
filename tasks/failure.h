#pragma once

#include "tensor/check.h"

namespace lectern {

/// What the `lectern` command returns to the shell. An interrupted run returns 128 + the signal
/// (130, 143), after saving.
enum class ExitCode {
  ok = 0,
  internal = 1,    ///< a bug of ours
  usage = 2,       ///< command line or configuration
  data = 3,        ///< a text, a corpus
  checkpoint = 4,  ///< a checkpoint or a model file
  memory = 5,      ///< out of memory
  diverged = 6,    ///< NaN or Inf
  io = 7,          ///< disk full, closed pipe
};

/// `message` with its NUL bytes spelled out: what reads it as a C string would end at the first.
inline std::string without_nul(std::string message) {
  for (std::size_t at; (at = message.find('\0')) != std::string::npos;)
    message.replace(at, 1, "\\x00");
  return message;
}

/// An error that is the outside world's: `FILE:LINE: what is wrong; try …`. The `lectern` command
/// prints it after `error: ` and returns its code.
class Failure : public Error {
 public:
  Failure(ExitCode code, const std::string& message) : Error(without_nul(message)), code(code) {}
  const ExitCode code;
};

}  // namespace lectern
