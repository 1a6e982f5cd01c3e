#include "tasks/training/signals.h"

#include <csignal>
#include <initializer_list>

namespace lectern {
namespace {

volatile std::sig_atomic_t stop_signal = 0;
volatile std::sig_atomic_t save_signal = 0;

void remember(int signal) {
  if (signal == SIGUSR1) {
    save_signal = 1;
    return;
  }
  stop_signal = signal;
  for (const int next : {SIGINT, SIGTERM}) std::signal(next, SIG_DFL);  // is not caught
}

}  // namespace

SignalWatch::SignalWatch() {
  stop_signal = 0;
  save_signal = 0;
  for (const int signal : {SIGINT, SIGTERM, SIGUSR1}) std::signal(signal, remember);
}

SignalWatch::~SignalWatch() {
  for (const int signal : {SIGINT, SIGTERM, SIGUSR1}) std::signal(signal, SIG_DFL);
}

int SignalWatch::stop_requested() const { return stop_signal; }

bool SignalWatch::save_requested() const {
  const bool requested = save_signal != 0;
  save_signal = 0;
  return requested;
}

}  // namespace lectern
