// check_settings FOLDER PROGRAM: holds what a reader may change in a chapter to the chapter's program.
//
// - The head of chapter.md names (`settings: heads, temperature`) what `PROGRAM --settings` lists, which
//   says of each what it is, in at most 62 letters, what it is in the book, and what it may be.
// - With everything at its first value, and with everything at its last, the program ends well, prints
//   each value, and not twice the same.
// - What cannot be is refused with status 2, and a sentence that says what came and what was expected.

#include <toml++/toml.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <regex>
#include <vector>

#include "tests/run_program.h"

namespace {

namespace fs = std::filesystem;

struct Chapter {
  std::string folder, program;
  std::vector<std::string> problems{};

  void problem(const std::string& what) { problems.push_back(what); }
  /// What the program prints, errors too, and `(status N)` behind it.
  std::string run(const std::string& arguments) const {
    return output_of("'" + program + "' " + arguments + " 2>&1; echo \"(status $?)\"");
  }
};

std::string in_a_shell(const std::string& words) { return "'" + words + "'"; }

std::string with(const std::string& name, const std::string& value) {
  return " --with " + in_a_shell(name + "=" + value);
}

std::vector<std::string> values_of(const toml::table& setting) {
  std::vector<std::string> values;
  for (const toml::node& each : *setting["values"].as_array())
    values.push_back(each.value_or<std::string>(""));
  return values;
}

/// The names in the head of the page, joined as they stand there.
std::string names_in_head(const std::string& page) {
  const std::size_t begin = page.find("\nsettings: ");
  if (begin == page.npos) return "";
  return page.substr(begin + 11, page.find('\n', begin + 1) - begin - 11);
}

void check_setting(Chapter& chapter, const std::string& name, const toml::table& setting) {
  const std::vector<std::string> values = values_of(setting);
  const std::string says = setting["says"].value_or<std::string>("");
  const std::string book = setting["book"].value_or<std::string>("");
  const bool is_text = setting["is_text"].value_or(false);
  if (says.empty() || says.size() > 62) chapter.problem(name + ": says '" + says + "'");
  if (values.size() < (is_text ? 1 : 2)) chapter.problem(name + " has too few values");
  if (!is_text && std::ranges::count(values, book) != 1)
    chapter.problem(name + ": " + book + ", the book's, is not one of its values");
  const std::string refused = chapter.run(with(name, is_text ? " " : "-7"));
  if (refused.find("--with " + name) == refused.npos || refused.find("expected") == refused.npos ||
      refused.find("(status 2)") == refused.npos)
    chapter.problem(name + ": what cannot be is not refused well:\n" + refused);
}

void check_refusals(Chapter& chapter, const std::string& name, const std::string& value) {
  for (const std::string& wrong :
       {std::string("--with"), std::string("--with nonsense=1"), "--with " + name,
        with(name, value) + with(name, value), "--without something" + with(name, value)}) {
    const std::string said = chapter.run(wrong);
    if (!said.starts_with("error: ") || !said.ends_with("(status 2)\n"))
      chapter.problem(wrong + " is not refused:\n" + said);
  }
}

/// What it prints with everything at its first or last value.
std::string run_at(Chapter& chapter, const toml::table& settings, bool last) {
  std::string arguments;
  std::vector<std::string> told;
  for (const auto& [name, setting] : settings) {
    const std::vector<std::string> values = values_of(*setting.as_table());
    told.push_back(last ? values.back() : values.front());
    arguments += with(std::string(name.str()), told.back());
  }
  const std::string said = chapter.run(arguments);
  if (!said.ends_with("(status 0)\n") || std::regex_search(said, std::regex("\\bnan\\b")))
    chapter.problem(arguments + ":\n" + said);
  for (const std::string& value : told)
    if (said.find(value) == said.npos)
      chapter.problem(arguments + ": it does not say " + value + ":\n" + said);
  return said;
}

void check(Chapter& chapter) {
  const toml::table settings = toml::parse(output_of("'" + chapter.program + "' --settings"));
  const std::string head = names_in_head(content_of(chapter.folder + "/chapter.md"));
  for (const auto& [name, setting] : settings) {
    check_setting(chapter, std::string(name.str()), *setting.as_table());
    if ((", " + head + ",").find(", " + std::string(name.str()) + ",") == head.npos)
      chapter.problem("the head of chapter.md has no " + std::string(name.str()));
  }
  const auto named = static_cast<std::size_t>(std::ranges::count(head, ',')) + 1;
  if (head.empty() || named != settings.size())
    chapter.problem("the head of chapter.md names " + head);
  const auto [name, setting] = *settings.begin();
  check_refusals(chapter, std::string(name.str()), values_of(*setting.as_table()).front());
  if (run_at(chapter, settings, false) == run_at(chapter, settings, true))
    chapter.problem("the first values and the last make no difference");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  Chapter chapter{argv[1], argv[2]};
  check(chapter);
  for (const std::string& problem : chapter.problems) std::cout << problem << "\n";
  std::cout << chapter.folder << ": " << chapter.problems.size() << " problems\n";
  return chapter.problems.empty() ? 0 : 1;
}
