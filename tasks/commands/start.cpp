// What has to be in order before anything else of this process runs, the initialisers of libraries
// and of static objects included: the processor, the standard descriptors, and what happens when an
// initialiser finds no memory. Compiled for the plainest processor of its kind (CMakeLists.txt), and
// without inline functions of headers, of which the linker might keep a copy that is not.

#include "tasks/commands/start.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <new>

#include "tasks/commands/processor.h"

namespace lectern {
namespace {

void say(const char* words) {
  if (::write(STDERR_FILENO, words, std::strlen(words)) < 0) return;  // there is nobody to tell
}

/// Better a sentence than an illegal instruction.
void expect_processor() {
  const unsigned missing = compiled_instructions & ~processor_instructions();
  if (missing == 0) return;
  say("error: this program was compiled for ");
  say(instruction_names[__builtin_ctz(missing)]);
  say(", which this processor does not have; build again here, or with -DLECTERN_NATIVE=OFF\n");
  ::_exit(1);
}

/// A file that the program opens must not take the number of a closed standard stream: what is
/// printed would be written into it. Standard input is then empty; writing to standard output fails.
void open_standard_descriptors() {
  for (int descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; ++descriptor) {
    if (::fcntl(descriptor, F_GETFD) >= 0 || errno != EBADF) continue;
    // The lowest number that is free, which is this one.
    if (::open("/dev/null", descriptor == STDERR_FILENO ? O_WRONLY : O_RDONLY) < 0) ::_exit(7);
  }
}

/// An exception that nobody could catch: in an initialiser, a destructor or a library's own thread.
[[noreturn]] void end_in_order() {
  if (std::current_exception()) {
    try {
      throw;
    } catch (const std::bad_alloc&) {
      say("error: out of memory; close other programs, or try a smaller batch (--batch-tokens)\n");
      ::_exit(5);
    } catch (const std::exception& error) {
      say("error: ");
      say(error.what());
      say(" (a bug of lectern)\n");
    } catch (...) {
    }
  }
  std::abort();
}

bool started = false;

void start() {
  started = true;
  open_standard_descriptors();
  expect_processor();
  std::set_terminate(end_in_order);
}

/// Called by the dynamic linker before the initialisers of all libraries.
[[gnu::section(".preinit_array"), gnu::used]] void (*before_everything)() = start;

}  // namespace

void start_in_order() {
  if (!started) start();
}

}  // namespace lectern
