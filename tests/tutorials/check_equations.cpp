// check_equations INDEX HOUSE PROGRAMS: holds the index of formulas to the house. Of every entry the
// header declares the function, the program (PROGRAMS/test_NAME) has the test and passes it, and the
// chapter draws the picture and shows it. Every numbered formula of a paper has an entry, and so has
// every header that shows a formula and names one of the papers as its source.
#include <toml++/toml.h>

#include <filesystem>
#include <iostream>
#include <map>
#include <regex>
#include <set>

#include "tests/run_program.h"

namespace {

namespace fs = std::filesystem;

int problems = 0;

void problem(const std::string& what) {
  std::cout << what << "\n";
  ++problems;
}

std::string text_at(const toml::table& entry, const std::string& key) {
  return entry[key].value_or(std::string());
}

bool contains(const std::string& text, const std::string& part) {
  return !part.empty() && text.find(part) != std::string::npos;
}

/// A test case's name as Catch2 wants it on the command line, quoted for a shell.
std::string as_filter(const std::string& name) {
  std::string filter = "'";
  for (const char letter : name) {
    if (letter == ',' || letter == '[' || letter == '\\') filter += '\\';
    filter += letter == '\'' ? std::string("'\\''") : std::string(1, letter);
  }
  return filter + "'";
}

/// The test, run once however many formulas name it.
bool passes(const std::string& programs, const std::string& program, const std::string& test) {
  static std::map<std::pair<std::string, std::string>, bool> ran;
  const auto key = std::pair(program, test);
  if (!ran.contains(key)) {
    const std::string said =
        output_of("'" + programs + "/test_" + program + "' " + as_filter(test) + " 2>&1");
    ran[key] = contains(said, "All tests passed") && contains(said, "1 test case");
    if (!ran[key]) std::cout << said;
  }
  return ran[key];
}

void check_entry(const toml::table& entry, const std::string& house, const std::string& programs) {
  const std::string name = text_at(entry, "paper") + ", " + text_at(entry, "name");
  const std::string file = text_at(entry, "file"), function = text_at(entry, "function");
  const std::regex word("\\b" + function + "\\b");
  if (function.empty() || !std::regex_search(content_of(house + "/" + file), word))
    problem(name + ": " + file + " has no '" + function + "'");
  if (!passes(programs, text_at(entry, "program"), text_at(entry, "test")))
    problem(name + ": test_" + text_at(entry, "program") + " has no test '" +
            text_at(entry, "test") + "' that passes");
  const std::string chapter = house + "/tutorials/" + text_at(entry, "chapter");
  const std::string picture = text_at(entry, "picture");
  if (!contains(content_of(chapter + "/chapter.md"), "```{picture} " + picture + "\n"))
    problem(name + ": " + text_at(entry, "chapter") + " shows no picture '" + picture + "'");
  for (const char* key : {"name", "section", "formula"})
    if (text_at(entry, key).empty()) problem(name + ": there is no " + key);
}

void check_numbers(const toml::table& paper, const toml::array& equations) {
  std::multiset<std::int64_t> numbers;
  for (const toml::node& node : equations) {
    const toml::table& entry = *node.as_table();
    if (text_at(entry, "paper") == text_at(paper, "key") && entry.contains("number"))
      numbers.insert(entry["number"].value_or(std::int64_t{0}));
  }
  const std::int64_t numbered = paper["numbered"].value_or(std::int64_t{0});
  for (std::int64_t number = 1; number <= numbered; ++number)
    if (numbers.count(number) != 1)
      problem(text_at(paper, "title") + ": formula (" + std::to_string(number) + ") has " +
              std::to_string(numbers.count(number)) + " entries");
  if (static_cast<std::int64_t>(numbers.size()) != numbered)
    problem(text_at(paper, "title") + ": has more numbers than formulas");
}

/// A comment that shows a formula and names one of the papers.
bool cites(const std::string& header) {
  static const std::regex paper("(Vaswani|Gomez|Kitaev|Beltagy) et al");
  std::string comment;
  std::istringstream lines(header);
  for (std::string line; std::getline(lines, line);) {
    if (line.find("///") != std::string::npos) {
      comment += line + "\n";
      continue;
    }
    if (contains(comment, "\\f[") && std::regex_search(comment, paper)) return true;
    comment.clear();
  }
  return false;
}

void check_headers(const toml::array& equations, const std::string& house) {
  std::set<std::string> known;
  for (const toml::node& node : equations) known.insert(text_at(*node.as_table(), "file"));
  for (const char* floor : {"tensor", "autograd", "nn", "attention", "reversible", "models"})
    for (const fs::directory_entry& file : fs::recursive_directory_iterator(house + "/" + floor)) {
      if (file.path().extension() != ".h" || !cites(content_of(file.path().string()))) continue;
      const std::string path = fs::relative(file.path(), house).string();
      if (!known.contains(path)) problem(path + ": shows a paper's formula that has no entry");
    }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  const std::string index = argv[1], house = argv[2], programs = argv[3];
  const toml::table table = toml::parse_file(index);
  const toml::array& equations = *table["equation"].as_array();
  for (const toml::node& node : equations) check_entry(*node.as_table(), house, programs);
  for (const toml::node& node : *table["paper"].as_array())
    check_numbers(*node.as_table(), equations);
  check_headers(equations, house);
  std::cout << equations.size() << " formulas, " << problems << " problems\n";
  return problems == 0 && !equations.empty() ? 0 : 1;
}
