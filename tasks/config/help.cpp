#include <algorithm>
#include <sstream>

#include "attention/patterns.h"
#include "tasks/config/command_line.h"
#include "tasks/config/task_table.h"

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
    switch (positional.count) {
      case Positional::Count::one: line += " " + positional.name; break;
      case Positional::Count::optional: line += " [" + positional.name + "]"; break;
      case Positional::Count::some: line += " " + positional.name + "..."; break;
    }
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

bool sets_task(const Command& command) {
  return std::ranges::any_of(command.flags, [](const Flag& flag) {
    return std::ranges::count(flag.settings, "task") > 0;
  });
}

/// Every task with the keys of its own.
std::string task_rows() {
  std::string page;
  for (const TaskTable* task : task_tables()) {
    page += row("task.name=" + task->name, task->summary);
    Config standard;
    standard.task = {task->name, task->settings};
    for (const Field& key : task->keys)
      page += row("  " + key.key() + "=" + key.metavar,
                  key.doc + " (" + to_toml(key.get(standard)) + ")");
  }
  return page;
}

bool chooses_patterns(const Command& command) {
  return std::ranges::count(command.flags, "model.attention", &Flag::config_key) > 0;
}

/// Every pattern of attention, with what its cost grows with.
std::string pattern_rows() {
  std::string page;
  for (const PatternEntry& pattern : patterns())
    page += row(pattern.name, pattern.summary + " (" + pattern.cost + ")");
  return page;
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
  if (sets_task(command)) page += "\nTasks and their keys, for --set (default)\n" + task_rows();
  if (chooses_patterns(command))
    page += "\nPatterns of self-attention, for model.attention (cost)\n" + pattern_rows();
  return page + "\nExample\n  " + command.example + "\n";
}

}  // namespace lectern
