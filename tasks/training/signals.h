#pragma once

namespace lectern {

/// While one is alive, the first SIGINT or SIGTERM asks the training loop to save and stop, a second
/// one ends the program at once, and SIGUSR1 asks it to save and go on.
///
/// The handler only sets a flag: saving inside a handler could meet a half-changed model.
class SignalWatch {
 public:
  SignalWatch();
  ~SignalWatch();
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;

  /// The signal that asked to stop, or 0.
  int stop_requested() const;
  /// True once after each SIGUSR1.
  bool save_requested() const;
};

}  // namespace lectern
