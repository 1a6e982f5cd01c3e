#include "tasks/config/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>

#include "tasks/config/field.h"
#include "tasks/config/suggestion.h"
#include "tasks/failure.h"

namespace lectern {
namespace {

[[noreturn]] void fail_usage(const std::string& message) {
  throw Failure(ExitCode::usage, message);
}

/// `--learning_rate` as `--learning-rate`.
std::string with_dashes(std::string name) {
  std::replace(name.begin(), name.end(), '_', '-');
  return name;
}

/// `lr` as `--lr`, `l` as `-l`.
std::string typed_form(const std::string& name) { return (name.size() == 1 ? "-" : "--") + name; }

/// The words that belong to no option are protected in CLI11, and `remaining()` leaves out `--`.
class CommandLine : public CLI::App {
 public:
  const missing_t& rest() const { return missing_; }
};

}  // namespace

/// Reads one command line. CLI11 knows how flags are written: `--name value`, `--name=value`, `-n
/// value`, `-nvalue`, `-vq`, `--`. Ours is what it cannot do: `_` for `-` inside a name, which
/// spelling was typed, and messages with the nearest flags. So each spelling is an option of its
/// own, and positionals are what CLI11 leaves over: as options of it, `[a, b]` would be two words.
class Parser {
 public:
  explicit Parser(const Command& command) : command_(command) {
    line_.set_help_flag();  // `-h` is answered before
    line_.allow_extras();
    for (const Positional& positional : command.positionals)
      arguments_.entries_[positional.name] = {positional.name, "", {}};
    for (const Flag& flag : command.flags) add(flag);
  }

  Arguments parse(const std::vector<std::string>& words) {
    std::vector<std::string> known = with_known_names(words);
    std::ranges::reverse(known);  // CLI11 takes them from the back
    try {
      line_.parse(known);
    } catch (const CLI::ArgumentMismatch&) {
      const std::string& last = words.back();
      fail_valueless(last.starts_with("--") ? with_dashes(last) : std::string{'-', last.back()});
    }
    store_flags();
    place_positionals(sort_rest());
    return std::move(arguments_);
  }

 private:
  /// What a spelling stands for: `--cpu` is `--device` with the value `cpu`.
  struct Spelling {
    const Flag* flag;
    std::string value;
  };

  static bool is_switch(const Spelling& spelling) {
    return spelling.flag->metavar.empty() || !spelling.value.empty();
  }

  /// An empty path would be the folder `/` once a file's name is put behind it.
  static bool is_path(const Flag& flag) {
    return flag.metavar == "FILE" || flag.metavar == "DIR" || flag.metavar.ends_with("|PATH");
  }

  void add(const Flag& flag) {
    arguments_.entries_[flag.name] = {typed_form(flag.name), flag.default_value, {}};
    spell(flag.name, {&flag, ""});
    if (flag.metavar.empty()) spell("no-" + flag.name, {&flag, "false"});
    for (const std::string& alias : flag.aliases) {
      const std::size_t equals = std::min(alias.find('='), alias.size());
      const std::string value = equals < alias.size() ? alias.substr(equals + 1) : "";
      spell(alias.substr(0, equals), {&flag, value});
    }
  }

  void spell(const std::string& name, const Spelling& spelling) {
    const std::string typed = typed_form(name);
    if (is_switch(spelling))
      line_.add_flag(typed + "{" + (spelling.value.empty() ? "true" : spelling.value) + "}");
    else
      line_.add_option(typed)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    spellings_.emplace(typed, spelling);
  }

  /// `words` with the names of flags as CLI11 knows them, up to `--`.
  std::vector<std::string> with_known_names(const std::vector<std::string>& words) const {
    std::vector<std::string> known = words;
    for (auto word = known.begin(); word != known.end() && *word != "--"; ++word) {
      const std::size_t equals = std::min(word->find('='), word->size());
      const std::string name = with_dashes(word->substr(0, equals));
      if (name.starts_with('-') && name[1] != '-' && spellings_.contains("-" + name))
        fail_usage("unknown flag " + *word + "; did you mean -" + *word + "?");
      const auto found = spellings_.find(name);
      if (found == spellings_.end() || name.size() == 2) continue;
      const bool empty_value = equals + 1 == word->size() && !is_switch(found->second);
      *word = empty_value ? name : name + word->substr(equals);
      if (empty_value) word = known.insert(word + 1, "");  // CLI11 would take the next word
    }
    return known;
  }

  [[noreturn]] void fail_valueless(const std::string& name) const {
    fail_usage(name + " needs a value; try " + name + " " + spellings_.at(name).flag->metavar);
  }

  [[noreturn]] void fail_unknown(const std::string& word) const {
    const bool is_long = word.starts_with("--");
    const std::string typed = is_long ? with_dashes(word.substr(0, word.find('='))) : word;
    std::vector<std::string> names;
    for (const auto& [spelling, flag] : spellings_) names.push_back(spelling);
    const std::string answer = did_you_mean(typed, names);
    fail_usage("unknown flag " + excerpt(typed) + "; " +
               (answer.empty() ? "try `-h` for the list" : answer));
  }

  /// Stores what was typed for flags, in the order of the command line.
  void store_flags() {
    std::map<const CLI::Option*, std::size_t> stored;
    for (const CLI::Option* option : line_.parse_order())
      store(option->get_name(), option->results().at(stored[option]++));
  }

  void store(const std::string& name, const std::string& value) {
    const Spelling& spelling = spellings_.at(name);
    const Flag& flag = *spelling.flag;
    if (!is_switch(spelling) && spellings_.contains(value)) fail_valueless(name);
    const bool fixed = !spelling.value.empty() && value != spelling.value;
    const bool odd_switch = flag.metavar.empty() && value != "true" && value != "false";
    if (fixed || odd_switch) fail_usage(name + " takes no value, but got " + excerpt(value));
    if (value.empty() && is_path(flag))
      fail_usage(name + " is empty; try " + name + " " + flag.metavar);
    std::vector<std::string>& typed = arguments_.entries_[flag.name].typed;
    if (!typed.empty() && !flag.repeats) fail_twice(name, typed.back(), value);
    typed.push_back(value);
    if (flag.name == "set") return store_setting(flag, value);
    if (!flag.config_key.empty()) override_key({flag.config_key, value, name});
  }

  /// Which of two values was meant, nobody knows.
  [[noreturn]] static void fail_twice(const std::string& name, const std::string& first,
                                      const std::string& second) {
    fail_usage(name + " is given twice, " + excerpt(to_toml(Value(first))) + " and " +
               excerpt(to_toml(Value(second))) + "; leave one out");
  }

  void override_key(Override entry) {
    for (const Override& other : arguments_.overrides_)
      if (other.key == entry.key)
        fail_twice(other.origin == entry.origin
                       ? entry.origin + " " + entry.key
                       : entry.key + ", by " + other.origin + " and by " + entry.origin + ",",
                   other.value, entry.value);
    arguments_.overrides_.push_back(std::move(entry));
  }

  void store_setting(const Flag& flag, const std::string& setting) {
    const std::string name = typed_form(flag.name);
    const std::size_t equals = setting.find('=');
    if (equals == std::string::npos || equals == 0)
      fail_usage(name + " " + excerpt(setting) + " sets nothing; try " + name + " KEY=VALUE");
    const std::string key = setting.substr(0, equals);
    const bool known = find_field(Config{}, key) != nullptr || key.starts_with("task.");
    if (known && !is_chosen(key, flag.settings))
      fail_usage(name + " " + excerpt(setting) + ": `" + command_.name + "` has no use for " + key +
                 "; leave it out");
    override_key({key, setting.substr(equals + 1), name});
  }

  /// The positionals among the words that belong to no flag; the others were meant as flags.
  std::vector<std::string> sort_rest() const {
    std::vector<std::string> positionals;
    bool only_positionals = false;  // after `--`
    for (const auto& [kind, word] : line_.rest()) {
      const bool is_mark = word == "--" && !only_positionals;
      const bool is_flag = word.size() > 1 && word[0] == '-' && !only_positionals;
      if (is_flag && !is_mark) fail_unknown(word);
      if (!is_mark) positionals.push_back(word);
      only_positionals = only_positionals || is_mark;
    }
    return positionals;
  }

  void place_positionals(const std::vector<std::string>& words) {
    using Count = Positional::Count;
    auto word = words.begin();
    for (const Positional& positional : command_.positionals) {
      std::vector<std::string>& typed = arguments_.entries_[positional.name].typed;
      const bool some = positional.count == Count::some;
      typed.assign(word, some || word == words.end() ? words.end() : word + 1);
      word += static_cast<std::ptrdiff_t>(typed.size());
      if (typed.empty() && positional.count != Count::optional)
        fail_usage(positional.name + " is missing: " + positional.help + "; try `" +
                   command_.example + "`");
      if (std::ranges::count(typed, "") > 0)
        fail_usage(positional.name + " is empty; it is " + positional.help);
    }
    if (word != words.end())
      fail_usage("unexpected argument " + excerpt(*word) + "; try `" + command_.example + "`");
  }

  const Command& command_;
  std::map<std::string, Spelling> spellings_;  ///< as typed: `--lr`, `-l`
  CommandLine line_;
  Arguments arguments_;
};

Arguments parse_arguments(const Command& command, const std::vector<std::string>& arguments) {
  return Parser(command).parse(arguments);
}

std::vector<Flag> config_flags(const std::vector<std::string>& which,
                               const std::vector<std::string>& also) {
  std::vector<Flag> flags;
  const auto taken = [&](const std::string& name) {
    return std::ranges::any_of(flags, [&](const Flag& flag) { return flag.name == name; });
  };
  const Config standard;
  for (const std::string& wanted : which) {
    check(is_config_table(wanted) || find_field(standard, wanted), "no table or key " + wanted);
    for (const Field& field : config_fields()) {
      if (field.table != wanted && field.key() != wanted) continue;
      std::string name = with_dashes(field.name);
      if (taken(name)) name = field.table + "-" + name;
      const Value value = field.get(standard);
      const auto* words = std::get_if<std::string>(&value);
      flags.push_back({name, field.aliases, field.metavar, field.doc,
                       words ? *words : to_toml(value), field.key()});
    }
  }
  Flag set{.name = "set", .metavar = "KEY=VALUE", .help = "set a key of the configuration"};
  set.repeats = true;
  set.settings = which;
  set.settings.insert(set.settings.end(), also.begin(), also.end());
  flags.push_back(std::move(set));
  return flags;
}

const Arguments::Entry& Arguments::entry(const std::string& name) const {
  const auto found = entries_.find(name);
  check(found != entries_.end(), [&] { return "this command has no argument " + name; });
  return found->second;
}

bool Arguments::given(const std::string& name) const { return !entry(name).typed.empty(); }

const std::string& Arguments::text(const std::string& name) const {
  const Entry& found = entry(name);
  return found.typed.empty() ? found.default_value : found.typed.back();
}

std::int64_t Arguments::integer(const std::string& name, std::int64_t lowest,
                                std::int64_t highest) const {
  std::int64_t number = 0;
  const bool whole = parse_number(text(name), number);
  if (!whole || number < lowest || number > highest)
    fail_usage(lectern::text(entry(name).shown, " = ", excerpt(text(name)),
                             " is not a whole number from ", lowest, " to ", highest));
  return number;
}

double Arguments::number(const std::string& name) const {
  double number = 0;
  if (!parse_number(text(name), number) || !std::isfinite(number))
    fail_usage(entry(name).shown + " = " + excerpt(text(name)) + " is not a number");
  return number;
}

bool Arguments::on(const std::string& name) const { return text(name) == "true"; }

const std::vector<std::string>& Arguments::all(const std::string& name) const {
  return entry(name).typed;
}

}  // namespace lectern
