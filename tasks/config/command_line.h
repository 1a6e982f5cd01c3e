#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <string>
#include <vector>

#include "tasks/config/config.h"

namespace lectern {

/// A flag of a command: `--learning-rate X`. In what the user types, `_` is the same as `-`.
struct Flag {
  std::string name = {};                  ///< `learning-rate`, without dashes
  std::vector<std::string> aliases = {};  ///< `lr`, `l`; `cpu=cpu` with a value
  std::string metavar = {};        ///< what stands for the value in the help: `N`; empty: a switch
  std::string help = {};           ///< what it does, with its unit
  std::string default_value = {};  ///< what Arguments gives where the flag is not typed
  std::string config_key = {};     ///< the key of the configuration that it sets; empty: none
  std::vector<std::string> settings = {};  ///< of `--set`: the tables and keys that it may set
  bool repeats = false;  ///< it may be typed several times, each time with another value
};

/// An argument that is told by its place.
struct Positional {
  std::string name = {};  ///< `CONFIG`
  std::string help = {};
  enum class Count {
    one,
    optional,
    some
  } count = Count::one;  ///< `some`, only as the last: 1, 2, …
};

/// What the user typed after a command's name.
class Arguments {
 public:
  /// Whether the flag or positional was typed.
  bool given(const std::string& name) const;

  /// Its value, the last one of a flag that repeats; else its default.
  const std::string& text(const std::string& name) const;
  /// \throws Failure (ExitCode::usage) for what is no whole number from `lowest` to `highest`
  std::int64_t integer(const std::string& name, std::int64_t lowest = 0,
                       std::int64_t highest = 1'000'000'000) const;
  /// \throws Failure (ExitCode::usage) for what is no number, and for nan and inf
  double number(const std::string& name) const;
  /// Whether the switch is on.
  bool on(const std::string& name) const;
  /// Everything typed for a flag or positional, in order.
  const std::vector<std::string>& all(const std::string& name) const;

  /// What flags and `--set` say about the configuration, in the order of the command line.
  const std::vector<Override>& overrides() const { return overrides_; }

 private:
  friend class Parser;
  struct Entry {
    std::string shown;  ///< as messages name it: `--seed`, `CONFIG`
    std::string default_value;
    std::vector<std::string> typed;
  };
  const Entry& entry(const std::string& name) const;

  std::map<std::string, Entry> entries_;
  std::vector<Override> overrides_;
};

/// `lectern NAME …`
struct Command {
  std::string name = {};
  std::vector<std::string> aliases = {};
  std::string summary = {};  ///< one line
  std::string example = {};  ///< a whole line that can be typed
  std::vector<Positional> positionals = {};
  std::vector<Flag> flags = {};
  std::function<int(const Arguments&)> run = {};  ///< returns the exit code
};

struct Program {
  std::string name = {};
  std::string version = {};
  std::string summary = {};
  std::vector<Command> commands = {};
  std::string started_as = {};  ///< as it was typed, `build/bin/lectern`; empty: by its name
};

/// Flags that set keys of the configuration, each with the aliases that users of other toolkits
/// type, and `--set KEY=VALUE` for these and for what is in `also`: a key that the command would not
/// obey is refused. `which` and `also` name tables (`train`) and keys (`decode.beam_size`). The flag
/// of `train.learning_rate` is `--learning-rate`; where two keys have one name, the later key's flag
/// is `--model-max-length`.
std::vector<Flag> config_flags(const std::vector<std::string>& which,
                               const std::vector<std::string>& also = {});

/// Reads `arguments` (those after the command's name).
/// \throws Failure (ExitCode::usage) for an unknown flag, with the nearest known ones, a missing
///         value, a flag or a key of the configuration that is given twice, and too few or too many
///         positionals
Arguments parse_arguments(const Command& command, const std::vector<std::string>& arguments);

/// What `lectern -h` prints: the commands.
std::string help(const Program& program);
/// What `lectern COMMAND -h` prints: usage, flags with defaults, an example.
std::string help(const Program& program, const Command& command);

/// A word as a shell has to be given it: quoted unless it is plain.
std::string shell_word(const std::string& word);

/// Runs the command that the user typed, and returns the exit code of the process. A Failure is
/// printed as `error: …` and gives its code; lack of memory gives 5; any other exception 1.
///
/// Results go to std::cout. While a command runs, a failed write to it throws: a full disk ends
/// the program with code 7; a closed pipe (`| head -1`) ends it quietly with 141 (128 + SIGPIPE),
/// as the shell would report for any other filter.
int run_program(const Program& program, int argc, const char* const* argv);

}  // namespace lectern
