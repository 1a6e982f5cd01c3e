#include "tasks/config/command_line.h"

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
  std::ranges::replace(name, '_', '-');
  return name;
}

/// `lr` as `--lr`, `l` as `-l`.
std::string typed_form(const std::string& name) { return (name.size() == 1 ? "-" : "--") + name; }

}  // namespace

/// Reads one command line from left to right.
class Parser {
 public:
  explicit Parser(const Command& command) : command_(command) {
    for (const Positional& positional : command.positionals)
      arguments_.entries_[positional.name] = {positional.name, "", {}};
    for (const Flag& flag : command.flags) add(flag);
  }

  Arguments parse(const std::vector<std::string>& words) {
    words_ = words;
    bool only_positionals = false;  // after `--`
    for (next_ = 0; next_ < words_.size();) {
      const std::string& word = words_[next_++];
      if (only_positionals || word.size() < 2 || word[0] != '-')
        positionals_.push_back(word);
      else if (word == "--")
        only_positionals = true;
      else if (word[1] == '-')
        parse_long(word);
      else
        parse_short(word);
    }
    place_positionals();
    return std::move(arguments_);
  }

 private:
  /// What a spelling stands for: `--cpu` is `--device` with the value `cpu`.
  struct Spelling {
    const Flag* flag;
    std::string value;
  };

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
    const bool added = spellings_.emplace(typed_form(name), spelling).second;
    check(added, [&] { return "two flags of " + command_.name + " are called " + name; });
  }

  /// `--name`, `--name value`, `--name=value`
  void parse_long(const std::string& word) {
    const std::size_t equals = std::min(word.find('='), word.size());
    const std::string name = with_dashes(word.substr(0, equals));
    const Spelling& spelling = find(name);
    if (equals < word.size())
      store(name, spelling, word.substr(equals + 1));
    else
      store_next(name, spelling);
  }

  /// `-b 5`, `-b5`, and switches written together, `-vq`.
  void parse_short(const std::string& word) {
    if (spellings_.contains(with_dashes("-" + word)))
      fail_usage("unknown flag " + word + "; did you mean -" + word + "?");
    for (std::size_t i = 1; i < word.size(); ++i) {
      const std::string name = {'-', word[i]};
      const Spelling& spelling = find(name, word);
      const bool takes_rest = !is_switch(spelling) && i + 1 < word.size();
      if (takes_rest) return store(name, spelling, word.substr(i + 1));
      store_next(name, spelling);
    }
  }

  static bool is_switch(const Spelling& spelling) {
    return spelling.flag->metavar.empty() || !spelling.value.empty();
  }

  /// Stores the value that follows the flag, or the one that a switch has without.
  void store_next(const std::string& name, const Spelling& spelling) {
    if (is_switch(spelling))
      return store(name, spelling, spelling.value.empty() ? "true" : spelling.value);
    if (next_ == words_.size() || spellings_.contains(with_dashes(words_[next_])))
      fail_usage(name + " needs a value; try " + name + " " + spelling.flag->metavar);
    store(name, spelling, words_[next_++]);
  }

  void store(const std::string& name, const Spelling& spelling, const std::string& value) {
    const Flag& flag = *spelling.flag;
    const bool fixed = !spelling.value.empty() && value != spelling.value;
    const bool odd_switch = flag.metavar.empty() && value != "true" && value != "false";
    if (fixed || odd_switch) fail_usage(name + " takes no value, but got " + excerpt(value));
    arguments_.entries_[flag.name].typed.push_back(value);
    if (flag.name == "set") return store_setting(name, value);
    if (!flag.config_key.empty()) arguments_.overrides_.push_back({flag.config_key, value, name});
  }

  void store_setting(const std::string& name, const std::string& setting) {
    const std::size_t equals = setting.find('=');
    if (equals == std::string::npos || equals == 0)
      fail_usage(name + " " + excerpt(setting) + " sets nothing; try " + name + " KEY=VALUE");
    arguments_.overrides_.push_back({setting.substr(0, equals), setting.substr(equals + 1), name});
  }

  /// The flag spelt `name`; `word` is what was typed, if that is more than the name.
  const Spelling& find(const std::string& name, const std::string& word = "") const {
    const auto found = spellings_.find(name);
    if (found != spellings_.end()) return found->second;
    const std::string typed = word.empty() ? name : word;
    std::vector<std::string> names;
    for (const auto& [spelling, flag] : spellings_) names.push_back(spelling);
    const std::string answer = did_you_mean(typed, names);
    fail_usage("unknown flag " + excerpt(typed) + "; " +
               (answer.empty() ? "try `-h` for the list" : answer));
  }

  void place_positionals() {
    using Count = Positional::Count;
    auto word = positionals_.begin();
    for (const Positional& positional : command_.positionals) {
      std::vector<std::string>& typed = arguments_.entries_[positional.name].typed;
      if (positional.count == Count::any) {
        typed.assign(word, positionals_.end());
        word = positionals_.end();
      } else if (word != positionals_.end()) {
        typed = {*word++};
      } else if (positional.count == Count::one) {
        fail_usage(positional.name + " is missing: " + positional.help + "; try `" +
                   command_.example + "`");
      }
    }
    if (word != positionals_.end())
      fail_usage("unexpected argument " + excerpt(*word) + "; try `" + command_.example + "`");
  }

  const Command& command_;
  std::map<std::string, Spelling> spellings_;  ///< as typed: `--lr`, `-l`
  std::vector<std::string> words_;
  std::size_t next_ = 0;
  std::vector<std::string> positionals_;
  Arguments arguments_;
};

Arguments parse_arguments(const Command& command, const std::vector<std::string>& arguments) {
  return Parser(command).parse(arguments);
}

std::vector<Flag> config_flags(const std::vector<std::string>& which) {
  std::vector<Flag> flags;
  const auto taken = [&](const std::string& name) {
    return std::ranges::any_of(flags, [&](const Flag& flag) { return flag.name == name; });
  };
  const Config standard;
  for (const std::string& wanted : which) {
    check(is_config_table(wanted) || find_field(wanted), "no table or key " + wanted);
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
  flags.push_back({"set", {}, "KEY=VALUE", "set any key of the configuration", "", ""});
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
