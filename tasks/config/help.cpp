#include <sstream>

#include "tasks/config/command_line.h"

namespace lectern {
namespace {

constexpr std::size_t column = 32;  // where explanations begin
constexpr std::size_t width = 100;

/// `explanation` in lines that end before `width`, all but the first indented to `column`.
std::string wrap(const std::string& explanation) {
  std::istringstream words(explanation);
  std::string page;
  std::size_t used = column;
  for (std::string word; words >> word; used += word.size() + 1) {
    const bool full = used + word.size() > width;
    if (full)
      page += "\n" + std::string(column, ' ');
    else if (!page.empty())
      page += ' ';
    if (full) used = column;
    page += word;
  }
  return page;
}

/// `  left        right`; a long `left` has its own line.
std::string row(std::string left, const std::string& right) {
  left = "  " + left;
  if (left.size() + 2 > column)
    left += "\n" + std::string(column, ' ');
  else
    left.resize(column, ' ');
  return left + wrap(right) + "\n";
}

std::string usage(const Program& program, const Command& command) {
  std::string line = program.name + " " + command.name;
  for (const Positional& positional : command.positionals) {
    const bool needed = positional.count == Positional::Count::one;
    const bool many = positional.count == Positional::Count::any;
    line += needed ? " " + positional.name : " [" + positional.name + (many ? "...]" : "]");
  }
  return line + " [FLAG...]";
}

/// `-b, --beam-size N`
std::string spelling(const Flag& flag) {
  std::string left;
  for (const std::string& alias : flag.aliases)
    if (alias.size() == 1) left += "-" + alias + ", ";
  return left + "--" + flag.name + (flag.metavar.empty() ? "" : " " + flag.metavar);
}

/// `… (5; also --beam, --num-beams)`
std::string explanation(const Flag& flag) {
  std::string notes = flag.default_value;
  std::string others;
  for (const std::string& alias : flag.aliases)
    if (alias.size() > 1)
      others += (others.empty() ? "also --" : ", --") + alias.substr(0, alias.find('='));
  if (!notes.empty() && !others.empty()) notes += "; ";
  notes += others;
  return notes.empty() ? flag.help : flag.help + " (" + notes + ")";
}

std::string flag_rows(const std::vector<Flag>& flags, bool of_configuration) {
  std::string rows;
  for (const Flag& flag : flags)
    if (flag.config_key.empty() != of_configuration) rows += row(spelling(flag), explanation(flag));
  return rows;
}

}  // namespace

std::string help(const Program& program) {
  std::string page = program.name + ": " + program.summary + "\n\nCommands\n";
  for (const Command& command : program.commands) {
    std::string name = command.name;
    for (const std::string& alias : command.aliases) name += ", " + alias;
    page += row(name, command.summary);
  }
  page += "\n`" + program.name + " COMMAND -h` explains a command; `" + program.name +
          " --version` names the version.\n";
  return page;
}

std::string help(const Program& program, const Command& command) {
  std::string page = program.name + " " + command.name + ": " + command.summary + "\n\nUsage\n  " +
                     usage(program, command) + "\n";
  for (const Positional& positional : command.positionals)
    page += row(positional.name, positional.help);
  page += "\nFlags (default)\n" + flag_rows(command.flags, false) + row("-h, --help", "this page");
  const std::string settings = flag_rows(command.flags, true);
  if (!settings.empty())
    page += "\nFlags that set a key of the configuration (built-in default)\n" + settings;
  return page + "\nExample\n  " + command.example + "\n";
}

}  // namespace lectern
