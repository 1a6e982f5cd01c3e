#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <new>

#include "autograd/variable.h"
#include "tasks/config/command_line.h"
#include "tasks/config/shown.h"
#include "tasks/config/suggestion.h"
#include "tasks/config/value.h"
#include "tasks/failure.h"
#include "tensor/out_of_memory.h"
#include "tensor/printable.h"
#include "tensor/safe_file.h"

namespace lectern {
namespace {

constexpr int closed_pipe = 128 + SIGPIPE;

bool asks_for(const std::vector<std::string>& words, const std::string& letter,
              const std::string& word) {
  for (const std::string& each : words) {
    if (each == "--") return false;
    if (each == letter || each == word) return true;
  }
  return false;
}

bool answers_to(const Command& command, const std::string& name) {
  return command.name == name || std::ranges::count(command.aliases, name) > 0;
}

const Command& find_command(const Program& program, const std::string& typed) {
  std::vector<std::string> names;
  for (const Command& command : program.commands) {
    if (answers_to(command, typed)) return command;
    names.push_back(command.name);
    names.insert(names.end(), command.aliases.begin(), command.aliases.end());
  }
  const std::string answer = did_you_mean(typed, names);
  throw Failure(ExitCode::usage,
                "unknown command " + excerpt(typed) + "; " +
                    (answer.empty() ? "try `" + program.name + " -h` for the list" : answer));
}

/// `page` with the program's commands as they have to be typed here: `lectern data` becomes
/// `build/bin/lectern data` where the program was started so. A command begins a line of its own,
/// or stands behind a backtick or the sign of a pipe.
std::string as_started(std::string page, const Program& program) {
  if (program.started_as.empty()) return page;
  for (const char* before : {"`", "| ", "\n  "}) {
    const std::string plain = before + program.name + " ";
    const std::string typed = before + shell_word(program.started_as) + " ";
    for (std::size_t i = page.find(plain); i != page.npos; i = page.find(plain, i + typed.size()))
      page.replace(i, plain.size(), typed);
  }
  return page;
}

/// An error's line, and the exit code.
int complain(const Program& program, ExitCode code, const std::string& message) {
  // std::cerr flushes std::cout first, which must not throw again.
  std::cout.exceptions(std::ios::goodbit);
  std::cerr.clear();
  const std::string line = "error: " + printable(as_started(message, program), "\n\t");
  std::cerr << line << std::endl;
  return static_cast<int>(code);
}

/// The same where memory is short: without asking for any.
int complain_of_memory(std::string_view message, std::string_view advice) {
  std::cout.exceptions(std::ios::goodbit);
  std::cerr.clear();
  std::cerr << "error: " << message << advice << std::endl;
  return static_cast<int>(ExitCode::memory);
}

/// What to do where memory is short.
std::string_view advice_for(const Command& command) {
  const auto sets_batches = [](const Flag& flag) { return flag.name == "batch-tokens"; };
  return std::ranges::any_of(command.flags, sets_batches)
             ? "; try a smaller batch (--batch-tokens), or close other programs"
             : "; close other programs, or give this one more";
}

/// \param advice  is told what to do where memory is short
int run_command(const Program& program, std::vector<std::string> words, std::string_view& advice) {
  if (words.empty()) {
    std::cerr << as_started(help(program), program);
    return static_cast<int>(ExitCode::usage);
  }
  const std::string first = words.front();
  if (first == "-h" || first == "--help") {
    std::cout << as_started(help(program), program);
    return 0;
  }
  if (first == "--version") {
    std::cout << program.name << ' ' << program.version << '\n';
    return 0;
  }
  const Command& command = find_command(program, first);
  advice = advice_for(command);
  words.erase(words.begin());
  if (asks_for(words, "-h", "--help")) {
    std::cout << as_started(help(program, command), program);
    return 0;
  }
  return command.run(parse_arguments(command, words));
}

/// Whether nobody reads standard output any more.
bool reader_is_gone() {
  pollfd output{STDOUT_FILENO, POLLOUT, 0};
  return poll(&output, 1, 0) == 1 && (output.revents & POLLERR);
}

/// The exit code for a failed write to standard output.
int output_failed(const Program& program) {
  if (reader_is_gone()) return closed_pipe;
  return complain(
      program, ExitCode::io,
      "standard output: cannot be written; is the disk full? lead it elsewhere: > FILE");
}

/// Runs the command and turns what it throws into a message and an exit code.
int run_guarded(const Program& program, const std::vector<std::string>& words) {
  std::string_view advice = "; close other programs";
  try {
    const int code = run_command(program, words, advice);
    std::cout.flush();
    return code;
  } catch (const Failure& failure) {
    return complain(program, failure.code, failure.what());
  } catch (const NotFinite& error) {
    return complain(program, ExitCode::diverged, error.what());
  } catch (const OutOfMemory& error) {
    return complain_of_memory(error.what(), advice);
  } catch (const std::bad_alloc&) {
    return complain_of_memory("out of memory", advice);
  } catch (const FileError& error) {
    return complain(program, ExitCode::io, error.what());
  } catch (const std::filesystem::filesystem_error& error) {
    if (error.code() == std::errc::not_enough_memory)
      return complain_of_memory("out of memory", advice);
    return complain(program, ExitCode::io,
                    text(error.what(), "; check the path and the permissions"));
  } catch (const std::exception& error) {
    if (!std::cout) return output_failed(program);
    return complain(program, ExitCode::internal,
                    text(error.what(), " (a bug of ", program.name, ")"));
  }
}

}  // namespace

std::string shell_word(const std::string& word) {
  const char* plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./,:%@";
  if (!word.empty() && word.find_first_not_of(plain) == word.npos) return word;
  std::string quoted = "'";
  for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

int run_program(const Program& program, int argc, const char* const* argv) {
  // A closed pipe, or a file that may not grow, is to fail the write, not to kill a training that
  // has a checkpoint to save.
  for (const int signal : {SIGPIPE, SIGXFSZ}) std::signal(signal, SIG_IGN);
  const Shown messages(std::cerr, "\n\t\r");
  const Shown results(std::cout, "\n\t", ::isatty(STDOUT_FILENO) != 0);
  const auto before = std::cout.exceptions();
  std::cout.exceptions(std::ios::badbit);
  const int code = run_guarded(program, {argv + std::min(argc, 1), argv + argc});
  std::cout.exceptions(std::ios::goodbit);
  // What a failed command had written so far counts, too.
  const bool written = std::cout.flush().good();
  std::cout.clear();
  std::cout.exceptions(before);
  return written || code != 0 ? code : output_failed(program);
}

}  // namespace lectern
